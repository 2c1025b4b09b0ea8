/** What a failed part printed, short enough to be read. */

const mostLines = 150

/**
 * The first lines of a failed part's output, without what is no failure, and how many were left out. `whole` is the
 * command that prints all of it.
 */
export function failureText(output: string, whole: string): string {
  const lines = output
    .trimEnd()
    .split('\n')
    .filter((line) => !line.includes('JSON report written to '))
  if (lines.length <= mostLines) return lines.join('\n').trim()
  return [...lines.slice(0, mostLines), `… ${lines.length - mostLines} lines more: ${whole}`].join('\n').trim()
}
