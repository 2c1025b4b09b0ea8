/**
 * `value_overrides` of the first design, a list of `path=value`, to the nested map that it means. The rule is that of
 * `helm --set`. What that would split, count or unescape inside a value is refused, for the first design's own rule
 * is not known: the message shows the map that says it without doubt.
 */
import { type Position, quote, type Report } from './diagnostics.ts'
import type { ErrorCode } from './errors.ts'
import { maxDepth } from './yaml-limits.ts'
import { checkKey, type ListNode, type MapNode, type ScalarNode, type TreeNode } from './yaml-tree.ts'
import { writeText } from './yaml-write.ts'

/** One entry of the list: the names on the way to the value, and the value. */
interface Assignment {
  readonly path: readonly string[]
  readonly value: ScalarNode
}

/** A map under construction. */
interface Branch {
  readonly at: Position
  readonly children: Map<string, Branch | ScalarNode>
}

/** `root`, `application` and `value_overrides` are levels too; a value is none. */
const longestPath = maxDepth - 2

/** The map, of the entries that can be read; a warning at `keyAt` shows it. Every other entry is an error. */
export function expandAssignments(list: ListNode, keyAt: Position, report: Report): MapNode {
  const root: Branch = { at: list.at, children: new Map() }
  let isWhole = true
  for (const item of list.items) {
    const assignment = readAssignment(item, report)
    if (assignment === undefined || !insert(root, assignment, report)) isWhole = false
  }
  report({
    severity: 'warning',
    code: 'ConfigFirstDesign',
    ...keyAt,
    message: '`value_overrides` as a list of `path=value` is of the first design, still read',
    mend: showMap(inBraces(root)) + (isWhole ? '' : ', with the entries at fault added'),
  })
  return finished(root)
}

function readAssignment(item: TreeNode, report: Report): Assignment | undefined {
  const fault = faultAt(item.at, report)
  const entry = item.kind === 'scalar' ? splitEntry(item.template, fault) : undefined
  if (item.kind !== 'scalar') fault('ConfigFirstDesign', 'this entry is no `path=value`', asInValues)
  if (item.kind !== 'scalar' || entry === undefined) return undefined
  const { path, rest } = entry
  // No placeholder stands in the path, so that text and template are the same so far.
  const text = item.text.slice(item.template.length - rest.length)
  const asText: ScalarNode = { kind: 'scalar', value: text, text, template: rest, bare: false, at: item.at }
  const asMap = showMap(nested(path, written(asText)))
  if (/[,\\]|^\{(?! *\{)/.test(rest)) {
    fault('ConfigFirstDesign', `the value ${quote(rest)} can be read in more than one way`, asMap)
    return undefined
  }
  if (path.length > longestPath) {
    fault('ConfigTooDeep', `this is nested more than ${maxDepth} levels deep`, 'flatten it')
    return undefined
  }
  if (!path.every((name) => checkKey(name, fault))) return undefined
  // What a placeholder stands for is text, whatever it looks like.
  const value = text === rest ? typed(text) : text
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    fault('ConfigNumberInexact', `the number ${text.slice(0, 80)} cannot be kept exactly`, asMap)
    return undefined
  }
  return { path, value: { ...asText, value } }
}

/** Names with dots between, `=`, and the rest; `\` takes the next character of a name as it is. */
function splitEntry(template: string, fault: Fault): { path: readonly string[]; rest: string } | undefined {
  const path: string[] = []
  let name = ''
  for (let i = 0; i < template.length; i++) {
    const character = template.charAt(i)
    if (character === '[') {
      const list = showMap(nested([...path, name], '[…]'))
      fault('ConfigFirstDesign', `the index in ${quote(template)} is not read`, `${list}, with the whole list`)
      return undefined
    }
    if (character === '{') {
      fault(
        'PlaceholderMisplaced',
        `braces stand in the path of ${quote(template)}`,
        'use placeholders in values alone',
      )
      return undefined
    }
    if (character === ',') break
    if (character === '.' || character === '=') {
      if (name === '' || name.trim() !== name) break
      path.push(name)
      name = ''
      if (character === '=') return { path, rest: template.slice(i + 1) }
    } else name += character === '\\' ? template.charAt(++i) : character
  }
  fault('ConfigFirstDesign', `the entry ${quote(template)} is no \`path=value\``, asInValues)
  return undefined
}

function typed(text: string): string | number | boolean | null {
  const word = text.toLowerCase()
  if (word === 'true' || word === 'false') return word === 'true'
  if (word === 'null') return null
  return /^(?:0|[1-9]\d*|[+-]\d+)$/.test(text) ? Number(text) + 0 : text
}

/** False, and reported, where something stands there. */
function insert(root: Branch, { path, value }: Assignment, report: Report): boolean {
  let branch = root
  for (const [i, name] of path.entries()) {
    const known = branch.children.get(name)
    const isLast = i === path.length - 1
    if (known !== undefined && (isLast || 'kind' in known)) {
      const said = path.slice(0, i + 1).join('.')
      faultAt(value.at, report)(
        'ConfigKeyDuplicate',
        `${quote(said)} has a value already, from line ${known.at.line}`,
        'keep one of the two',
      )
      return false
    }
    if (isLast) branch.children.set(name, value)
    else if (known === undefined) {
      const next: Branch = { at: value.at, children: new Map() }
      branch.children.set(name, next)
      branch = next
    } else if (!('kind' in known)) branch = known
  }
  return true
}

function finished(node: Branch): MapNode {
  const entries = [...node.children].map(([key, value]) => {
    return { key, keyAt: value.at, value: 'kind' in value ? value : finished(value) }
  })
  return { kind: 'map', at: node.at, entries }
}

/** On one line, as YAML that means the same. */
function inBraces(node: Branch | ScalarNode): string {
  if ('kind' in node) return written(node)
  const entries = [...node.children].map(([name, child]) => `${writeText(name)}: ${inBraces(child)}`)
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`
}

function nested(path: readonly string[], value: string): string {
  return path.reduceRight((inner, name) => `{ ${writeText(name)}: ${inner} }`, value)
}

function written({ value, template }: ScalarNode): string {
  if (typeof value !== 'string') return String(value)
  return /^\{\{[A-Z][A-Z0-9_]*\}\}$/.test(template) ? template : writeText(template)
}

const asInValues = 'write a map below `value_overrides`, as in values.yaml'

function showMap(map: string): string {
  const text = `value_overrides: ${map}`
  return `write a map: ${text.length > 1000 ? `${text.slice(0, 997)}...` : text}`
}

type Fault = (code: ErrorCode, message: string, mend: string) => void

function faultAt(at: Position, report: Report): Fault {
  return (code, message, mend) => report({ severity: 'error', code, ...at, message, mend })
}
