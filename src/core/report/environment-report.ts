/** The status of an environment, and what is worth an event. */
import type { Condition } from '../../api/conditions.ts'
import type { EnvironmentStatus, Stage } from '../../api/environment.ts'
import type { KubeObject } from '../../api/object.ts'
import { type ErrorCode, isErrorCode, type TronadorError } from '../errors.ts'
import type { DesiredEnvironment } from '../model.ts'
import type { Teardown } from '../plan/teardown-plan.ts'
import { conditionsFor, longestQuote, needsPerson, type Standing, shorten, withMend } from './conditions.ts'
import { type Observations, readStages, type StageNow } from './stages.ts'
import { readUrls } from './urls.ts'

/** An object of either kind, as far as a report needs it. */
export type Reported = Pick<KubeObject, 'metadata'> & { readonly status?: EnvironmentStatus }

/** The status for what was seen and written in this pass. `now`: RFC 3339, whole seconds. */
export function reportEnvironment(
  environment: Reported,
  desired: DesiredEnvironment,
  seen: Observations,
  written: ReadonlySet<string>,
  now: string,
): EnvironmentStatus {
  const before = environment.status ?? {}
  const stages = readStages(desired, seen, written, releaseBefore(environment))
  const standing = standingOf(desired, stages, seen)
  const urls = seen.release.isDeployed ? readUrls(seen.routes) : []
  const commit = runningCommit(stages, seen, before)
  return {
    ...frame(environment, standing, now),
    stages: withBeginnings(stages, before.stages ?? [], now),
    phase: phaseOf(desired, standing),
    ...(urls[0] !== undefined && { urls, url: urls[0] }),
    ...(commit !== undefined && { commit }),
    ...(seen.release.latestCondition && { helmReleaseStatus: { latestCondition: seen.release.latestCondition } }),
    ...(seen.source.latestCondition && { gitRepoStatus: { latestCondition: seen.source.latestCondition } }),
    ...whatWasDone(desired, seen, before),
  }
}

/** What of the object was carried out: of one that waits or is suspended, what was before. */
function whatWasDone(desired: DesiredEnvironment, seen: Observations, before: EnvironmentStatus): EnvironmentStatus {
  const isCarriedOut = seen.ownership === 'ours' && !desired.suspended
  const namespaceLabels = isCarriedOut ? { ...desired.namespaceLabels } : before.namespaceLabels
  const lastHandledReconcileAt = (isCarriedOut ? desired.requestedAt : undefined) ?? before.lastHandledReconcileAt
  return {
    ...(namespaceLabels !== undefined && { namespaceLabels }),
    ...(lastHandledReconcileAt !== undefined && { lastHandledReconcileAt }),
  }
}

/** How the release of this generation stood, where it was done or was what held the environment up. */
function releaseBefore({ metadata, status }: Reported): StageNow | undefined {
  if (status?.observedGeneration !== metadata.generation) return undefined
  const release = status?.stages?.find((stage) => stage.name === 'release')
  if (release?.state === 'Done') return { name: 'release', state: 'Done' }
  const failed = status?.stages?.find((stage) => stage.state === 'Failed')
  const code = status?.conditions?.[0]?.reason
  // Another version of this program may have written a code that this one does not know.
  if (failed?.name !== 'release' || !isErrorCode(code)) return undefined
  return { name: 'release', state: 'Failed', code, ...(failed.message !== undefined && { message: failed.message }) }
}

/** The status of an environment that cannot be translated: Stalled, and what runs stays as it was last seen. */
export function reportRefusal(environment: Reported, error: TronadorError, now: string): EnvironmentStatus {
  const { conditions: _, ...before } = environment.status ?? {}
  const standing: Standing = { state: 'stalled', code: error.code, message: `${error.message} ${error.mend}` }
  return { ...before, ...frame(environment, standing, now), phase: 'Stalled' }
}

const stageOfTeardown = { release: 'release', source: 'source', namespace: 'namespace' } as const
/** Longer than a healthy removal takes. */
const patience = 60_000

/** The status of an environment that goes; after a while it says that it is blocked, and by what. */
export function reportRemoval(
  environment: Reported,
  teardown: Extract<Teardown, { done: false }>,
  now: string,
): EnvironmentStatus {
  const { conditions: _, ...before } = environment.status ?? {}
  const since = Date.parse(environment.metadata.deletionTimestamp ?? now)
  const isBlocked = Date.parse(now) - since >= patience
  const message = shorten(`Still there: ${teardown.remaining.join(', ')}.`, longestQuote)
  const standing: Standing = isBlocked
    ? { state: 'progressing', code: 'RemovalBlocked', message: withMend(message, 'RemovalBlocked') }
    : { state: 'progressing', code: 'EnvironmentRemoving', message }
  const stages = (before.stages ?? []).map((stage): Stage => {
    if (stage.name !== stageOfTeardown[teardown.stage]) return stage
    return { name: stage.name, state: 'Removing', since: stage.state === 'Removing' ? stage.since : now, message }
  })
  return { ...before, ...frame(environment, standing, now), stages, phase: 'Removing' }
}

