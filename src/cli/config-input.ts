/** Reading a config file and saying what is wrong with it, as every command does that takes one. */
import { type Diagnostic, formatDiagnostic } from '../core/diagnostics.ts'
import { type ErrorCode, TronadorError } from '../core/errors.ts'
import { maxBytes } from '../core/yaml-limits.ts'
import type { CliIo } from './io.ts'
import { whyUnreadable } from './why-unreadable.ts'

/** How results are printed. */
export type OutputFormat = 'text' | 'yaml' | 'json'

/** The file's text. Throws `ConfigUnreadable` or `ConfigEncodingInvalid`. */
export async function readConfigText(path: string, io: CliIo): Promise<string> {
  return decode(path, await readBytes(path, io, 'ConfigUnreadable'), 'ConfigEncodingInvalid')
}

/** The environment template's text. Throws `TemplateInvalid`. */
export async function readTemplateText(path: string, io: CliIo): Promise<string> {
  return decode(path, await readBytes(path, io, 'TemplateInvalid'), 'TemplateInvalid')
}

async function readBytes(path: string, io: CliIo, code: ErrorCode): Promise<Uint8Array> {
  return await io.readFile(path, maxBytes).catch((error: NodeJS.ErrnoException) => {
    throw new TronadorError(code, `${error.path ?? path} cannot be read: ${whyUnreadable(error)}.`, { cause: error })
  })
}

/** What is too large is cut off, perhaps within a character; whoever parses it says so. */
function decode(path: string, bytes: Uint8Array, code: ErrorCode): string {
  try {
    return new TextDecoder('utf-8', { fatal: bytes.length <= maxBytes }).decode(bytes)
  } catch (error) {
    throw new TronadorError(code, `${path} is not UTF-8 text.`, { cause: error })
  }
}

/** One line for each fault: `FILE:LINE:COLUMN: CODE: what is wrong; how to mend it`. */
export function diagnosticsAsText(file: string, diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map((diagnostic) => `${formatDiagnostic(file, diagnostic)}\n`).join('')
}

/** The faults for machines. */
export function diagnosticsAsJson(file: string, valid: boolean, diagnostics: readonly Diagnostic[]): string {
  return `${JSON.stringify({ file, valid, diagnostics }, undefined, 2)}\n`
}
