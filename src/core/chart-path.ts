/** The rule for a chart's folder. The path comes from a pull request, so it must not lead out of the repository. */
import { TronadorError } from './errors.ts'

/** Longest path the `Environment` kind takes. */
const maxLength = 1024

/**
 * The folder, normalised: relative, `/` between names, without `.` segments and trailing `/`; `.` is the repository's
 * root. Throws `ChartPathInvalid` for what is absolute, leads upwards or no POSIX path.
 */
export function normaliseChartPath(raw: string): string {
  const refuse = (why: string): TronadorError =>
    new TronadorError('ChartPathInvalid', `The chart path ${JSON.stringify(raw.slice(0, 200))} cannot be used: ${why}.`)
  if (raw.trim() === '') throw refuse('it is empty')
  if (raw.length > maxLength) throw refuse(`it is longer than ${maxLength} characters`)
  if (/[\p{Cc}\\]/u.test(raw)) throw refuse('it holds control characters or backslashes')
  if (raw.startsWith('/')) throw refuse('it is absolute')
  const segments = raw.split('/').filter((segment) => segment !== '' && segment !== '.')
  if (segments.includes('..')) throw refuse('it leads upwards')
  return segments.length === 0 ? '.' : segments.join('/')
}
