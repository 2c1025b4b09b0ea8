/** The values of the config file's keys, each read from its place in the tree. */
import { ValuesReference } from '../api/environment.ts'
import type { EnvironmentKind } from '../api/environment-kind.ts'
import { mendOverrides } from './config-assignments.ts'
import { inBraces, meantPairs, onOneLine, showAs } from './config-meant.ts'
import { type Position, quote, type Report } from './diagnostics.ts'
import { TronadorError } from './errors.ts'
import type { ValuesSource } from './model.ts'
import { isDnsSubdomain } from './names.ts'
import { checkNamespaceLabels } from './namespace-labels.ts'
import { nearest } from './nearest.ts'
import { configFileWords, objectNameRule, translateValuesFrom } from './values-from.ts'
import { type ListNode, type MapNode, plain, type ScalarNode, type TreeNode } from './yaml-tree.ts'

/** `value_overrides`: Helm values, a nested map. Absent and null mean none. */
export function readValues(node: TreeNode | undefined, report: Report): Record<string, unknown> {
  if (isAbsent(node)) return {}
  if (node.kind === 'map') return plain(node) as Record<string, unknown>
  reportType(node.at, '`value_overrides` is not a map', mendOverrides(node), report)
  return {}
}

/** What references are read for. */
interface ReferenceReading {
  readonly namespace: string | undefined
  readonly kind: EnvironmentKind
}

/** `values_from`: a list of references in either shape. */
export function readValuesFrom(node: TreeNode | undefined, reading: ReferenceReading, report: Report): ValuesSource[] {
  if (isAbsent(node)) return []
  if (node.kind !== 'list') {
    reportType(node.at, '`values_from` is not a list', mendReferences(node), report)
    return []
  }
  return node.items.flatMap((item) => readReference(item, reading, report) ?? [])
}

/** How `values_from` is to be written that is no list of references. */
function mendReferences(node: TreeNode): string {
  const [only = node] = node.kind === 'list' ? node.items : []
  if (isObjectName(only)) {
    return `${showAs('a list', 'values_from', `[{ kind: Secret, name: ${onOneLine(only)} }]`)}, or \`kind: ConfigMap\``
  }
  if (node.kind === 'map' && node.entries.some(({ key }) => nearest(key, referenceKeys) !== undefined)) {
    return showAs('a list', 'values_from', `[${onOneLine(node)}]`)
  }
  const meant = node.kind === 'map' ? { kind: 'list' as const, items: [node], at: node.at } : node
  return meantPairs(meant) === undefined
    ? 'write a list: values_from: [{ kind: Secret, name: NAME, valuesKey: KEY }]'
    : `values themselves belong elsewhere: ${mendOverrides(meant)}`
}

const referenceKeys = Object.keys(ValuesReference.shape)
const keyReferenceKeys = ['name', 'namespace', 'key', 'optional']

function readReference(
  node: TreeNode,
  { namespace, kind }: ReferenceReading,
  report: Report,
): ValuesSource | undefined {
  if (node.kind !== 'map') {
    const mend = mendReferences(node.kind === 'list' ? node : { kind: 'list', items: [node], at: node.at })
    reportType(node.at, 'an entry of `values_from` is not a map', mend, report)
    return undefined
  }
  if (node.entries.some(({ key }) => key === 'value')) {
    const mend = mendReferences({ kind: 'list', items: [node], at: node.at })
    reportType(node.at, 'this entry of `values_from` holds a value instead of naming where one is', mend, report)
    return undefined
  }
  if (!hasKnownKeys(node, referenceKeys, report)) return undefined
  for (const { key, value } of node.entries) {
    if (
      (key === 'secretKeyRef' || key === 'configMapKeyRef') &&
      value.kind === 'map' &&
      !hasKnownKeys(value, keyReferenceKeys, report)
    )
      return undefined
  }
  const parsed = ValuesReference.safeParse(plain(node))
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join('.') ?? ''
    reportType(
      nodeAt(node, parsed.error.issues[0]?.path ?? []).at,
      `\`${path}\` in an entry of \`values_from\` is absent or of the wrong type`,
      `write ${referenceShape(node)}`,
      report,
    )
    return undefined
  }
  if (kind === 'EnvironmentProvisioner') refuseTargetPath(node, report)
  return reportErrorAt(node.at, report, () => translateValuesFrom(parsed.data, namespace ?? '', configFileWords))
}

function refuseTargetPath({ entries }: MapNode, report: Report): void {
  const entry = entries.find(({ key, value }) => key === 'targetPath' && !isAbsent(value))
  if (entry === undefined) return
  report({
    severity: 'error',
    code: 'ValuesFromUnsupported',
    ...entry.keyAt,
    message: 'an EnvironmentProvisioner has no `targetPath`, for Helm Operator knows none',
    mend: 'keep a whole values file under that key, or render an Environment',
  })
}

/** How an entry is written that was meant as this one. */
function referenceShape(node: MapNode): string {
  const shape = node.entries.find(({ key }) => key === 'secretKeyRef' || key === 'configMapKeyRef')?.key
  if (shape !== undefined) return `\`${shape}: { name: NAME, key: KEY }\``
  return '`{ kind: Secret, name: NAME, valuesKey: KEY }` or `{ kind: ConfigMap, name: NAME, valuesKey: KEY }`'
}

