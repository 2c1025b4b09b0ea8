/** How long to wait before the next try. */
import type { Random } from '../../kube/clock.ts'

/** The first wait and the longest, in milliseconds. */
export interface Backoff {
  readonly first: number
  readonly longest: number
}

/** Milliseconds to wait after so many failures in a row (1, 2, …): doubling, capped, half of it random. */
export function backoffDelay({ first, longest }: Backoff, failures: number, random: Random): number {
  const full = Math.min(longest, first * 2 ** Math.min(failures - 1, 30))
  return Math.round(full * (0.5 + random() / 2))
}
