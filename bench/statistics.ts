/** Numbers about numbers. */

/** How a set of durations is spread, in milliseconds. */
export interface Spread {
  readonly p50: number
  readonly p99: number
  readonly longest: number
}

/** The value below or at which that share of them lies (nearest rank). NaN where there are none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

/** Median, 99th percentile and maximum. */
export function spreadOf(values: readonly number[]): Spread {
  return { p50: percentile(values, 0.5), p99: percentile(values, 0.99), longest: percentile(values, 1) }
}

/** An interval on the monotonic clock. */
export interface Interval {
  readonly from: number
  readonly to: number
}

/** How much time the intervals cover, where they overlap once, and only between `from` and `to`. */
export function coveredTime(intervals: readonly Interval[], { from, to }: Interval): number {
  let covered = 0
  let reached = from
  for (const interval of intervals.toSorted((a, b) => a.from - b.from)) {
    const begin = Math.max(interval.from, reached)
    const end = Math.min(interval.to, to)
    if (end <= begin) continue
    covered += end - begin
    reached = end
  }
  return covered
}
