/** What `push` takes and what it leaves where something stands already. Pure. */
import { type Document, isAlias, isScalar, parse, parseAllDocuments, parseDocument, visit } from 'yaml'
import * as z from 'zod'
import { EnvironmentSpec } from '../api/environment.ts'
import { EnvironmentProvisionerSpec } from '../api/environment-provisioner.ts'
import { changeOf } from '../core/change-of.ts'
import { maxEnvironmentSize } from '../core/environment-file.ts'
import { TronadorError } from '../core/errors.ts'
import { type InnerNames, innerNamesIn } from '../core/inner-names.ts'
import { isDnsLabel } from '../core/names.ts'
import { type CommitSubject, describeCommit } from '../gitops/commit-message.ts'
import type { FileChange } from '../gitops/gitops.ts'

/** Largest object that is pushed, in bytes of UTF-8. */
export const maxObjectSize = maxEnvironmentSize

const Annotations = z.record(z.string(), z.string())

/** What makes an object one; annotations that are none count as absent, so that a file that has such can be mended. */
const Frame = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({ name: z.string(), annotations: Annotations.optional().catch(undefined) }),
  spec: z.record(z.string(), z.unknown()),
})

/** The frame of what is pushed. */
const StrictFrame = Frame.extend({ metadata: z.object({ name: z.string(), annotations: Annotations.nullish() }) })

/** The kinds that describe an environment, by apiVersion and kind. */
const kinds: Readonly<Record<string, z.ZodType>> = {
  'tronador.stakater.com/v1alpha2 Environment': EnvironmentSpec,
  'tronador.stakater.com/v1alpha1 EnvironmentProvisioner': EnvironmentProvisionerSpec,
}

/** What an object is about, and what is called how in it. */
interface ObjectSubject extends CommitSubject {
  readonly inner: InnerNames
}

/** The change that puts `text`, one object of ours, at `path`. Throws GitObjectRefused where it is none. */
export function putObject(path: string, text: string): FileChange {
  const about = checkObject(text)
  if (typeof about === 'string') {
    throw new TronadorError('GitObjectRefused', `The object to push is refused: ${about}.`)
  }
  const standing = (current: string | undefined) => (current === undefined ? about : standingObject(path, current))
  return {
    path,
    edit: (current) => keepNames(text, about, standing(current)),
    message: (current) => describeCommit('Deploy', { ...about, environment: standing(current).environment }),
  }
}

/** The change that removes the object of ours at `path`; anything else there is left alone with GitOpsFileForeign. */
export function removeObject(path: string): FileChange {
  return {
    path,
    edit: (current) => {
      if (current !== undefined) standingObject(path, current)
      return undefined
    },
    message: (current) => describeCommit('Remove', standingObject(path, current ?? '')),
  }
}

/** What runs keeps its names: another environment's, release's or source's name would be another one, made anew. */
function keepNames(text: string, given: ObjectSubject, standing: ObjectSubject): string {
  const release = ['spec', 'application', 'release']
  const names = [
    { at: ['metadata', 'name'], given: given.environment, kept: standing.environment },
    { at: [...release, 'releaseName'], given: given.inner.release, kept: standing.inner.release },
    { at: [...release, 'chart', 'spec', 'sourceRef', 'name'], given: given.inner.source, kept: standing.inner.source },
  ]
  const differing = names.filter(({ given, kept }) => given !== undefined && kept !== undefined && given !== kept)
  if (differing.length === 0) return text
  const document = parseDocument(text)
  for (const { at, kept } of differing) {
    document.setIn(at, kept)
    const written = document.getIn(at, true)
    if (isScalar(written)) written.type = 'QUOTE_DOUBLE'
  }
  return document.toString({ lineWidth: 0 })
}

/** Whose file stands there. It need not be valid, or no push could mend it; it must be an environment. */
function standingObject(path: string, text: string): ObjectSubject {
  const read = readLeniently(text)
  if (typeof read !== 'string') return read
  throw new TronadorError('GitOpsFileForeign', `The file ${path} is no environment of Tronador: ${read}.`, {
    mend: 'Choose another path, or remove that file by hand if nobody needs it.',
  })
}

