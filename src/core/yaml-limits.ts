/**
 * What a YAML text must keep to before it is parsed at all: size, depth, and none of the features that make a small
 * text a large or surprising object (anchors, aliases, tags, directives, several documents, merge keys).
 */
import { type Position, quote, type Report } from './diagnostics.ts'
import type { ErrorCode } from './errors.ts'
import { doubleBraces, type Lexeme, lexemesOf, reservedCharacters } from './placeholders.ts'

/** Largest config file, in bytes of UTF-8. */
export const maxBytes = 64 * 1024
/** Deepest nesting of maps and lists. */
export const maxDepth = 20

/** Most words and signs: half as many as bytes, so that no text is all punctuation and parsing stays quick. */
const maxLexemes = maxBytes / 2

/** Finds the line and column of an offset. */
export function locator(text: string): (offset: number) => Position {
  const lineStarts = [0]
  for (let i = text.indexOf('\n'); i !== -1; i = text.indexOf('\n', i + 1)) lineStarts.push(i + 1)
  return (offset) => {
    let [low, high] = [0, lineStarts.length - 1]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((lineStarts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 }
  }
}

/** Whether the raw text may be looked at further; reports what it holds that no config file should. */
export function checkText(text: string, report: Report): boolean {
  if (new TextEncoder().encode(text).length > maxBytes) {
    report({
      severity: 'error',
      code: 'ConfigTooLarge',
      line: 1,
      column: 1,
      message: `the file is larger than ${maxBytes / 1024} KiB`,
      mend: 'keep large values in files of the chart or in a ConfigMap named under values_from',
    })
    return false
  }
  const control = /(?![\t\n\r])[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u.exec(text)
  const found = control ?? reservedCharacters.exec(text)
  if (found === null) return true
  report({
    severity: 'error',
    code: 'ConfigSyntax',
    ...locator(text)(found.index),
    message: `the character ${JSON.stringify(found[0]).slice(1, -1)} does not belong in a config file`,
    mend: 'remove it',
  })
  return false
}

/**
 * Whether the shielded text may be given to the parser; reports each thing that speaks against it. Anchors, aliases
 * and merge keys are reported and do not stop the reading: the tree never follows them. `original`: the text as
 * written, of the same length.
 */
export function checkLexemes(text: string, original: string, report: Report): boolean {
  const locate = locator(text)
  const lexemes = [...lexemesOf(text)]
  let sound = true
  const excess = lexemes[maxLexemes]
  if (excess !== undefined) {
    report({
      severity: 'error',
      code: 'ConfigTooLarge',
      ...locate(excess.offset),
      message: `the file has more than ${maxLexemes} words and signs`,
      mend: 'keep large values in files of the chart or in a ConfigMap named under values_from',
    })
    return false
  }
  const refuse = (code: ErrorCode, lexeme: Lexeme, message: string, mend: string): void => {
    if (code !== 'ConfigAliasRefused') sound = false
    report({ severity: 'error', code, ...locate(lexeme.offset), message, mend })
  }
  for (const lexeme of lexemes) {
    refuseFeature(lexeme, refuse)
    refuseTemplateLine(lexeme, original, refuse)
  }
  refuseSecondDocument(lexemes, refuse)
  for (const braces of doubleBraces(lexemes)) {
    refuse(
      'ConfigSyntax',
      braces,
      'the `{{` opened here is not closed by `}}` on its line',
      'close it, or put the value in quotes',
    )
  }
  const deep = tooDeep(lexemes)
  if (deep !== undefined)
    refuse('ConfigTooDeep', deep, `this is nested more than ${maxDepth} levels deep`, 'flatten it')
  return sound
}

type Refuse = (code: ErrorCode, lexeme: Lexeme, message: string, mend: string) => void

const closedQuotes = /^(?:"(?:[^"\\]|\\[\s\S])*"|'(?:[^']|'')*')$/

function refuseFeature(lexeme: Lexeme, refuse: Refuse): void {
  const { source, scalar } = lexeme
  if (scalar) {
    if (source === '<<') refuse('ConfigAliasRefused', lexeme, 'merge keys (<<) are not read', 'write the keys out')
    return
  }
  const said = source.slice(0, 40)
  if (/^[&*]./.test(source)) {
    const what = source.startsWith('&') ? 'anchors' : 'aliases'
    refuse(
      'ConfigAliasRefused',
      lexeme,
      `${what} (${said}) are not read`,
      'write the value out, or put it in quotes if it is text',
    )
  }
  if (/^["']/.test(source) && !closedQuotes.test(source)) {
    refuse('ConfigSyntax', lexeme, 'the quote opened here is not closed', 'close it')
  }
  if (source.startsWith('!'))
    refuse(
      'ConfigTagRefused',
      lexeme,
      `tags (${said}) are not read`,
      'remove it, or put the value in quotes if it is text',
    )
  if (source.startsWith('%'))
    refuse('ConfigSyntax', lexeme, `directives (${said.trimEnd()}) are not read`, 'remove the line')
}

/** A line that begins with an instruction to a template engine. Inside a longer value, or quoted, it is text. */
function refuseTemplateLine({ offset, source, scalar }: Lexeme, original: string, refuse: Refuse): void {
  if (!scalar) return
  const instruction = /^\{\{(?:-| *(?:if|else|end|range|with|define|block|template)\b).*/.exec(
    original.slice(offset, offset + 80),
  )
  const line = original.slice(original.lastIndexOf('\n', offset - 1) + 1, offset)
  if (instruction === null || line.trim() !== '') return
  refuse(
    'ConfigSyntax',
    { offset, source, scalar },
    `${quote(instruction[0])} is a template’s line, and this file is no template: only {{APPLICATION_IMAGE_NAME}} and {{APPLICATION_IMAGE_TAG}} are filled in`,
    'remove the line; conditions and loops belong in the chart',
  )
}

function refuseSecondDocument(lexemes: readonly Lexeme[], refuse: Refuse): void {
  let begun = false
  for (const lexeme of lexemes) {
    if (lexeme.scalar || /^[-?:{["'|>]$/.test(lexeme.source)) begun = true
    if (lexeme.source === '---' && !lexeme.scalar && begun) {
      refuse('ConfigManyDocuments', lexeme, 'a second document begins here', 'keep one document to a file')
      return
    }
  }
}

/**
 * The first lexeme that opens one level too many on its line or in its braces. Levels by indentation cost a text so
 * many spaces that its size bounds them; the tree counts those exactly.
 */
function tooDeep(lexemes: readonly Lexeme[]): Lexeme | undefined {
  let flow = 0
  let inLine = 0
  for (const lexeme of lexemes) {
    if (lexeme.source.endsWith('\n')) inLine = 0
    if (lexeme.scalar) continue
    if (lexeme.source === '{' || lexeme.source === '[') flow++
    if (lexeme.source === '}' || lexeme.source === ']') flow = Math.max(0, flow - 1)
    if (flow === 0 && /^[-?:]$/.test(lexeme.source)) inLine++
    if (flow > maxDepth || inLine > maxDepth) return lexeme
  }
  return undefined
}
