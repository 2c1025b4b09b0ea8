/**
 * Applying what stands already: as another GitOps engine that takes over, so that the API server tells of each object
 * (its list of field managers has changed) and the operator has to look and find nothing to do.
 */
import type { Progress } from '../local/progress.ts'
import { bringEnvironments } from './environments.ts'
import type { OperatorProcess } from './operator-process.ts'
import { untilQuiet } from './quiet.ts'
import { type RequestCount, requestsBetween, writesAmong } from './request-count.ts'
import type { Stage } from './stage.ts'

/** What came of it. */
export interface ReapplyFigures {
  readonly environments: number
  /** How many passes the operator made because of it. */
  readonly passes: number
  /** Nothing, as it should be. */
  readonly writes: RequestCount
  readonly cpuSeconds: number
}

/** Applies all of them once more. */
export async function reapply(
  stage: Stage,
  operator: OperatorProcess,
  options: { readonly names: readonly string[]; readonly progress: Progress; readonly signal: AbortSignal },
): Promise<ReapplyFigures> {
  const { names, signal } = options
  const reporting = options.progress.stage(`Apply the same ${names.length} again`)
  const before = await stage.requests.read()
  const passesBefore = await operator.passes()
  const cpuBefore = operator.figures().cpuSeconds
  let done = 0
  await bringEnvironments(stage.admin, names, {
    fieldManager: 'another-engine',
    onDone: () => reporting.advance(++done, names.length),
  })
  await untilQuiet(stage.requests, 2_000, signal)
  const writes = writesAmong(requestsBetween(before, await stage.requests.read()))
  const passes = (await operator.passes()) - passesBefore
  reporting.done(`${passes} passes, ${Object.keys(writes).length === 0 ? 'no write' : JSON.stringify(writes)}`)
  return { environments: names.length, passes, writes, cpuSeconds: operator.figures().cpuSeconds - cpuBefore }
}
