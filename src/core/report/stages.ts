/** How far an environment has come, stage by stage, from what was seen and what was just written. */

import { type StageName, stageNames } from '../../api/environment.ts'
import type { KubeObject } from '../../api/object.ts'
import type { ReleaseState, SourceState } from '../engine-state.ts'
import type { ErrorCode } from '../errors.ts'
import type { DesiredEnvironment } from '../model.ts'
import type { Ownership } from '../ownership.ts'
import { describeTrouble, readTrouble, type Symptoms } from '../workload-trouble.ts'
import { readWorkload, type Workload } from '../workloads.ts'
import { longestQuote, shorten } from './conditions.ts'

/** Everything a report is made from. */
export interface Observations {
  readonly ownership: Ownership
  readonly source: SourceState
  readonly release: ReleaseState
  /** What values and credentials are asked for and do not exist: `Secret db`. Undefined while it is not known. */
  readonly missing: readonly string[] | undefined
  readonly workloads: readonly Workload[]
  /** Ingresses and routes. */
  readonly routes: readonly KubeObject[]
  /** Undefined while nothing is looked for, or the first look is still on its way. */
  readonly symptoms: Symptoms | undefined
}

/** A stage as it stands now; when it began is added from the status before. */
export interface StageNow {
  readonly name: StageName
  readonly state: 'Pending' | 'Running' | 'Done' | 'Failed'
  readonly message?: string
  readonly code?: ErrorCode
}

/**
 * All stages in order. `written`: names of the planned stages that wrote something in this pass. `before`: how the
 * release stood when the same generation was last looked at, where that was the end of it: done or failed.
 */
export function readStages(
  desired: DesiredEnvironment,
  seen: Observations,
  written: ReadonlySet<string>,
  before: StageNow | undefined,
): StageNow[] {
  const namespace = readNamespace(desired, seen.ownership)
  if (namespace.state !== 'Done') return [namespace, ...stageNames.slice(1).map(pending)]
  const source = written.has('source') ? runningAnew(seen.source) : seen.source
  const release = readReleaseStage(seen, source, written, before)
  return [
    namespace,
    readSecrets(seen.missing),
    { name: 'source', ...stageOf(source) } as const,
    release,
    release.state === 'Done' ? readWorkloads(seen) : pending('workloads'),
  ].map(withShortMessage)
}

/** A chart decides what Helm says of it, and how much. */
function withShortMessage(stage: StageNow): StageNow {
  return stage.message === undefined ? stage : { ...stage, message: shorten(stage.message, longestQuote) }
}

function readNamespace(desired: DesiredEnvironment, ownership: Ownership): StageNow {
  const name = 'namespace'
  if (ownership === 'foreign') {
    const message = `The namespace ${desired.namespace} exists and is not this environment’s own.`
    return { name, state: 'Failed', code: 'NamespaceConflict', message }
  }
  if (ownership === 'terminating') {
    const message = `The old namespace ${desired.namespace} is still being deleted.`
    return { name, state: 'Running', code: 'NamespaceTerminating', message }
  }
  return ownership === 'absent' ? pending(name) : { name, state: 'Done' }
}

function readSecrets(missing: readonly string[] | undefined): StageNow {
  if (missing === undefined || missing.length === 0) return { name: 'secrets', state: 'Done' }
  const message = `Waiting for ${missing.join(', ')} in the namespace.`
  return { name: 'secrets', state: 'Running', code: 'ValuesMissing', message }
}

function readReleaseStage(
  seen: Observations,
  source: SourceState,
  written: ReadonlySet<string>,
  before: StageNow | undefined,
): StageNow {
  const release = written.has('release') ? runningAnew(seen.release) : seen.release
  if (source.state !== 'Done') {
    const message = seen.release.isDeployed ? 'What was released before stays.' : undefined
    return { name: 'release', state: 'Pending', ...(message && { message }) }
  }
  if ((seen.missing?.length ?? 0) > 0 && release.state !== 'Done') return pending('release')
  // Flux comes back to a failure every few minutes; that is no news until it finds something else.
  const isNoNews = release.couldNotLook || (release.isLookingAgain && before?.state === 'Failed')
  if (isNoNews && before !== undefined && !written.has('release')) return before
  const stage: StageNow = { name: 'release', ...stageOf(release) }
  if (stage.state === 'Done') return stage
  // Helm waits for hooks without a word of why; their pods tell.
  const trouble = seen.symptoms === undefined ? '' : describeTrouble(readTrouble(seen.symptoms).filter(isHookTrouble))
  return trouble === '' ? stage : { ...stage, message: `${stage.message ?? ''} ${trouble}`.trim() }
}

function isHookTrouble({ mayPass, reason }: { mayPass: boolean; reason: string }): boolean {
  return !mayPass || reason === 'Unschedulable'
}

function readWorkloads(seen: Observations): StageNow {
  const name = 'workloads'
  const states = seen.workloads
    .map((workload) => ({ workload, result: readWorkload(workload) }))
    .filter(({ result }) => result.state !== 'Current')
  if (states.length === 0) return { name, state: 'Done' }
  const trouble = seen.symptoms === undefined ? [] : readTrouble(seen.symptoms)
  const broken = states.find(({ result }) => result.state === 'Failed')
  const first = broken ?? states[0]
  const summary = first === undefined ? '' : describe(first)
  const why = describeTrouble(trouble)
  const message = why === '' ? summary : `${summary} ${why}`
  const hasFailed = broken !== undefined || trouble.some(({ mayPass }) => !mayPass)
  return hasFailed ? { name, state: 'Failed', code: 'WorkloadsFailing', message } : { name, state: 'Running', message }
}

function describe({ workload, result }: { workload: Workload; result: ReturnType<typeof readWorkload> }): string {
  const why = result.state === 'Current' ? '' : result.message
  return `${workload.kind} ${workload.metadata.name}: ${why}${/[.!?]$/.test(why) ? '' : '.'}`
}

/** What was just written has not been looked at by the engine, whatever its status still says. */
function runningAnew<T extends SourceState>(state: T): T {
  const { code: _, ...rest } = state
  return { ...rest, state: 'Running', message: state.progress } as T
}

function stageOf({ state, message, code }: SourceState | ReleaseState): Omit<StageNow, 'name'> {
  return { state, ...(message !== undefined && { message }), ...(code !== undefined && { code }) }
}

function pending(name: StageName): StageNow {
  return { name, state: 'Pending' }
}
