/** How long an operator that is started anew takes to know where everything stands, and that it writes nothing. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Progress } from '../local/progress.ts'
import { type OperatorProcess, startOperator } from './operator-process.ts'
import { untilQuiet } from './quiet.ts'
import { type RequestCount, requestsBetween, writesAmong } from './request-count.ts'
import type { Stage } from './stage.ts'

/** What came of it. */
export interface RestartFigures {
  readonly environments: number
  /** Seconds from the start of the process. */
  readonly firstPass: number
  readonly allPasses: number
  /** Nothing, as it should be. */
  readonly writes: RequestCount
  readonly cpuSeconds: number
  readonly peakMebibytes: number
}

/** Stops the operator, starts another, and waits until that has looked at every environment. */
export async function restart(
  stage: Stage,
  before: OperatorProcess,
  options: { readonly environments: number; readonly progress: Progress; readonly signal: AbortSignal },
): Promise<{ readonly figures: RestartFigures; readonly operator: OperatorProcess }> {
  const { environments, signal } = options
  const reporting = options.progress.stage(`Restart with ${environments}`)
  await before.stop()
  const requestsBefore = await stage.requests.read()
  const operator = await startOperator(stage)
  const passesReach = async (count: number) => {
    while ((await operator.passes().catch(() => 0)) < count) await delay(10, undefined, { signal })
    return (performance.now() - operator.startedAt) / 1000
  }
  const firstPass = await passesReach(1)
  const allPasses = await passesReach(environments)
  const { cpuSeconds, peakMebibytes } = operator.figures()
  await untilQuiet(stage.requests, 2_000, signal)
  const writes = writesAmong(requestsBetween(requestsBefore, await stage.requests.read()))
  reporting.done(`all looked at after ${allPasses.toFixed(2)} s`)
  return { figures: { environments, firstPass, allPasses, writes, cpuSeconds, peakMebibytes }, operator }
}
