/**
 * What Helm Operator's status means. It keeps one object for chart and release, says no cause of a failure (its events
 * do), and leaves conditions of earlier generations standing: only `observedGeneration`, `Released` and `revision`
 * tell together. `ChartFetched` is no gate: it may stay False after a success, or never be there.
 */
import type { Condition } from '../../api/conditions.ts'
import type { KubeObject } from '../../api/object.ts'
import type { ReleaseState, SourceState } from '../../core/engine-state.ts'
import type { ErrorCode } from '../../core/errors.ts'
import type { DesiredEnvironment } from '../../core/model.ts'
import { lastCauseOf } from './events.ts'
import { conditionOf, type HelmOperatorCondition, type HelmReleaseV1, isObserved, sortReleases } from './objects.ts'

/** See {@link Engine.readSource}. */
export function readSource(desired: DesiredEnvironment, observed: readonly KubeObject[]): SourceState {
  const { release } = sortReleases(desired.release.name, observed)
  const progress = 'Helm Operator is fetching the repository.'
  if (release === undefined) return { state: 'Pending', progress }
  if (isFetched(desired, release)) {
    const stored = asCondition(conditionOf(release, 'Released') ?? conditionOf(release, 'Deployed'))
    const message = `stored artifact for revision '${release.status?.lastAttemptedRevision}'`
    const latestCondition = stored && { ...stored, ...artifactInStorage, message }
    return { state: 'Done', progress, ...(latestCondition && { latestCondition }) }
  }
  const latestCondition = asCondition(conditionOf(release, 'ChartFetched'))
  const found = { progress, ...(latestCondition && { latestCondition }) }
  const cause = isObserved(release) ? lastCauseOf(release, observed) : undefined
  if (cause === undefined || isStillCloning(cause)) return { state: 'Running', message: progress, ...found }
  return { state: 'Failed', ...explainFetch(desired, cause), ...found }
}

/** Scripts wait for this word, whichever engine runs the release. */
const artifactInStorage = { type: 'ArtifactInStorage', status: 'True', reason: 'Succeeded' } as const

/** A chart was found in what is asked for, whatever became of it then. */
function isFetched(desired: DesiredEnvironment, { metadata, status }: HelmReleaseV1): boolean {
  const revision = status?.lastAttemptedRevision
  const { commit } = desired.source.ref
  if (commit !== undefined) return revision === commit
  return (
    revision !== undefined && !(status?.observedGeneration === metadata.generation && status?.phase === fetchFailed)
  )
}

const fetchFailed = 'ChartFetchFailed'

/** The first look at a repository always fails so: its mirror is begun then. */
function isStillCloning(cause: string): boolean {
  return /no existing git mirror found|has not been cloned yet/.test(cause)
}

function explainFetch(desired: DesiredEnvironment, cause: string): { code: ErrorCode; message: string } {
  if (/unknown revision|bad revision|ambiguous argument|bad object|not a valid object name/i.test(cause)) {
    const { commit, tag, branch } = desired.source.ref
    const what = commit === undefined ? (tag ?? branch ?? 'The default branch') : `Commit ${commit.slice(0, 12)}`
    return { code: 'CommitNotFound', message: `${what} is not in Helm Operator’s copy of the repository (${cause}).` }
  }
  return { code: 'SourceFailed', message: `${desired.source.url} cannot be fetched: ${cause}.` }
}

/** See {@link Engine.readRelease}. */
export function readRelease(desired: DesiredEnvironment, observed: readonly KubeObject[]): ReleaseState {
  const { release } = sortReleases(desired.release.name, observed)
  const progress = 'Waiting for Helm Operator to run Helm.'
  if (release === undefined) return { state: 'Pending', isDeployed: false, progress }
  const { status } = release
  const released = conditionOf(release, 'Released')
  const latestCondition = asCondition(newest(release))
  const found = {
    progress,
    isDeployed: status?.revision !== undefined,
    ...(status?.revision !== undefined && { commit: status.revision }),
    ...(latestCondition && { latestCondition }),
    ...(status?.releaseStatus !== undefined && { helmStatus: status.releaseStatus }),
  }
  if (isReleasedAsWanted(desired, release)) {
    const done = asCondition(released)
    return {
      state: 'Done',
      ...found,
      helmStatus: status?.releaseStatus ?? 'deployed',
      ...(done && { latestCondition: done }),
    }
  }
  const isOver = isObserved(release)
  const hasFailed = released?.status === 'False' || status?.phase === 'Failed'
  if (isOver && hasFailed && isFetched(desired, release)) {
    return { state: 'Failed', ...explainRelease(desired, release, lastCauseOf(release, observed)), ...found }
  }
  const message = isFetched(desired, release) ? (conditionOf(release, 'Deployed')?.message ?? progress) : progress
  return { state: 'Running', message, isLookingAgain: isOver, ...found }
}

/** `Released` stands from the generation before, too; and while it looks again, `Deployed` is Unknown for a moment. */
function isReleasedAsWanted(desired: DesiredEnvironment, release: HelmReleaseV1): boolean {
  const { commit } = desired.source.ref
  const { status } = release
  return (
    isObserved(release) &&
    conditionOf(release, 'Released')?.status === 'True' &&
    conditionOf(release, 'Deployed')?.status !== 'False' &&
    status?.phase !== fetchFailed &&
    (commit === undefined ? status?.revision !== undefined : status?.revision === commit)
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
  if (/Chart\.yaml file is missing|no such file or directory|path ".*" not found/.test(cause)) {
    const { commit } = desired.source.ref
    const where = commit === undefined ? 'the repository' : `commit ${commit.slice(0, 12)}`
    return { code: 'ChartNotFound', message: `There is no chart at ${desired.release.chartPath} in ${where}.` }
  }
  return { code: 'ReleaseFailed', message: `${cause}.` }
}

/** The condition that changed last. */
function newest({ status }: HelmReleaseV1): HelmOperatorCondition | undefined {
  return [...(status?.conditions ?? [])].sort((a, b) =>
    (b.lastTransitionTime ?? '').localeCompare(a.lastTransitionTime ?? ''),
  )[0]
}

function asCondition(condition: HelmOperatorCondition | undefined): Condition | undefined {
  if (condition === undefined) return undefined
  const { type, status, reason = type, message = '', lastTransitionTime = '1970-01-01T00:00:00Z' } = condition
  return { type, status, reason, message, lastTransitionTime }
}