function hasKnownKeys(node: MapNode, known: readonly string[], report: Report): boolean {
  const unknown = node.entries.filter(({ key }) => !known.includes(key))
  for (const { key, keyAt } of unknown) {
    const near = nearest(key, known)
    report({
      severity: 'error',
      code: 'ConfigKeyUnknown',
      ...keyAt,
      message: `the key ${quote(key)} is unknown`,
      mend: near === undefined ? `use one of ${known.join(', ')}` : `write \`${near}\``,
    })
  }
  return unknown.length === 0
}

/** The deepest node there is on the way along the path. */
function nodeAt(node: TreeNode, path: readonly PropertyKey[]): TreeNode {
  const [first, ...rest] = path
  if (node.kind !== 'map' || first === undefined) return node
  const entry = node.entries.find(({ key }) => key === first)
  return entry === undefined ? node : nodeAt(entry.value, rest)
}

/** `namespaceLabels`. Numbers and booleans are taken as written: a label is text. */
export function readLabels(node: TreeNode | undefined, report: Report): Record<string, string> {
  if (isAbsent(node)) return {}
  if (node.kind !== 'map') {
    reportType(node.at, '`namespaceLabels` is not a map', mendLabels(node), report)
    return {}
  }
  const labels: [string, string][] = []
  for (const { key, keyAt, value } of node.entries) {
    if (value.kind !== 'scalar' || value.value === null) {
      reportType(
        value.at,
        `the label ${quote(key)} has no value that is text`,
        'write the value after the colon, in quotes',
        report,
      )
      continue
    }
    const keyIsFine = reportErrorAt(keyAt, report, () => checkNamespaceLabels({ [key]: '' }))
    const checked = keyIsFine && reportErrorAt(value.at, report, () => checkNamespaceLabels({ [key]: value.text }))
    if (checked !== undefined) labels.push([key, value.text])
  }
  return Object.fromEntries(labels)
}

function mendLabels(node: ScalarNode | ListNode): string {
  const pairs = meantPairs(node)
  return pairs === undefined
    ? 'write one `key: value` to a line below it'
    : showAs('a map', 'namespaceLabels', inBraces(pairs.map(({ name, value }) => [name, onOneLine(value)])))
}

/** Whether this is what an object can be called. */
function isObjectName(node: TreeNode): boolean {
  return node.kind === 'scalar' && typeof node.value === 'string' && isDnsSubdomain(node.text)
}

/** `secret_ref`: the name of the Secret with the Git repository's credentials. */
export function readSecretRef(node: TreeNode | undefined, report: Report): string | undefined {
  if (isAbsent(node)) return undefined
  const mend = 'write `secret_ref: { name: NAME }`'
  if (node.kind !== 'map') {
    const only = node.kind === 'list' && node.items.length === 1 ? node.items[0] : node
    const isName = only !== undefined && isObjectName(only)
    const meant = isName ? `{ name: ${onOneLine(only)} }` : only?.kind === 'map' ? onOneLine(only) : undefined
    reportType(node.at, '`secret_ref` is not a map', meant ? showAs('a map', 'secret_ref', meant) : mend, report)
    return undefined
  }
  if (!hasKnownKeys(node, ['name', 'namespace'], report)) return undefined
  const namespace = node.entries.find(({ key }) => key === 'namespace')
  if (namespace !== undefined) {
    report({
      severity: 'warning',
      code: 'ConfigKeyIgnored',
      ...namespace.keyAt,
      message: '`namespace` has no effect: the Secret is looked for in the environment’s own namespace',
      mend: 'remove it',
    })
  }
  const name = node.entries.find(({ key }) => key === 'name')?.value
  if (name?.kind === 'scalar' && typeof name.value === 'string' && isDnsSubdomain(name.text)) return name.text
  if (name?.kind === 'scalar' && typeof name.value === 'string') {
    reportType(name.at, `no Secret can be called ${quote(name.text)}`, asClause(objectNameRule), report)
  } else reportType(name?.at ?? node.at, 'the `name` of `secret_ref` is absent or not text', mend, report)
  return undefined
}

/** Runs a check whose failure is a {@link TronadorError} and reports it at the place it concerns. */
export function reportErrorAt<T>(at: Position, report: Report, check: () => T): T | undefined {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof TronadorError)) throw error
    report({ severity: 'error', code: error.code, ...at, message: asClause(error.message), mend: asClause(error.mend) })
    return undefined
  }
}

/** A sentence as part of a longer one: no capital, no full stop. */
function asClause(sentence: string): string {
  return sentence.replace(/\.$/, '').replace(/^[A-Z](?=[a-z ])/, (letter) => letter.toLowerCase())
}

function isAbsent(node: TreeNode | undefined): node is undefined {
  return node === undefined || (node.kind === 'scalar' && node.value === null)
}

/** Reports a value that is not of the type its key has. */
export function reportType(at: Position, message: string, mend: string, report: Report): void {
  report({ severity: 'error', code: 'ConfigWrongType', ...at, message, mend })
}
