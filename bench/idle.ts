/** What an operator costs while nothing happens. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Progress } from '../local/progress.ts'
import type { OperatorProcess } from './operator-process.ts'
import { untilQuiet } from './quiet.ts'
import { beyondWatching, type RequestCount, requestsBetween } from './request-count.ts'
import type { Stage } from './stage.ts'

/** What came of it. */
export interface IdleFigures {
  readonly environments: number
  readonly seconds: number
  readonly requests: RequestCount
  /** All but watches and the lease: nothing, as it should be. */
  readonly beyondWatching: RequestCount
  readonly cpuSeconds: number
  readonly nowMebibytes: number
}

/** Looks on for so many seconds. */
export async function beIdle(
  stage: Stage,
  operator: OperatorProcess,
  options: {
    readonly environments: number
    readonly seconds: number
    readonly progress: Progress
    readonly signal: AbortSignal
  },
): Promise<IdleFigures> {
  const { environments, seconds, signal } = options
  const reporting = options.progress.stage(`Idle for ${seconds} s with ${environments}`)
  await untilQuiet(stage.requests, 2_000, signal)
  const before = await stage.requests.read()
  const cpuBefore = operator.figures().cpuSeconds
  for (let second = 0; second < seconds; second += 1) {
    reporting.advance(second, seconds)
    await delay(1_000, undefined, { signal })
  }
  const { cpuSeconds, nowMebibytes } = operator.figures()
  const requests = requestsBetween(before, await stage.requests.read())
  const asked = beyondWatching(requests)
  reporting.done(Object.keys(asked).length === 0 ? 'no request' : JSON.stringify(asked))
  return { environments, seconds, requests, beyondWatching: asked, cpuSeconds: cpuSeconds - cpuBefore, nowMebibytes }
}
