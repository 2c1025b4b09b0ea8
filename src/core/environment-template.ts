/**
 * The environment template: an administrator's YAML of one of our kinds, in which `$NAME` or `${NAME}` stand for what
 * a pull request's environment is made of. Its text is parsed first and filled in afterwards: a value stays one
 * scalar, list or map, whatever a branch is called.
 */
import { type EnvironmentKind, environmentKinds } from '../api/environment-kind.ts'
import { group } from '../api/labels.ts'
import type { Diagnosed } from './config-file.ts'
import { type Diagnostic, hasErrors, type Position, quote } from './diagnostics.ts'
import type { ErrorCode } from './errors.ts'
import { nearest } from './nearest.ts'
import { type MapNode, parseTree, type ScalarNode, type TreeNode } from './yaml-tree.ts'

/** What each placeholder stands for: text, or a list or map that must be the whole of a value. */
export const templatePlaceholders = {
  ENVIRONMENT_NAME: 'text',
  GIT_BRANCH: 'text',
  GIT_URL: 'text',
  CHART_PATH: 'text',
  NAMESPACE_LABELS: 'map',
  VALUES_OVERRIDE: 'map',
  VALUES_FROM: 'list',
} as const
export type TemplatePlaceholder = keyof typeof templatePlaceholders

/** A template that is sound as far as can be seen before it is filled in. */
export interface EnvironmentTemplate {
  readonly kind: EnvironmentKind
  readonly root: MapNode
}

/** `apiVersion` of each kind. */
const apiVersions: Readonly<Record<EnvironmentKind, string>> = {
  Environment: `${group}/v1alpha2`,
  EnvironmentProvisioner: `${group}/v1alpha1`,
}

/** A placeholder in a text. Names are in capitals: shell variables of other shapes are text. */
export const placeholderPattern = /\$(?:\{([A-Z][A-Z0-9_]*)\}|([A-Z][A-Z0-9_]*)(?![A-Za-z0-9_]))/g

const placeholderNames = Object.keys(templatePlaceholders) as TemplatePlaceholder[]

type Fault = (code: ErrorCode, at: Position, message: string, mend: string) => void

/** Reads a template, or names every fault in it. */
export function readEnvironmentTemplate(
  text: string,
): Diagnosed<{ readonly template: EnvironmentTemplate | undefined }> {
  const diagnostics: Diagnostic[] = []
  const report = (diagnostic: Diagnostic) => void diagnostics.push(diagnostic)
  const fault: Fault = (code, at, message, mend) => report({ severity: 'error', code, ...at, message, mend })
  const none = { APPLICATION_IMAGE_NAME: '', APPLICATION_IMAGE_TAG: '' }
  const tree = parseTree(indentLonePlaceholders(text), none, report)
  if (tree !== undefined && tree.placeholders.size > 0) {
    const mend = `use ${`$${placeholderNames.join(', $')}`}; the image stands in $VALUES_OVERRIDE`
    fault('PlaceholderMisplaced', { line: 1, column: 1 }, 'placeholders in braces belong in the config file', mend)
  }
  const template = tree && readFrame(tree.root, fault)
  diagnostics.sort((a, b) => a.line - b.line || a.column - b.column)
  return { template: hasErrors(diagnostics) ? undefined : template, diagnostics }
}

/**
 * Old templates have the placeholder of a list or map on a line of its own, at an indentation that came with the text
 * pasted in its place. It belongs to the key above, so it is moved below it.
 */
