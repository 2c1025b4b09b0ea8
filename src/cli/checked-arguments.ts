/** Options and arguments whose refusal is wrong usage, in the words of the check itself. */
import type { Command } from 'commander'
import { TronadorError } from '../core/errors.ts'
import { failureLine } from './failure-line.ts'

/**
 * Makes a check one whose refusal is a usage error. Commander would repeat the argument in full; a URL may hold a
 * token, and the check's own message is fit to be seen.
 */
export function refuser(command: Command) {
  return <T>(check: (text: string) => T) =>
    (text: string): T => {
      try {
        return check(text)
      } catch (error) {
        if (!(error instanceof TronadorError)) throw error
        return command.error(failureLine(error).trimEnd())
      }
    }
}

/** Lets an empty text pass: a pipeline that has nothing to give can give nothing else. */
export function ifAny(check: (text: string) => string) {
  return (text: string): string => (text === '' ? '' : check(text))
}
