/**
 * `value_overrides` of the first design, a list of `path=value`, to the nested map that it means. The rule is that of
 * `helm --set`. What that would split, count or unescape inside a value is refused, for the first design's own rule
 * is not known: the message shows the map that says it without doubt.
 */
import { meantPairs, onOneLine, showAs, typedText } from './config-meant.ts'
import { type Position, quote, type Report } from './diagnostics.ts'
import type { ErrorCode } from './errors.ts'
import { maxDepth } from './yaml-limits.ts'
import { checkKey, type ListNode, type MapNode, type ScalarNode, type TreeNode } from './yaml-tree.ts'
import { writeText } from './yaml-write.ts'

/** One entry of the list: the names on the way to the value, and the value. */
interface Assignment {
  readonly path: readonly string[]
  readonly value: TreeNode
}

/** A map under construction. */
interface Branch {
  readonly at: Position
  readonly children: Map<string, Branch | TreeNode>
}

/** `root`, `application` and `value_overrides` are levels too; a value is none. */
const longestPath = maxDepth - 2

/** The map, of the entries that can be read; a warning at `keyAt` shows it. Every other entry is an error. */
export function expandAssignments(list: ListNode, keyAt: Position, report: Report): MapNode {
  const root: Branch = { at: list.at, children: new Map() }
  if (list.items.length > 0 && list.items.every(({ kind }) => kind !== 'scalar')) {
    faultAt(keyAt, report)('ConfigWrongType', '`value_overrides` is a list, not a map', mendOverrides(list))
    return finished(root)
  }
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
    mend: isWhole
      ? showMap(onOneLine(finished(root)))
      : (showMeant(list) ?? `${showMap(onOneLine(finished(root)))}, with the entries at fault added`),
  })
  return finished(root)
}

/** How `value_overrides` is to be written that is no map. */
export function mendOverrides(node: ScalarNode | ListNode): string {
  const meant = showMeant(node)
  if (meant !== undefined) return meant
  return node.kind === 'scalar' && /\n.*:|:.*\n/.test(node.template)
    ? 'take away the sign behind the colon (`|` or `>`) or the quotes that make one text of it'
    : asInValues
}

/** The map that was meant; undefined where that is not certain. */
function showMeant(node: ScalarNode | ListNode): string | undefined {
  const root: Branch = { at: node.at, children: new Map() }
  const isCertain = meantPairs(node)?.every(({ name, value }) => {
    const path = splitEntry(`${name.replace(/\s*\.\s*/g, '.')}=`, () => undefined)?.path
    return path !== undefined && insert(root, { path, value }, () => undefined)
  })
  return isCertain ? showMap(onOneLine(finished(root))) : undefined
}

function readAssignment(item: TreeNode, report: Report): Assignment | undefined {
  const fault = faultAt(item.at, report)
  const meant = showMeant({ kind: 'list', items: [item], at: item.at }) ?? asInValues
  const entry = item.kind === 'scalar' ? splitEntry(item.template, fault, meant) : undefined
  if (item.kind !== 'scalar') fault('ConfigFirstDesign', 'this entry is no `path=value`', meant)
  if (item.kind !== 'scalar' || entry === undefined) return undefined
  const { path, rest } = entry
  // No placeholder stands in the path, so that text and template are the same so far.
  const text = item.text.slice(item.template.length - rest.length)
  const asText: ScalarNode = { kind: 'scalar', value: text, text, template: rest, bare: false, at: item.at }
  const asMap = showMap(nested(path, onOneLine(asText)))
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
  const value = text === rest ? typedText(text) : text
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    fault('ConfigNumberInexact', `the number ${text.slice(0, 80)} cannot be kept exactly`, asMap)
    return undefined
  }
  return { path, value: { ...asText, value } }
}

/** Names with dots between, `=`, and the rest; `\` takes the next character of a name as it is. */
function splitEntry(
  template: string,
  fault: Fault,
  mend = asInValues,
): { path: readonly string[]; rest: string } | undefined {
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
  const what = name.trim() === name ? 'is no `path=value`' : 'has blanks beside a name'
  fault('ConfigFirstDesign', `the entry ${quote(template)} ${what}`, mend)
  return undefined
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

function nested(path: readonly string[], value: string): string {
  return path.reduceRight((inner, name) => `{ ${writeText(name)}: ${inner} }`, value)
}

const asInValues = 'write a map below `value_overrides`, as in values.yaml'

function showMap(map: string): string {
  return showAs('a map', 'value_overrides', map)
}

type Fault = (code: ErrorCode, message: string, mend: string) => void

function faultAt(at: Position, report: Report): Fault {
  return (code, message, mend) => report({ severity: 'error', code, ...at, message, mend })
}
