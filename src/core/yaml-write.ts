/**
 * Plain values to YAML that readers of version 1.1 and 1.2 take for the same thing. Text stands unquoted only where
 * it can be nothing but text in either; everything else is in double quotes, escaped as JSON is.
 */

/** A value that JSON could hold. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain | undefined }

/** Longest key, in characters as written: readers take no key of a map that is longer than 1024. */
const longestKey = 1000

/** Whether readers would take this text for a key. */
export function fitsKey(key: string): boolean {
  return writeText(key).length <= longestKey
}

/** The value as a YAML document in block style, keys in the order they have. Undefined values are left out. Throws for a key that is too long. */
export function writeYaml(value: Plain): string {
  return isEmptyOrScalar(value) ? `${scalar(value)}\n` : block(value, '')
}

function block(value: Plain, indent: string): string {
  if (Array.isArray(value)) return value.map((item: Plain) => `${indent}-${below(item, `${indent}  `, true)}`).join('')
  return Object.entries(value as Record<string, Plain | undefined>)
    .filter((entry): entry is [string, Plain] => entry[1] !== undefined)
    .map(([key, item]) => `${indent}${writtenKey(key)}:${below(item, `${indent}  `, false)}`)
    .join('')
}

function writtenKey(key: string): string {
  if (!fitsKey(key)) throw new RangeError(`A key of ${key.length} characters cannot be read back`)
  return writeText(key)
}

/** What follows a dash or a colon. A map in a list begins on the dash's own line. */
function below(value: Plain, indent: string, inList: boolean): string {
  if (isEmptyOrScalar(value)) return ` ${scalar(value)}\n`
  return inList ? ` ${block(value, indent).slice(indent.length)}` : `\n${block(value, indent)}`
}

function isEmptyOrScalar(value: Plain): boolean {
  if (value === null || typeof value !== 'object') return true
  return Array.isArray(value) ? value.length === 0 : Object.values(value).every((item) => item === undefined)
}

function scalar(value: Plain): string {
  if (Array.isArray(value)) return '[]'
  if (value !== null && typeof value === 'object') return '{}'
  if (typeof value === 'string') return writeText(value)
  return typeof value === 'number' ? number(value) : String(value)
}

/** 1.1 takes `1e+21` for text: its exponents need a point before them. */
function number(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError(`${value} is no number that JSON could hold`)
  return String(value).replace(/^(-?\d+)e/, '$1.0e')
}

/** Begins with a letter, so it is no number, date, tag or operator; no colon or hash could end it. */
const safe = /^[A-Za-z][A-Za-z0-9_./-]*(?:(?::(?=\S)| (?=[A-Za-z0-9]))[A-Za-z0-9_./-]*)*$/
/** Words of 1.1; and `e5`, a short commit it may be: text by the rules, no number to npm's `yaml` where it reads 1.1. */
const words = /^(?:y|n|yes|no|on|off|true|false|null|e[-+]?\d+)$/i

/** A text as a key or a value on one line, in braces too. */
export function writeText(value: string): string {
  if (value.length <= 200 && safe.test(value) && !words.test(value) && !value.endsWith(':')) return value
  return JSON.stringify(value).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, escapeCharacter)
}

/** Characters that JSON leaves alone and YAML does not take, or takes for a line break. */
function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
