/** Faults found in a file that a person wrote: where, what, and how to mend it. */
import type { ErrorCode } from './errors.ts'

/** A place in a text; both count from one. */
export interface Position {
  readonly line: number
  /** Counted in UTF-16 units, as editors do; a byte order mark does not count. */
  readonly column: number
}

/** One fault. A file with errors is not used; one with warnings alone is. */
export interface Diagnostic extends Position {
  readonly severity: 'error' | 'warning'
  readonly code: ErrorCode
  /** What is wrong: no capital, no full stop. */
  readonly message: string
  /** How to mend it, in the imperative: no capital, no full stop. */
  readonly mend: string
}

/** Takes a fault down. Readers go on after calling it, so that all faults are found in one pass. */
export type Report = (diagnostic: Diagnostic) => void

/**
 * `FILE:LINE:COLUMN: CODE: what is wrong; how to mend it`. One line, whatever the file made the message hold: what
 * would break it, steer a terminal or hide text is shown as an escape.
 */
export function formatDiagnostic(file: string, diagnostic: Diagnostic): string {
  const { line, column, code, severity, message, mend } = diagnostic
  const text = `${file}:${line}:${column}: ${code}: ${severity === 'warning' ? 'warning: ' : ''}${message}; ${mend}`
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (hidden) => `\\u{${hidden.codePointAt(0)?.toString(16)}}`)
}

/** Whether a file with these faults must not be used. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error')
}

/** A text from the file, fit for one line of a message: quoted, control characters shown, cut. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text)
}
