/** A clock whose hands only the test turns. */
import type { Clock } from './clock.ts'

/** A clock that stands still until it is advanced. */
export interface VirtualClock extends Clock {
  /** Lets so many milliseconds pass: wakes every sleeper whose time comes, in order, and lets promises settle. */
  advance(milliseconds: number): Promise<void>
  /** Lets promises settle without any time passing. */
  settle(): Promise<void>
  /** How many sleepers wait. */
  readonly sleepers: number
}

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

/** Makes a clock that shows the given time: by default midday, 1 January 2026. */
export function createVirtualClock(start = Date.UTC(2026, 0, 1, 12)): VirtualClock {
  let now = start
  const sleepers = new Set<Sleeper>()
  const nextBy = (end: number) => [...sleepers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0]

  // A turn of the event loop runs every promise that can run; a few turns also let memory streams pass on.
  async function settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
  }

  return {
    now: () => now,
    after(milliseconds, wake) {
      const sleeper = { at: now + Math.max(0, milliseconds), wake }
      sleepers.add(sleeper)
      return () => sleepers.delete(sleeper)
    },
    async advance(milliseconds) {
      const end = now + milliseconds
      await settle()
      for (let next = nextBy(end); next !== undefined; next = nextBy(end)) {
        now = Math.max(now, next.at)
        sleepers.delete(next)
        next.wake()
        await settle()
      }
      now = end
    },
    settle,
    get sleepers() {
      return sleepers.size
    },
  }
}
