/** What the status of Flux's objects means. */
import type { Condition } from '../../api/conditions.ts'
import type { KubeObject } from '../../api/object.ts'
import type { ReleaseState, SourceState } from '../../core/engine-state.ts'
import type { ErrorCode } from '../../core/errors.ts'
import type { DesiredEnvironment } from '../../core/model.ts'
import {
  conditionOf,
  type FluxObjects,
  failureOf,
  type GitRepository,
  type HelmRelease,
  isObserved,
  sortObjects,
} from './objects.ts'
import { commitOf, hasWantedCommit, isChartInStep, isSourceInStep } from './plan.ts'

/** See {@link Engine.readSource}. */
export function readSource(desired: DesiredEnvironment, observed: readonly KubeObject[]): SourceState {
  const { source } = sort(desired, observed)
  const progress = `Fetching ${describeRef(desired)} from the code host.`
  if (source === undefined) return { state: 'Pending', progress }
  const failure = failureOf(source, 'Ready')
  const done = { state: 'Done', progress, ...latest(source, conditionOf(source, 'ArtifactInStorage')) } as const
  const found = { progress, ...latest(source, failure ?? conditionOf(source, 'Reconciling')) }
  // What is pinned cannot change: once it is stored, a later failure to fetch it again harms nobody yet.
  if (desired.source.ref.commit !== undefined && hasWantedCommit(source, desired)) {
    const commit = desired.source.ref.commit.slice(0, 12)
    const message = `Commit ${commit} can no longer be fetched (${failure?.message}); the running release stays.`
    return { ...done, ...(failure && { message }) }
  }
  if (failure !== undefined) return { state: 'Failed', ...explainSource(desired, failure), ...found }
  const isReady = isObserved(source) && conditionOf(source, 'Ready')?.status === 'True'
  if (isReady && hasWantedCommit(source, desired)) return done
  return { state: 'Running', message: progress, ...found }
}

/** See {@link Engine.readRelease}. */
export function readRelease(desired: DesiredEnvironment, observed: readonly KubeObject[]): ReleaseState {
  const flux = sort(desired, observed)
  const { release, chart } = flux
  if (flux.otherReleases.length > 0) {
    const names = flux.otherReleases.map((object) => object.metadata.name).join(', ')
    const message = `The release ${names} is uninstalled before this one comes.`
    return { state: 'Running', isDeployed: false, progress: message, message }
  }
  const progress = 'Waiting for Flux to hand the chart to Helm.'
  if (release === undefined) return { state: 'Pending', isDeployed: false, progress }
  const commit = deployedCommit(flux, desired)
  // The attempt before the summary: it has the cause, and stands while Flux only looks again.
  const failure = failureOf(release, 'Released') ?? failureOf(release, 'Ready')
  const helmStatus = release.status?.history?.[0]?.status
  const done = {
    progress,
    isDeployed: isDeployed(release),
    ...(commit !== undefined && { commit }),
    ...(helmStatus !== undefined && { helmStatus }),
  }
  const found = { ...done, ...latest(release, failure ?? conditionOf(release, 'Reconciling')) }
  const unusable = isChartInStep(flux) ? failureOf(chart, 'Ready') : undefined
  if (unusable !== undefined) return { state: 'Failed', ...explainChart(desired, unusable), ...found }
  if (release.spec.suspend && !desired.suspended) {
    return { state: 'Running', message: 'The running release stays until the new commit has been fetched.', ...found }
  }
  if (failure !== undefined) return { state: 'Failed', ...explainRelease(release, failure), ...found }
  // The version of a chart tells its commit, except where only a new version is a new chart.
  const isOfSource = commit !== undefined || desired.release.reconcileStrategy === 'ChartVersion'
  if (isReleasedAsWanted(release) && isOfSource && isSourceInStep(flux, desired)) {
    return { state: 'Done', ...done, ...latest(release, conditionOf(release, 'Released')) }
  }
  const isLookingAgain = conditionOf(release, 'Ready')?.message === 'Fulfilling prerequisites'
  return { state: 'Running', message: progressOf(release) ?? progress, isLookingAgain, ...found }
}

function sort(desired: DesiredEnvironment, observed: readonly KubeObject[]): FluxObjects {
  return sortObjects({ source: desired.source.name, release: desired.release.name }, observed)
}

