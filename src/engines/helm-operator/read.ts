/**
 * What Helm Operator's status means. It keeps one object for chart and release, says no cause of a failure (its events
 * do), and leaves conditions of earlier generations standing: only `observedGeneration`, `phase`, `Released` and
 * `revision` tell together. `ChartFetched` is no gate: it may stay False after a success, or never be there.
 */
import type { Condition } from '../../api/conditions.ts'
import type { KubeObject } from '../../api/object.ts'
import type { ReleaseState, SourceState } from '../../core/engine-state.ts'
import type { ErrorCode } from '../../core/errors.ts'
import type { DesiredEnvironment } from '../../core/model.ts'
import { fetchCauseOf, releaseCauseOf } from './events.ts'
import { conditionOf, type HelmOperatorCondition, type HelmReleaseV1, isObserved, sortReleases } from './objects.ts'

const fetching = 'Helm Operator is fetching the repository.'

/** See {@link Engine.readSource}. */
export function readSource(desired: DesiredEnvironment, observed: readonly KubeObject[]): SourceState {
  const { release } = sortReleases(desired.release.name, observed)
  const progress = fetching
  if (release === undefined) return { state: 'Pending', progress }
  const failure = fetchFailureOf(release, observed)
  const { commit } = desired.source.ref
  if (isFetched(desired, release) && (commit !== undefined || failure === undefined)) {
    const note = `Commit ${commit?.slice(0, 12)} can no longer be fetched (${failure}); the running release stays.`
    return { state: 'Done', progress, ...stored(desired, release), ...(failure !== undefined && { message: note }) }
  }
  const found = { progress, ...latest(conditionOf(release, 'ChartFetched')) }
  if (failure === undefined) return { state: 'Running', message: progress, ...found }
  return { state: 'Failed', ...explainFetch(desired, failure), ...found }
}

/** Whether a chart was found in what is asked for, whatever became of it then. */
function isFetched({ source }: DesiredEnvironment, release: HelmReleaseV1): boolean {
  const tried = release.status?.lastAttemptedRevision
  // What fails between fetching and Helm (the values, mostly) leaves the revision of the attempt before.
  if (isObserved(release) && release.status?.phase === 'Failed') return true
  return source.ref.commit === undefined ? tried !== undefined : tried === source.ref.commit
}

/** Whether its last look ended before it had a chart: of the release it then says nothing, though `Released` is False. */
function hasNoChart(release: HelmReleaseV1): boolean {
  return isObserved(release) && release.status?.phase === 'ChartFetchFailed'
}

/** Why the last look ended without a chart. The first look at a repository always does: its mirror is begun then. */
function fetchFailureOf(release: HelmReleaseV1, observed: readonly KubeObject[]): string | undefined {
  const cause = hasNoChart(release) ? fetchCauseOf(release, observed) : undefined
  const isBeingCloned = /no existing git mirror found|has not been cloned yet|has been cloned but/.test(cause ?? '')
  return isBeingCloned ? undefined : cause
}

function explainFetch(desired: DesiredEnvironment, cause: string): { code: ErrorCode; message: string } {
  const { source, release } = desired
  // What has no such frame comes from bringing the chart's dependencies up to date.
  if (!/^chart (?:not ready|unavailable): /.test(cause)) {
    if (isChartMissing(cause)) return chartNotFound(desired)
    return { code: 'ChartInvalid', message: `The chart at ${release.chartPath} cannot be used: ${cause}.` }
  }
  if (/unknown revision|bad revision|ambiguous argument|bad object|not a valid object name/i.test(cause)) {
    const { commit, name, tag, branch } = source.ref
    const what =
      commit === undefined ? (name ?? tag ?? branch ?? 'The default branch') : `Commit ${commit.slice(0, 12)}`
    const message = `${what} is not in Helm Operator’s copy of the repository (${cause}).`
    return { code: commit === undefined ? 'ReferenceNotFound' : 'CommitNotFound', message }
  }
  return { code: 'SourceFailed', message: `${source.url} cannot be fetched: ${cause}.` }
}

function isChartMissing(cause: string): boolean {
  return /Chart\.yaml file is missing|no such file or directory|path ".*" not found/.test(cause)
}

function chartNotFound({ source, release }: DesiredEnvironment): { code: ErrorCode; message: string } {
  const { commit } = source.ref
  const where = commit === undefined ? 'the repository' : `commit ${commit.slice(0, 12)}`
  return { code: 'ChartNotFound', message: `There is no chart at ${release.chartPath} in ${where}.` }
}

