/** Counting test results: what Vitest's JSON report says, and what it cannot say. */

/** Results of one part or of many. */
export interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** Nothing ran. */
export const noTests: Tally = { passed: 0, failed: 0, skipped: 0 }

/** The sum. */
export function addTallies(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (sum, each) => ({
      passed: sum.passed + each.passed,
      failed: sum.failed + each.failed,
      skipped: sum.skipped + each.skipped,
    }),
    noTests,
  )
}

/**
 * Reads Vitest's JSON report. A run that failed without a failed test (a set-up that broke, a file that does not load,
 * an error nobody caught) and a run that tested nothing count as one failure: silence is never success.
 */
export function readTally(report: string | undefined, exitCode: number): Tally {
  const { numPassedTests = 0, numFailedTests = 0, numPendingTests = 0, numTodoTests = 0 } = JSON.parse(report ?? '{}')
  const ranNothing = numPassedTests === 0
  const failed = numFailedTests === 0 && (exitCode !== 0 || ranNothing) ? 1 : numFailedTests
  return { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests }
}

/** `12 passed, 0 failed`, and how many were skipped, if any. */
export function describeTally({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}
