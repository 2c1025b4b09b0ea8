/**
 * YAML text to a tree of plain values that still know where they stood. Reads YAML 1.2's core schema within strict
 * limits; everything else is reported. No value of the tree is a number that lost digits, a date, or an object with
 * a prototype of its own making.
 */
import { isMap, isScalar, isSeq, type ParsedNode, parseAllDocuments, type Scalar, type YAMLParseError } from 'yaml'
import type { Diagnostic, Position, Report } from './diagnostics.ts'
import { quote } from './diagnostics.ts'
import type { ErrorCode } from './errors.ts'
import { nearest } from './nearest.ts'
import {
  fillTokens,
  type PlaceholderName,
  placeholderNames,
  type Shielded,
  shieldPlaceholders,
} from './placeholders.ts'
import { checkLexemes, checkText, locator, maxDepth } from './yaml-limits.ts'
import { fitsKey } from './yaml-write.ts'

/** A scalar: its value, and its text as written (without quotes, placeholders filled in). */
export interface ScalarNode {
  readonly kind: 'scalar'
  readonly value: string | number | boolean | null
  readonly text: string
  /** The same with its placeholders as they stand. */
  readonly template: string
  /** Whether it was written without quotes and without placeholders. */
  readonly bare: boolean
  readonly at: Position
}
export interface ListNode {
  readonly kind: 'list'
  readonly items: readonly TreeNode[]
  readonly at: Position
}
export interface MapEntry {
  readonly key: string
  readonly keyAt: Position
  readonly value: TreeNode
}
export interface MapNode {
  readonly kind: 'map'
  readonly entries: readonly MapEntry[]
  readonly at: Position
}
export type TreeNode = ScalarNode | ListNode | MapNode

/** A parsed file. */
export interface Tree {
  /** Undefined for a file without content. */
  readonly root: TreeNode | undefined
  /** The names of all placeholders met, known or not. */
  readonly placeholders: ReadonlySet<string>
}

/**
 * The tree of a template text with its placeholders filled in; every fault goes to `report`. Undefined where the text
 * is no sound YAML; where a single value or key is at fault the tree has something harmless in its place, so that
 * what follows is checked too.
 */
export function parseTree(
  template: string,
  values: Readonly<Record<PlaceholderName, string>>,
  report: Report,
): Tree | undefined {
  const text = template.replace(/^\uFEFF/, '').replace(/\r(?!\n)/g, '\n')
  if (!checkText(text, report)) return undefined
  const shielded = shieldPlaceholders(text)
  if (!checkLexemes(shielded.text, text, report)) return undefined
  const [document] = parseAllDocuments(shielded.text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    strict: true,
    // Keys are compared below, as the strings they become: the parser's own check takes quadratic time.
    uniqueKeys: false,
    intAsBigInt: true,
    prettyErrors: false,
    logLevel: 'silent',
  })
  const locate = locator(text)
  if (document === undefined || !('errors' in document)) return { root: undefined, placeholders: new Set() }
  if (document.errors.length > 0) {
    for (const error of firstPerLine(document.errors, locate)) report(error)
    return undefined
  }
  return buildTree(document.contents, { tokens: shielded.tokens, values, locate }, report)
}

interface Context {
  readonly tokens: readonly Shielded[]
  readonly values: Readonly<Record<PlaceholderName, string>>
  readonly locate: (offset: number) => Position
  readonly fault: (code: ErrorCode, at: Position, message: string, mend: string) => void
  readonly placeholders: Set<string>
}

function buildTree(contents: ParsedNode | null, frame: Omit<Context, 'fault' | 'placeholders'>, report: Report): Tree {
  const context: Context = {
    ...frame,
    placeholders: new Set(),
    fault: (code, at, message, mend) => report({ severity: 'error', code, ...at, message, mend }),
  }
  const root = contents === null ? undefined : buildNode(contents, { line: 1, column: 1 }, 1, context)
  return { root, placeholders: context.placeholders }
}

/** `parentAt` is where an absent value (`key:` and nothing more) is said to be. */
function buildNode(node: ParsedNode | null, parentAt: Position, depth: number, context: Context): TreeNode {
  const at = node === null ? parentAt : context.locate(node.range[0])
  if (isScalar(node)) return buildScalar(node, at, context)
  if (depth > maxDepth) {
    context.fault('ConfigTooDeep', at, `this is nested more than ${maxDepth} levels deep`, 'flatten it')
  } else if (isSeq(node)) {
    return { kind: 'list', at, items: node.items.map((item) => buildNode(item, at, depth + 1, context)) }
  } else if (isMap(node)) {
    const seen = new Set<string>()
    const entries = node.items.flatMap((pair): MapEntry[] => {
      const keyAt = context.locate(pair.key.range[0])
      const key = buildKey(pair.key, keyAt, seen, context)
      return key === undefined ? [] : [{ key, keyAt, value: buildNode(pair.value, keyAt, depth + 1, context) }]
    })
    return { kind: 'map', at, entries }
  }
  return { kind: 'scalar', value: null, text: '', template: '', bare: true, at }
}

function buildScalar(node: Scalar.Parsed, at: Position, context: Context): ScalarNode {
  const written = writtenText(node)
  const text = fill(written, context)
  return {
    kind: 'scalar',
    value: typeof node.value === 'string' ? text : plainValue(node, at, context),
    text,
    template: fillTokens(written, context.tokens, ({ source }) => source),
    bare: node.type === 'PLAIN' && text === written,
    at,
  }
}