function isDeployed(release: HelmRelease): boolean {
  return release.status?.history?.[0]?.status === 'deployed'
}

/**
 * Whether Helm has deployed this very generation. Not Ready alone: Flux takes it back for a moment whenever it looks
 * again, though nothing has changed.
 */
function isReleasedAsWanted(release: HelmRelease): boolean {
  const { generation } = release.metadata
  const { status } = release
  const [latest] = status?.history ?? []
  return (
    latest?.status === 'deployed' &&
    status?.lastAttemptedGeneration === generation &&
    latest.chartVersion === status?.lastAttemptedRevision &&
    latest.configDigest === status?.lastAttemptedConfigDigest
  )
}

/**
 * The full commit of the deployed chart: its version ends with twelve digits of it, the source knows the rest. Of a
 * release that was taken over, whose version has none, it is the source's as long as that is the one asked for.
 */
function deployedCommit({ release, source }: FluxObjects, desired: DesiredEnvironment): string | undefined {
  const [latest] = release?.status?.history ?? []
  if (latest?.status !== 'deployed') return undefined
  const short = latest.chartVersion.split('+').at(1)
  const revision = source?.status?.artifact?.revision
  if (revision === undefined) return undefined
  const full = commitOf(revision)
  const isTakenOver = release?.spec.chart?.spec?.reconcileStrategy === 'ChartVersion'
  if (short === undefined) return isTakenOver && full === desired.source.ref.commit ? full : undefined
  return full.startsWith(short) ? full : undefined
}

/** Flux's own word while Helm works (`Running 'install' action with timeout of 5m0s`). */
function progressOf(release: HelmRelease): string | undefined {
  const reconciling = conditionOf(release, 'Reconciling') ?? conditionOf(release, 'Ready')
  return reconciling?.message.startsWith('Running ') ? `Helm is at work: ${reconciling.message}.` : undefined
}

function describeRef(desired: DesiredEnvironment): string {
  const { commit, branch, name, tag, semver } = desired.source.ref
  if (commit !== undefined) return `commit ${commit.slice(0, 12)}`
  if (name !== undefined) return `reference ${name}`
  if (tag !== undefined) return `tag ${tag}`
  if (semver !== undefined) return `the newest tag of ${semver}`
  return branch === undefined ? 'the default branch' : `branch ${branch}`
}

function explainSource(desired: DesiredEnvironment, failure: Condition): { code: ErrorCode; message: string } {
  const isGone = /object not found|couldn't find remote ref|reference not found|unable to resolve/.test(failure.message)
  if (isGone) {
    return {
      code: desired.source.ref.commit === undefined ? 'ReferenceNotFound' : 'CommitNotFound',
      message: `${describeRef(desired)} is not on the code host (${failure.message}).`.replace(/^./, (c) =>
        c.toUpperCase(),
      ),
    }
  }
  return { code: 'SourceFailed', message: `${desired.source.url} cannot be fetched: ${failure.message}.` }
}

function explainChart(desired: DesiredEnvironment, failure: Condition): { code: ErrorCode; message: string } {
  const isMissing = failure.reason === 'InvalidChartReference' && /no such file|not found/.test(failure.message)
  return isMissing
    ? {
        code: 'ChartNotFound',
        message: `There is no chart at ${desired.release.chartPath} in ${describeRef(desired)}.`,
      }
    : { code: 'ChartInvalid', message: `The chart at ${desired.release.chartPath} cannot be used: ${failure.message}.` }
}

function explainRelease(release: HelmRelease, failure: Condition): { code: ErrorCode; message: string } {
  if (failure.reason === 'ValuesError') {
    const message = `The values of release ${release.metadata.name} cannot be read: ${failure.message}.`
    return { code: 'ValuesMissing', message }
  }
  const isRefused = /is forbidden|cannot (?:create|get|list|patch|update|delete) resource/.test(failure.message)
  return { code: isRefused ? 'ReleaseForbidden' : 'ReleaseFailed', message: `${failure.message}.` }
}

/**
 * What waiting scripts look at. The word they wait for (`Released`, `ArtifactInStorage`) stands there from the revision
 * before, too: so it is told only once it is true of what is asked for now, and until then what goes on or wrong.
 */
function latest(object: GitRepository | HelmRelease, telling: Condition | undefined) {
  const latestCondition = telling ?? conditionOf(object, 'Ready')
  return latestCondition && { latestCondition }
}