function indentLonePlaceholders(text: string): string {
  let above = 0
  return text
    .split('\n')
    .map((line) => {
      const [, spaces = '', rest] =
        /^( *)(\$(?:NAMESPACE_LABELS|VALUES_FROM|VALUES_OVERRIDE|\{(?:NAMESPACE_LABELS|VALUES_FROM|VALUES_OVERRIDE)\})\s*)$/.exec(
          line,
        ) ?? []
      if (rest !== undefined && above > 0 && spaces.length < above) return ' '.repeat(above) + rest
      const key = /^([ -]*)[^\s#"'-][^#]*:\s*$/.exec(line)?.[1]
      if (line.trim() !== '') above = key === undefined ? 0 : key.length + 1
      return line
    })
    .join('\n')
}

function readFrame(root: TreeNode | undefined, fault: Fault): EnvironmentTemplate | undefined {
  const start = { line: 1, column: 1 }
  if (root?.kind !== 'map') {
    const mend = `write an object with \`apiVersion\`, \`kind\`, \`metadata\` and \`spec\`, of the kind ${environmentKinds.join(' or ')}`
    fault('TemplateInvalid', root?.at ?? start, 'the template is no object', mend)
    return undefined
  }
  checkPlaceholders(root, fault)
  checkKeys(root, ['apiVersion', 'kind', 'metadata', 'spec'], fault)
  checkName(root, fault)
  const kind = environmentKinds.find((known) => known === textOf(root, 'kind'))
  if (kind !== undefined && textOf(root, 'apiVersion') === apiVersions[kind]) return { kind, root }
  const known = environmentKinds.map((name) => `${apiVersions[name]} ${name}`).join(' or ')
  fault('TemplateInvalid', root.at, '`apiVersion` and `kind` name no kind of environment', `write ${known}`)
  return undefined
}

/** Another part of the name than the one we made could be chosen by a pull request, or be the same for all of them. */
function checkName(root: MapNode, fault: Fault): void {
  const metadata = entryOf(root, 'metadata')
  if (metadata?.kind === 'map') checkKeys(metadata, ['name', 'labels', 'annotations'], fault)
  const name = metadata?.kind === 'map' ? entryOf(metadata, 'name') : undefined
  const placeholders = name?.kind === 'scalar' ? [...placeholdersIn(name.text)] : []
  if (placeholders.length > 0 && placeholders.every((placeholder) => placeholder === 'ENVIRONMENT_NAME')) return
  const message = '`metadata.name` is not made of $ENVIRONMENT_NAME alone'
  fault('TemplateInvalid', name?.at ?? root.at, message, 'write `name: $ENVIRONMENT_NAME`')
}

/** Refuses keys outside a known set, naming the nearest. */
function checkKeys(map: MapNode, known: readonly string[], fault: Fault): void {
  for (const { key, keyAt } of map.entries) {
    if (known.includes(key)) continue
    const near = nearest(key, known)
    const mend = near === undefined ? `remove it; known are ${known.join(', ')}` : `write \`${near}\``
    fault('TemplateInvalid', keyAt, `there is no field ${quote(key)} here`, mend)
  }
}

function checkPlaceholders(node: TreeNode, fault: Fault): void {
  if (node.kind === 'list') for (const item of node.items) checkPlaceholders(item, fault)
  else if (node.kind === 'scalar') checkText(node, fault)
  else {
    for (const { key, keyAt, value } of node.entries) {
      if (placeholdersIn(key).length > 0) {
        const message = `a placeholder stands where a key belongs: ${quote(key)}`
        fault('PlaceholderMisplaced', keyAt, message, 'use placeholders in values alone')
      }
      checkPlaceholders(value, fault)
    }
  }
}

function checkText({ value, text, at }: ScalarNode, fault: Fault): void {
  if (typeof value !== 'string') return
  for (const name of placeholdersIn(text)) {
    const known = placeholderNames.find((candidate) => candidate === name)
    if (known === undefined) {
      const near = nearest(name, placeholderNames)
      const mend = near === undefined ? `write one of $${placeholderNames.join(', $')}` : `write $${near}`
      fault('PlaceholderUnknown', at, `there is no placeholder $${name.slice(0, 80)}`, mend)
    } else if (templatePlaceholders[known] !== 'text' && wholePlaceholder(text) !== known) {
      const message = `$${known} stands for a ${templatePlaceholders[known]} and is part of a longer text here`
      fault(
        'PlaceholderMisplaced',
        at,
        message,
        `write \`key: $${known}\`, or let it stand on a line of its own below its key`,
      )
    }
  }
}

/** The names of all placeholders in a text, known or not. */
function placeholdersIn(text: string): string[] {
  return [...text.matchAll(placeholderPattern)].map(([, braced, bare]) => braced ?? bare ?? '')
}

/** The placeholder that a text consists of and nothing else. */
export function wholePlaceholder(text: string): TemplatePlaceholder | undefined {
  return placeholderNames.find((name) => text === `$${name}` || text === `\${${name}}`)
}

/** A map's value of that key. */
function entryOf(map: MapNode, key: string): TreeNode | undefined {
  return map.entries.find((entry) => entry.key === key)?.value
}

function textOf(map: MapNode, key: string): string | undefined {
  const node = entryOf(map, key)
  return node?.kind === 'scalar' ? node.text : undefined
}
