/**
 * Keys that wait for work. A key stands in the queue once, however often it is added, and is never worked on twice
 * at a time; what is added during the work is done again afterwards. One that fails waits longer each time, alone.
 */
import type { Clock, Random } from '../../kube/clock.ts'
import { type Backoff, backoffDelay } from './backoff.ts'

/** What is done with a key. Rejecting means: again, later. */
export type Work = (key: string) => Promise<WorkResult>

/** When to come back to the key of its own accord; absent: only when it is added again. */
export interface WorkResult {
  readonly againAfter?: number
}

/** Told of what goes on, for metrics. Durations are in seconds. */
export interface QueueObserver {
  added(depth: number): void
  started(depth: number, waited: number): void
  finished(worked: number): void
  retried(): void
}

/** What a queue is made with. */
export interface WorkQueueOptions {
  readonly work: Work
  /** How many keys are worked on at a time. */
  readonly concurrency: number
  readonly clock: Clock
  readonly random: Random
  readonly backoff?: Backoff
  /** Told of each failure and of the milliseconds until the next try. */
  readonly onFailure?: (key: string, error: unknown, retryAfter: number) => void
  readonly observer?: QueueObserver
}

/** See {@link createWorkQueue}. */
export interface WorkQueue {
  add(key: string): void
  /** Adds the key after so many milliseconds, unless it is worked on before; the earliest of several counts. */
  addAfter(key: string, milliseconds: number): void
  /** How many keys wait, those that wait for a time not counted. */
  depth(): number
  /** Takes nothing up any more and resolves when the work under way is done. */
  stop(): Promise<void>
}

const defaultBackoff: Backoff = { first: 500, longest: 5 * 60_000 }

/** Makes a queue that begins with the first key. */
export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  const { work, concurrency, clock, random, backoff = defaultBackoff, onFailure = () => {}, observer } = options
  /** Keys that wait, with the time they came; in order. */
  const waiting = new Map<string, number>()
  const working = new Map<string, Promise<void>>()
  /** Keys that were added while they were worked on. */
  const dirty = new Set<string>()
  const timers = new Map<string, { readonly at: number; readonly cancel: () => void }>()
  const failures = new Map<string, number>()
  let stopped = false

  function add(key: string): void {
    if (stopped || waiting.has(key) || dirty.has(key)) return
    if (working.has(key)) dirty.add(key)
    else waiting.set(key, clock.now())
    observer?.added(waiting.size + dirty.size)
    pump()
  }

  function addAfter(key: string, milliseconds: number): void {
    if (stopped) return
    const at = clock.now() + milliseconds
    const present = timers.get(key)
    if (present !== undefined && present.at <= at) return
    present?.cancel()
    const wake = () => {
      timers.delete(key)
      add(key)
    }
    timers.set(key, { at, cancel: clock.after(milliseconds, wake) })
  }

  function pump(): void {
    for (const [key, since] of waiting) {
      if (stopped || working.size >= concurrency) return
      waiting.delete(key)
      timers.get(key)?.cancel()
      timers.delete(key)
      observer?.started(waiting.size + dirty.size, (clock.now() - since) / 1000)
      // The work begins a moment later: what it adds in its first breath must find the key marked as worked on.
      working.set(
        key,
        Promise.resolve().then(() => doWork(key)),
      )
    }
  }

  async function doWork(key: string): Promise<void> {
    const startedAt = clock.now()
    try {
      const { againAfter } = await work(key)
      failures.delete(key)
      if (againAfter !== undefined) addAfter(key, againAfter)
    } catch (error) {
      const count = (failures.get(key) ?? 0) + 1
      failures.set(key, count)
      const delay = backoffDelay(backoff, count, random)
      observer?.retried()
      onFailure(key, error, delay)
      addAfter(key, delay)
    }
    observer?.finished((clock.now() - startedAt) / 1000)
    working.delete(key)
    if (dirty.delete(key)) waiting.set(key, clock.now())
    pump()
  }

  return {
    add,
    addAfter,
    depth: () => waiting.size + dirty.size,
    async stop() {
      stopped = true
      for (const { cancel } of timers.values()) cancel()
      timers.clear()
      waiting.clear()
      await Promise.all(working.values())
    },
  }
}