function readLeniently(text: string): ObjectSubject | string {
  if (isTooLarge(text)) return tooLarge
  try {
    return identify(parse(text, { maxAliasCount: 100, logLevel: 'silent' }))
  } catch {
    return 'it cannot be read as YAML'
  }
}

/** An object to push, checked strictly: whose it is, or what is wrong. */
function checkObject(text: string): ObjectSubject | string {
  if (isTooLarge(text)) return tooLarge
  try {
    const documents = parseAllDocuments(text, { schema: 'core', version: '1.2', prettyErrors: false })
    const [document] = documents
    if (!Array.isArray(documents) || document === undefined) return 'it is empty'
    if (documents.length > 1) return 'it holds more than one document'
    return textFault(text, document) ?? specFault(document.toJS()) ?? identify(document.toJS())
  } catch {
    return 'it cannot be read as YAML'
  }
}

function textFault(text: string, document: Document.Parsed): string | undefined {
  const problem = document.errors[0] ?? document.warnings[0]
  if (hasSurprises(document)) return 'it uses anchors, aliases or tags; write them out'
  if (problem !== undefined) return `it is no plain YAML (${problem.message})`
  return readsAlike(text, document) ? undefined : 'YAML 1.1 readers would take it for something else; quote its text'
}

function specFault(object: unknown): string | undefined {
  const frame = StrictFrame.safeParse(object)
  if (!frame.success) return sayWhere(frame.error, '')
  const read = kindOf(frame.data)?.safeParse(frame.data.spec)
  return read === undefined || read.success ? undefined : sayWhere(read.error, 'spec.')
}

/** Whose environment an object of one of our kinds is, or why it is none. */
function identify(object: unknown): ObjectSubject | string {
  const frame = Frame.safeParse(object)
  if (!frame.success) return sayWhere(frame.error, '')
  const { apiVersion, kind, metadata } = frame.data
  if (kindOf(frame.data) === undefined) {
    return `${JSON.stringify(`${apiVersion} ${kind}`)} is none of ${Object.keys(kinds).join(', ')}`
  }
  if (!isDnsLabel(metadata.name)) return `${JSON.stringify(metadata.name)} cannot be an environment’s name`
  return { environment: metadata.name, inner: innerNamesIn(frame.data), ...subjectOf(changeOf(frame.data)) }
}

function kindOf({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): z.ZodType | undefined {
  const name = `${apiVersion} ${kind}`
  return Object.hasOwn(kinds, name) ? kinds[name] : undefined
}

const tooLarge = `it is larger than ${maxObjectSize} bytes`

function isTooLarge(text: string): boolean {
  return new TextEncoder().encode(text).length > maxObjectSize
}

/** The pull request and commit, as trailers name them. */
function subjectOf(change: ReturnType<typeof changeOf>): Omit<CommitSubject, 'environment'> {
  if (change === undefined) return {}
  return { pullRequest: { repository: change.repository, number: change.number }, commit: change.commit }
}

function hasSurprises(document: Document): boolean {
  let found = false
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node) || ('anchor' in node && node.anchor) || ('tag' in node && node.tag)) {
        found = true
        return visit.BREAK
      }
      return undefined
    },
  })
  return found
}

function readsAlike(text: string, document: Document): boolean {
  const older = parseDocument(text, { version: '1.1', prettyErrors: false })
  return older.errors.length === 0 && JSON.stringify(older.toJS()) === JSON.stringify(document.toJS())
}

function sayWhere(error: z.ZodError, prefix: string): string {
  const issue = error.issues[0]
  const path = `${prefix}${issue?.path.join('.') ?? ''}`
  if (path === '') return 'it is no object with `apiVersion`, `kind`, `metadata` and `spec`'
  const type = issue?.code === 'invalid_type' ? typeNames[issue.expected] : undefined
  return `${path}: ${type === undefined ? (issue?.message ?? 'it is not valid') : `it is absent or not ${type}`}`
}

/** What people call the types that a field is expected to have. */
const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  record: 'a map',
}
