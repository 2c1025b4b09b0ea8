/** Time as the client and the runtime see it: handed in, so that tests turn the hands themselves. */

/** Tells the time and wakes up later. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Calls `wake` once after so many milliseconds; the function returned cancels it. */
  after(milliseconds: number, wake: () => void): () => void
}

/** A number in [0, 1), as `Math.random` gives it. */
export type Random = () => number

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, wake) {
    const timer = setTimeout(wake, milliseconds)
    return () => clearTimeout(timer)
  },
}

/** The machine's own randomness: good enough for jitter, for nothing else. */
export const systemRandom: Random = () => Math.random()

/** Waits so many milliseconds, or until `signal` aborts; resolves in both cases. */
export function sleep(clock: Clock, milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const finish = () => {
      cancel()
      signal?.removeEventListener('abort', finish)
      resolve()
    }
    const cancel = clock.after(milliseconds, finish)
    signal?.addEventListener('abort', finish)
  })
}