function frame(environment: Reported, standing: Standing, now: string) {
  const generation = environment.metadata.generation ?? 0
  return {
    conditions: conditionsFor(standing, environment.status?.conditions ?? [], generation, now),
    observedGeneration: generation,
  }
}

function standingOf(desired: DesiredEnvironment, stages: readonly StageNow[], seen: Observations): Standing {
  const suspended = desired.suspended ? ' It is suspended: nothing is changed until spec.suspend is false.' : ''
  const open = mostTelling(stages)
  if (open === undefined) return { state: 'ready', message: readyMessage(desired, seen) + suspended }
  const what = open.message ?? `The stage ${open.name} has not begun.`
  const code: ErrorCode = open.code ?? 'EnvironmentProgressing'
  const isStalled = open.state === 'Failed' && needsPerson(code)
  const message = (open.code === undefined ? what : withMend(what, code)) + suspended
  return { state: isStalled ? 'stalled' : 'progressing', code, message }
}

/** A failure before a wait: a missing Secret explains less than the release that failed without it. */
function mostTelling(stages: readonly StageNow[]): StageNow | undefined {
  return stages.find((stage) => stage.state === 'Failed') ?? stages.find((stage) => stage.state !== 'Done')
}

/** Nobody shall take a preview for confined that is not. */
const unconfined = 'Helm Operator runs it with its own rights, so nothing confines it.'

function readyMessage({ engine }: DesiredEnvironment, seen: Observations): string {
  const [url] = readUrls(seen.routes)
  const { note } = seen.release
  const notes = [
    seen.source.message,
    note && withMend(note.message, note.code),
    engine === 'helm-operator' ? unconfined : undefined,
  ]
  const said = notes.filter((note) => note !== undefined).map((note) => ` ${note}`)
  return `${url === undefined ? 'Everything runs.' : `Everything runs at ${url}.`}${said.join('')}`
}

function phaseOf(desired: DesiredEnvironment, standing: Standing): string {
  if (desired.suspended) return 'Suspended'
  if (standing.state === 'ready') return 'Ready'
  if (standing.state === 'stalled') return 'Stalled'
  return standing.code === 'WorkloadsFailing' || standing.code === 'SourceFailed' ? 'Failing' : 'Progressing'
}

/** Only what is proven to run: the released commit once its workloads are there; until then the one before. */
function runningCommit(stages: readonly StageNow[], seen: Observations, before: EnvironmentStatus): string | undefined {
  if (stages.every((stage) => stage.state === 'Done')) return seen.release.commit
  return seen.release.isDeployed ? before.commit : undefined
}

function withBeginnings(stages: readonly StageNow[], before: readonly Stage[], now: string): Stage[] {
  return stages.map(({ name, state, message }) => {
    const previous = before.find((stage) => stage.name === name)
    const since = previous?.state === state ? previous.since : now
    return { name, state, since, ...(message !== undefined && { message }) }
  })
}

/** An event's content; recorded by the runtime. */
export interface News {
  readonly type: 'Normal' | 'Warning'
  readonly reason: ErrorCode
  readonly message: string
}

/** What is worth an event between two statuses: a new standing, a release that is new. */
export function newsBetween(before: EnvironmentStatus | undefined, after: EnvironmentStatus): News[] {
  const was = readyOf(before)
  const is = readyOf(after)
  if (is === undefined || (was?.status === is.status && was.reason === is.reason)) {
    return isReleaseNew(before, after)
      ? [{ type: 'Normal', reason: 'ReleaseDeployed', message: releaseMessage(after) }]
      : []
  }
  const reason = is.reason as ErrorCode
  if (is.status === 'True') return [{ type: 'Normal', reason, message: is.message }]
  const isCalm = reason === 'EnvironmentProgressing' || reason === 'EnvironmentRemoving'
  // The first steps of a new environment are no news; that one fell back from Ready, or went wrong, is.
  if (isCalm && was?.status !== 'True') return []
  return [{ type: isCalm || reason === 'NamespaceTerminating' ? 'Normal' : 'Warning', reason, message: is.message }]
}

function readyOf(status: EnvironmentStatus | undefined): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === 'Ready')
}

function isReleaseNew(before: EnvironmentStatus | undefined, after: EnvironmentStatus): boolean {
  const stateOf = (status: EnvironmentStatus | undefined) =>
    status?.stages?.find((stage) => stage.name === 'release')?.state
  return stateOf(after) === 'Done' && stateOf(before) !== 'Done'
}

function releaseMessage(after: EnvironmentStatus): string {
  return after.helmReleaseStatus?.latestCondition?.message ?? 'Helm has deployed the release.'
}
