/** The last word of a command on what it could not do. */
import { TronadorError } from '../core/errors.ts'

/** `tronador: CODE: what is wrong. How to mend it.` */
export function failureLine(error: unknown): string {
  if (error instanceof TronadorError) return `tronador: ${error.code}: ${error.message} ${error.mend}\n`
  return `tronador: ${error instanceof Error ? error.message : error}\n`
}
