import { expect, test } from 'vitest'
import { addTallies, describeTally, readTally } from './tally.ts'

const report = (passed: number, failed: number, pending = 0) =>
  JSON.stringify({ numPassedTests: passed, numFailedTests: failed, numPendingTests: pending })

test('tests are counted as the report has them', () => {
  expect(readTally(report(3, 2, 1), 1)).toEqual({ passed: 3, failed: 2, skipped: 1 })
})

test('a run that failed without a failed test counts as one failure', () => {
  expect(readTally(report(3, 0), 1)).toEqual({ passed: 3, failed: 1, skipped: 0 })
  expect(readTally(undefined, 1)).toEqual({ passed: 0, failed: 1, skipped: 0 })
})

test('a run that tested nothing is no success', () => {
  expect(readTally(report(0, 0), 0)).toEqual({ passed: 0, failed: 1, skipped: 0 })
})

test('the sum is told in one line, skipped tests only if there are any', () => {
  const total = addTallies([readTally(report(3, 0), 0), readTally(report(4, 1, 2), 1)])
  expect(describeTally(total)).toBe('7 passed, 1 failed, 2 skipped')
  expect(describeTally({ passed: 7, failed: 0, skipped: 0 })).toBe('7 passed, 0 failed')
})
