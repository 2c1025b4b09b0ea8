/**
 * What was meant where a map belongs and something else stands: text of `name=value`, or a list of such, of
 * `{ name, value }` or of small maps. It serves messages alone, which show the shape that is read; nothing is read so.
 */
import type { ListNode, ScalarNode, TreeNode } from './yaml-tree.ts'
import { writeText } from './yaml-write.ts'

/** A name as written, and what stands for its value. */
export interface MeantPair {
  readonly name: string
  readonly value: TreeNode
}

/** The pairs that were meant; undefined where any part is none. */
export function meantPairs(node: ScalarNode | ListNode): readonly MeantPair[] | undefined {
  const pairs = node.kind === 'list' ? node.items.map(pairsOfItem) : partsOf(node).map((part) => pairOf(part, node))
  return pairs.some((pair) => pair === undefined) ? undefined : pairs.flatMap((pair) => pair ?? [])
}

function pairsOfItem(item: TreeNode): readonly MeantPair[] | undefined {
  if (item.kind === 'list') return undefined
  if (item.kind === 'scalar') {
    const pair = pairOf(item.template, item)
    return pair && [pair]
  }
  const of = (wanted: readonly string[]) => item.entries.find(({ key }) => wanted.includes(key))?.value
  const name = of(['name', 'key'])
  const value = of(['value'])
  if (name?.kind === 'scalar' && value !== undefined && item.entries.length === 2)
    return [{ name: name.template, value }]
  return item.entries.map(({ key, value }) => ({ name: key, value }))
}

/** One to a line, or with commas between where each is one. */
function partsOf({ template }: ScalarNode): string[] {
  const lines = template.split('\n').filter((line) => line.trim() !== '')
  const parts = template.split(',')
  return lines.length === 1 && parts.every((part) => assignment.test(part)) ? parts : lines
}

const assignment = /^\s*([^={}[\],]*[^={}[\],\s])\s*=\s*(.*?)\s*$/

function pairOf(part: string, { at }: ScalarNode): MeantPair | undefined {
  const [, name, text] = assignment.exec(part) ?? []
  if (name === undefined || text === undefined) return undefined
  const word = typedText(text)
  // Digits that a number would lose stay text.
  const value = typeof word === 'number' && !Number.isSafeInteger(word) ? text : word
  return { name, value: { kind: 'scalar', value, text, template: text, bare: false, at } }
}

/** What a text without a type of its own is to `helm --set`. */
export function typedText(text: string): string | number | boolean | null {
  const word = text.toLowerCase()
  if (word === 'true' || word === 'false') return word === 'true'
  if (word === 'null') return null
  return /^(?:0|[1-9]\d*|[+-]\d+)$/.test(text) ? Number(text) + 0 : text
}

/** `write KEY: VALUE`, cut where that is too long to be shown. */
export function showAs(what: string, key: string, value: string): string {
  const text = `${key}: ${value}`
  return `write ${what}: ${text.length > 1000 ? `${text.slice(0, 997)}...` : text}`
}

/** The node on one line, as YAML that means the same, placeholders as they stand. */
export function onOneLine(node: TreeNode): string {
  if (node.kind === 'list') return `[${node.items.map(onOneLine).join(', ')}]`
  if (node.kind === 'map') return inBraces(node.entries.map(({ key, value }) => [key, onOneLine(value)]))
  if (typeof node.value !== 'string') return String(node.value)
  return /^\{\{[A-Z][A-Z0-9_]*\}\}$/.test(node.template) ? node.template : writeText(node.template)
}

/** A map of values that are written already. */
export function inBraces(entries: readonly (readonly [name: string, written: string])[]): string {
  return entries.length === 0
    ? '{}'
    : `{ ${entries.map(([name, value]) => `${writeText(name)}: ${value}`).join(', ')} }`
}
