/** Waiting until an operator has nothing more to say. */
import { setTimeout as delay } from 'node:timers/promises'
import { beyondWatching, type RequestCounter, totalOf } from './request-count.ts'

/** Resolves when the account has asked for nothing but watches and its lease for so many milliseconds. */
export async function untilQuiet(requests: RequestCounter, milliseconds: number, signal: AbortSignal): Promise<void> {
  for (let before = -1; ; ) {
    const now = totalOf(beyondWatching(await requests.read()))
    if (now === before) return
    before = now
    await delay(milliseconds, undefined, { signal })
  }
}