/** The key's text; undefined, and reported, where it is none. */
function buildKey(key: ParsedNode, at: Position, seen: Set<string>, context: Context): string | undefined {
  const { fault, tokens } = context
  if (!isScalar(key) || key.value === null) {
    fault('ConfigWrongType', at, 'a key must be text', 'write a plain word before the colon, or put the line in quotes')
    return undefined
  }
  let placeholder: string | undefined
  const text = fillTokens(writtenText(key), tokens, ({ name, source }) => {
    placeholder ??= name
    return source
  })
  if (placeholder !== undefined) {
    context.placeholders.add(placeholder)
    fault(
      'PlaceholderMisplaced',
      at,
      `the placeholder in ${quote(text)} stands where a key belongs`,
      'use placeholders in values alone',
    )
  }
  if (placeholderNames.some((name) => name === text)) {
    context.placeholders.add(text)
    fault('PlaceholderMisplaced', at, `the placeholder ${text} is not in two pairs of braces`, `write {{${text}}}`)
  }
  if (!checkKey(text, (code, message, mend) => fault(code, at, message, mend))) return undefined
  if (seen.has(text))
    fault('ConfigKeyDuplicate', at, `the key ${quote(text)} stands here a second time`, 'keep one of the two')
  seen.add(text)
  return text
}

/** Whether a text may be the key of a map; reports where it may not. */
export function checkKey(text: string, fault: (code: ErrorCode, message: string, mend: string) => void): boolean {
  const isForbidden = text === '__proto__' || text === 'constructor'
  if (isForbidden) fault('ConfigKeyForbidden', `the key ${quote(text)} is not allowed`, 'rename it')
  else if (!fitsKey(text)) {
    fault('ConfigKeyForbidden', `the key ${quote(text)} is too long to be written as one`, 'shorten it')
  }
  return !isForbidden
}

/** A scalar's text: a plain one as it stands (`1.10` stays `1.10`), any other without its quotes. */
function writtenText(node: Scalar.Parsed): string {
  return node.type === 'PLAIN' && typeof node.value !== 'string' ? node.source : String(node.value)
}

function fill(text: string, context: Context): string {
  return fillTokens(text, context.tokens, ({ name, source, offset }) => {
    if (name === undefined) return source
    context.placeholders.add(name)
    const known = placeholderNames.find((candidate) => candidate === name)
    if (known === undefined) {
      const near = nearest(name, placeholderNames)
      const mend = near === undefined ? `write {{${placeholderNames.join('}} or {{')}}}` : `write {{${near}}}`
      context.fault('PlaceholderUnknown', context.locate(offset), `there is no placeholder ${quote(name)}`, mend)
      // A word that fits wherever text does: what the placeholder should have been is not another fault.
      return 'x'
    }
    return context.values[known]
  })
}

/** A number, boolean or null as JSON can hold it; anything inexact is reported. */
function plainValue(node: Scalar.Parsed, at: Position, context: Context): number | boolean | null {
  const value: unknown = node.value
  if (typeof value === 'boolean' || value === null) return value
  const number = Number(value)
  const exact = typeof value === 'bigint' ? Number.isSafeInteger(number) : Number.isFinite(number)
  if (!exact)
    context.fault(
      'ConfigNumberInexact',
      at,
      `the number ${node.source} cannot be kept exactly`,
      `put it in quotes: "${node.source}"`,
    )
  return number
}

/** A syntax error makes the rest of its line nonsense; one per line is what helps. */
function firstPerLine(errors: readonly YAMLParseError[], locate: (offset: number) => Position): Diagnostic[] {
  const lines = new Map<number, Diagnostic>()
  for (const error of errors) {
    const at = locate(error.pos[0])
    if (lines.has(at.line)) continue
    const [message, mend] = syntaxWords[error.code] ?? [
      error.message.replace(/\.$/, '').replace(/^./, (c) => c.toLowerCase()),
      'correct the YAML; text with special characters goes in quotes',
    ]
    lines.set(at.line, { severity: 'error', code: 'ConfigSyntax', ...at, message, mend })
  }
  return [...lines.values()].slice(0, 10)
}

const syntaxWords: Readonly<Record<string, readonly [message: string, mend: string]>> = {
  TAB_AS_INDENT: ['a tab stands where indentation belongs', 'indent with spaces'],
  BAD_INDENT: ['this line is indented less or more than its neighbours', 'give keys of one map the same indentation'],
  MISSING_CHAR: [
    'a quote, bracket or brace is not closed, or a colon or comma is missing',
    'add what is missing; text with special characters goes in quotes',
  ],
  MULTILINE_IMPLICIT_KEY: [
    'this is read as one key over several lines',
    'add the colon after the key, or align the line with its neighbours',
  ],
  BLOCK_AS_IMPLICIT_KEY: ['the colon in this value makes a map of it', 'put the value in quotes'],
  BAD_SCALAR_START: ['a value cannot begin with this character', 'put the value in quotes'],
  BAD_DQ_ESCAPE: ['this escape is unknown in double quotes', 'double the backslash, or use single quotes'],
}

/** The tree's plain value: maps as objects, lists as arrays. Keys were checked, so none touches a prototype. */
export function plain(node: TreeNode): unknown {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(plain)
  return Object.fromEntries(node.entries.map(({ key, value }) => [key, plain(value)]))
}