/** See {@link Engine.readRelease}. */
export function readRelease(desired: DesiredEnvironment, observed: readonly KubeObject[]): ReleaseState {
  const { release } = sortReleases(desired.release.name, observed)
  const progress = 'Waiting for Helm Operator to run Helm.'
  if (release === undefined) return { state: 'Pending', isDeployed: false, progress }
  const { status } = release
  const done = {
    progress,
    isDeployed: status?.revision !== undefined,
    ...(status?.revision !== undefined && { commit: status.revision }),
  }
  const released = conditionOf(release, 'Released')
  if (isReleasedAsWanted(desired, release))
    return { state: 'Done', ...done, helmStatus: 'deployed', ...latest(released) }
  const found = { ...done, ...(status?.releaseStatus !== undefined && { helmStatus: status.releaseStatus }) }
  const going = { ...found, ...latest(newest(release)) }
  const failure = fetchFailureOf(release, observed)
  if (failure !== undefined) return { state: 'Failed', ...explainFetch(desired, failure), ...going }
  if (hasNoChart(release)) return { state: 'Running', message: fetching, couldNotLook: true, ...going }
  // From a look without a chart `Released` stands until the next one has ended: Helm is at work then.
  if (isObserved(release) && released?.status === 'False' && released.reason !== 'ChartFetchFailed') {
    const cause = releaseCauseOf(release, observed)
    return { state: 'Failed', ...explainRelease(desired, release, cause), ...found, ...latest(released) }
  }
  const work = conditionOf(release, 'Deployed')
  return { state: 'Running', message: work?.status === 'Unknown' ? (work.message ?? progress) : progress, ...going }
}

/** `Released` stands from the generation before, too; and while it looks again, `Deployed` is Unknown for a moment. */
function isReleasedAsWanted(desired: DesiredEnvironment, release: HelmReleaseV1): boolean {
  const { commit } = desired.source.ref
  const revision = release.status?.revision
  return (
    isObserved(release) &&
    conditionOf(release, 'Released')?.status === 'True' &&
    revision !== undefined &&
    (commit === undefined || revision === commit)
  )
}

function explainRelease(
  desired: DesiredEnvironment,
  release: HelmReleaseV1,
  cause: string | undefined,
): { code: ErrorCode; message: string } {
  if (cause === undefined) {
    const said = conditionOf(release, 'Released')?.message ?? 'Helm Operator could not release it.'
    return { code: 'ReleaseFailed', message: `${said} Its events and its log have the cause.` }
  }
  if (/^failed to compose values/.test(cause)) {
    return {
      code: 'ValuesMissing',
      message: `The values of release ${release.metadata.name} cannot be read: ${cause}.`,
    }
  }
  return isChartMissing(cause) ? chartNotFound(desired) : { code: 'ReleaseFailed', message: `${cause}.` }
}

/** Scripts wait for this word, whichever engine runs the release. */
function stored(desired: DesiredEnvironment, release: HelmReleaseV1) {
  const { latestCondition } = latest(conditionOf(release, 'Released') ?? conditionOf(release, 'Deployed'))
  const revision = desired.source.ref.commit ?? release.status?.lastAttemptedRevision
  const message = revision === undefined ? 'stored artifact' : `stored artifact for revision '${revision}'`
  const word = { type: 'ArtifactInStorage', status: 'True', reason: 'Succeeded', message } as const
  return latestCondition === undefined ? {} : { latestCondition: { ...latestCondition, ...word } }
}

/**
 * The condition that changed last; of several in one second the one that was written last. `Released` is told only
 * once it is true of what is asked for now: scripts wait for it, and it stands there from the revision before.
 */
function newest({ status }: HelmReleaseV1): HelmOperatorCondition | undefined {
  return (status?.conditions ?? [])
    .filter(({ type }) => type !== 'Released')
    .reverse()
    .sort((a, b) => (b.lastTransitionTime ?? '').localeCompare(a.lastTransitionTime ?? ''))[0]
}

function latest(condition: HelmOperatorCondition | undefined): { latestCondition?: Condition } {
  if (condition === undefined) return {}
  const { type, status, reason = type, message = '', lastTransitionTime = '1970-01-01T00:00:00Z' } = condition
  return { latestCondition: { type, status, reason, message, lastTransitionTime } }
}
