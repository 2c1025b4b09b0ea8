/**
 * The config file is template text, not YAML: `{{APPLICATION_IMAGE_TAG}}` stands unquoted where a scalar belongs. So
 * placeholders are swapped for tokens of the same length before a YAML parser sees them (lines and columns stay
 * true), and their values are put into the parsed strings afterwards, never pasted into the text.
 *
 * Every other `{{ … }}`, Helm's for instance, keeps its own text; where YAML would take its braces for a map it is
 * shielded the same way.
 */
import { Lexer } from 'yaml'

/** What the placeholders stand for. */
export const placeholderNames = ['APPLICATION_IMAGE_NAME', 'APPLICATION_IMAGE_TAG'] as const
export type PlaceholderName = (typeof placeholderNames)[number]

/** A `{{ … }}` that a token stands for. */
export interface Shielded {
  /** Offset in the text, in UTF-16 units. */
  readonly offset: number
  /** Exactly what stood there. */
  readonly source: string
  /** The placeholder's name, known or not; undefined for text that only looks alike and stays as it is. */
  readonly name: string | undefined
}

/** A text whose `{{ … }}` are tokens, with what each token stands for. */
export interface ShieldedText {
  readonly text: string
  readonly tokens: readonly Shielded[]
}

// A token is one start mark, three digits to the base of 64 and padding, all of Unicode's private use area.
const start = '\uE000'
const padding = '\uE001'
const firstDigit = 0xe100
const token = /\uE000([\uE100-\uE13F]{3})\uE001*/g
const placeholder = /\{ *\{ *([A-Z][A-Z0-9_]*) *\} *\}/g

/** The characters tokens are made of, written plainly or as a YAML escape: a file must not hold them itself. */
export const reservedCharacters =
  /[\uE000\uE001\uE100-\uE13F]|\\u[eE](?:00[01]|1[0-3][0-9a-fA-F])|\\U0000[eE](?:00[01]|1[0-3][0-9a-fA-F])/

/** Swaps tokens for placeholders, and for other `{{ … }}` where YAML would read a map. Lengths stay as they are. */
export function shieldPlaceholders(text: string): ShieldedText {
  const tokens: Shielded[] = []
  const shield = (source: string, offset: number, name: string | undefined): string => {
    tokens.push({ offset, source, name })
    return tokenOf(tokens.length - 1, source.length)
  }
  const named = text.replace(placeholder, (source, name: string, offset: number) => shield(source, offset, name))
  return { text: shieldOthers(named, (source, offset) => shield(source, offset, undefined)), tokens }
}

/** Puts back into a parsed string what its tokens stand for, as `fill` says. */
export function fillTokens(value: string, tokens: readonly Shielded[], fill: (shielded: Shielded) => string): string {
  return value.replace(token, (whole, digits: string) => {
    const shielded = tokens[indexOf(digits)]
    return shielded === undefined ? whole : fill(shielded)
  })
}

function tokenOf(index: number, length: number): string {
  const digits = [index >> 12, (index >> 6) & 63, index & 63].map((digit) => String.fromCharCode(firstDigit + digit))
  return (start + digits.join('')).padEnd(length, padding)
}

function indexOf(digits: string): number {
  return [...digits].reduce((index, digit) => index * 64 + digit.charCodeAt(0) - firstDigit, 0)
}

/** Each pass shields what the lexer takes for a map inside a map; braces hidden behind those show in the next. */
function shieldOthers(text: string, shield: (source: string, offset: number) => string): string {
  for (let pass = 0; pass < 4; pass++) {
    const places = doubleBraces([...lexemesOf(text)])
    let end = 0
    let shielded = ''
    for (const { offset } of places) {
      const source = /^\{\{.*?\}\}/.exec(text.slice(offset, offset + 1024))?.[0]
      if (source === undefined || offset < end) continue
      shielded += text.slice(end, offset) + shield(source, offset)
      end = offset + source.length
    }
    text = shielded + text.slice(end)
    if (end === 0) break
  }
  return text
}

/** Each place where YAML reads `{{` as a map inside a map, which nobody means. */
export function doubleBraces(lexemes: readonly Lexeme[]): Lexeme[] {
  return lexemes.filter(({ source, offset }, i) => {
    const next = lexemes[i + 1]
    return source === '{' && next?.source === '{' && next.offset === offset + 1
  })
}

/** One lexeme of YAML with its place in the text. */
export interface Lexeme {
  readonly source: string
  readonly offset: number
  /** Whether it is a scalar's content, which may look like punctuation. */
  readonly scalar: boolean
}

/** The lexemes of a text without control characters (the lexer speaks in those). */
export function* lexemesOf(text: string): Generator<Lexeme> {
  let offset = 0
  let scalar = false
  for (const source of new Lexer().lex(text)) {
    if (source === '\u0002' || source === '\u0018' || source === '\u001f') {
      scalar = source === '\u001f'
      continue
    }
    yield { source, offset, scalar }
    scalar = false
    offset += source.length
  }
}
