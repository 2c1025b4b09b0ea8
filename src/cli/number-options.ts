/** Options that are numbers, read strictly: what is not plainly one within its bounds is wrong usage. */
import { InvalidArgumentError } from 'commander'

/** A port; 0 lets the system choose. */
export function readPort(text: string): number {
  return readNumber(text, 0, 65535, 'port')
}

/** How many at a time. */
export function readConcurrency(text: string): number {
  return readNumber(text, 1, 256, 'number')
}

function readNumber(text: string, least: number, most: number, what: string): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= least && number <= most) return number
  throw new InvalidArgumentError(`Give a ${what} from ${least} to ${most}.`)
}
