import { describe, expect, test } from 'vitest'
import { coveredTime, percentile, spreadOf } from './statistics.ts'

describe('A percentile is one of the values', () => {
  const values = [5, 1, 4, 2, 3]

  test.each([
    [0.5, 3],
    [0.99, 5],
    [0.2, 1],
    [1, 5],
  ])('%d', (share, expected) => {
    expect(percentile(values, share)).toBe(expected)
  })

  test('of none there is none', () => {
    expect(spreadOf([])).toEqual({ p50: Number.NaN, p99: Number.NaN, longest: Number.NaN })
  })
})

test('Time that two requests cover together counts once, and only within the whole', () => {
  const intervals = [
    { from: 20, to: 40 },
    { from: 0, to: 12 },
    { from: 30, to: 35 },
    { from: 38, to: 45 },
    { from: 90, to: 120 },
  ]
  expect(coveredTime(intervals, { from: 10, to: 100 })).toBe(2 + 25 + 10)
})
