/** What to write, and when: chart and values of one commit reach Helm together, and teardown runs its uninstall. */

import type { KubeObject } from '../../api/object.ts'
import type { DesiredEnvironment, Release } from '../../core/model.ts'
import { applyWhereDifferent } from '../../core/plan/difference.ts'
import { deleteAll, identify, type PlannedStage, type Step } from '../../core/plan/plan.ts'
import { restartedPods } from '../chart-version.ts'
import type { Handover, Removal } from '../engine.ts'
import {
  conditionOf,
  type FluxObjects,
  type GitRepository,
  gitRepositoryKind,
  type HelmChart,
  type HelmRelease,
  helmChartKind,
  helmReleaseKind,
  isObserved,
  isOurs,
  ofKind,
  sortObjects,
} from './objects.ts'
import { wantedRelease, wantedSource } from './wanted.ts'

/** See {@link Engine.plan}. */
export function planFlux(desired: DesiredEnvironment, observed: readonly KubeObject[]): PlannedStage[] {
  const flux = sortObjects({ source: desired.source.name, release: desired.release.name }, observed)
  // Two releases of one chart would fight over the same objects: the old name goes before the new one comes.
  if (flux.otherReleases.length > 0) return removeReleases(flux.otherReleases).stages.slice()
  const source = { name: 'source', steps: applyWhereDifferent(wantedSource(desired), observed) }
  const strategy = strategyOf(desired, flux, observed)
  const release = {
    name: 'release',
    steps: applyWhereDifferent(wantedRelease(desired, flux.release, strategy), observed),
  }
  const leftovers = { name: 'old sources', steps: deleteAll(flux.otherSources) }
  if (!hasSomethingRunning(flux)) return [source, release, leftovers]
  if (source.steps.length > 0) return staysAtCommit(flux, desired) ? [source] : [holdRelease(flux.release), source]
  if (!isSourceInStep(flux, desired)) return []
  return [release, leftovers]
}

/**
 * Which changes make a new chart. A release that was taken over keeps the strategy under which its chart's version is
 * what it was, since pods may carry that version and would be restarted by another. Only the next commit, for which
 * the release is held, brings the strategy that is asked for.
 */
export function strategyOf(
  desired: DesiredEnvironment,
  { release }: FluxObjects,
  observed: readonly KubeObject[],
): Release['reconcileStrategy'] {
  const wanted = desired.release.reconcileStrategy
  if (desired.source.ref.commit === undefined) return wanted
  const standing = release?.spec.chart?.spec?.reconcileStrategy
  const isHeld = release?.spec.suspend === true
  const takesOver = release === undefined ? observed.some(isOtherEngines) : standing === 'ChartVersion' && !isHeld
  return takesOver ? 'ChartVersion' : wanted
}

function isOtherEngines(object: KubeObject): boolean {
  return object.kind === helmReleaseKind.kind && object.apiVersion !== helmReleaseKind.apiVersion && isOurs(object)
}

/**
 * A release that stands would be upgraded twice by a push: with the new chart and old values, or the reverse. So it
 * is held while its source moves, and let go in the same write that brings the new values.
 */
function holdRelease(release: HelmRelease | undefined): PlannedStage {
  return { name: 'hold', steps: release === undefined ? [] : setSuspended([release], true) }
}

/**
 * Whether chart and source are both of the commit that is asked for, so that whatever else changes of the source is no
 * new chart. (The source may be another one, of another name: then only the chart tells.)
 */
function staysAtCommit({ source, chart }: FluxObjects, desired: DesiredEnvironment): boolean {
  const { commit } = desired.source.ref
  const known = [chart?.status?.observedSourceArtifactRevision, source?.status?.artifact?.revision].filter(
    (revision) => revision !== undefined,
  )
  return commit !== undefined && known.length > 0 && known.every((revision) => commitOf(revision) === commit)
}

function hasSomethingRunning({ release }: FluxObjects): boolean {
  return (release?.status?.history?.length ?? 0) > 0
}

/** Whether source and chart have both arrived at what is asked for (the chart perhaps as a failure, which shows then). */
export function isSourceInStep(flux: FluxObjects, desired: DesiredEnvironment): boolean {
  const { source } = flux
  if (source === undefined || !hasWantedCommit(source, desired)) return false
  // A branch or tag that is followed moves by itself; only a finished look at it counts.
  if (desired.source.ref.commit === undefined && !isReady(source)) return false
  return isChartInStep(flux)
}

/** Whether what the chart says, if there is one, is of the source's artifact and not of the one before. */
export function isChartInStep({ source, chart }: FluxObjects): boolean {
  if (chart === undefined) return true
  const isOfSource = chart.status?.observedSourceArtifactRevision === source?.status?.artifact?.revision
  return isOfSource && !isBuilding(chart)
}

/** Flux writes down the revision before it has stored the chart of it; until then Helm would take the old chart. */
function isBuilding(chart: HelmChart): boolean {
  return conditionOf(chart, 'Ready')?.status === 'Unknown'
}

/** Whether the source's artifact is of the commit that is asked for; any will do where none is. */
export function hasWantedCommit(source: GitRepository, desired: DesiredEnvironment): boolean {
  const { commit } = desired.source.ref
  const revision = source.status?.artifact?.revision
  return revision !== undefined && (commit === undefined || commitOf(revision) === commit)
}

/** The commit in Flux's revision: `main@sha1:HASH`, `sha1:HASH`. */
export function commitOf(revision: string): string {
  return revision.slice(revision.lastIndexOf(':') + 1)
}

function isReady(object: GitRepository): boolean {
  return isObserved(object) && conditionOf(object, 'Ready')?.status === 'True'
}

/** See {@link Engine.suspend}. */
export function suspendFlux(observed: readonly KubeObject[]): PlannedStage[] {
  const objects = [
    ...ofKind<GitRepository>(observed, gitRepositoryKind),
    ...ofKind<HelmRelease>(observed, helmReleaseKind),
  ]
  return [{ name: 'suspend', steps: setSuspended(objects.filter(isOurs), true) }]
}

function setSuspended(objects: readonly (GitRepository | HelmRelease)[], suspend: boolean): Step[] {
  return objects
    .filter((object) => (object.spec.suspend ?? false) !== suspend)
    .map((object) => ({ do: 'patch', of: identify(object), patch: { spec: { suspend } } }))
}

/**
 * See {@link Engine.removeReleases}. Flux skips the uninstall of a suspended release, so it is woken first. Releases
 * that our own has made go with it; only what it leaves behind is removed after it.
 */
export function removeReleases(observed: readonly KubeObject[]): Removal {
  const releases = ofKind<HelmRelease>(observed, helmReleaseKind)
  const next = releases.some(isOurs) ? releases.filter(isOurs) : releases
  const standing = next.filter((release) => release.metadata.deletionTimestamp === undefined)
  return {
    stages: [
      { name: 'wake release', steps: setSuspended(standing, false) },
      { name: 'remove release', steps: deleteAll(standing) },
    ],
    remaining: releases.map(describe),
  }
}

/** See {@link Engine.removeSources}. */
export function removeSources(observed: readonly KubeObject[]): Removal {
  const sources = ofKind<GitRepository>(observed, gitRepositoryKind)
  return { stages: [{ name: 'remove source', steps: deleteAll(sources) }], remaining: sources.map(describe) }
}

/**
 * See {@link Engine.letGo}. Flux skips the uninstall of a suspended release, and would leave its chart's object behind.
 */
export function letGo(observed: readonly KubeObject[]): Handover {
  const releases = ofKind<HelmRelease>(observed, helmReleaseKind).filter(isOurs)
  const charts = ofKind<HelmChart>(observed, helmChartKind).filter(isOurs)
  const sources = ofKind<GitRepository>(observed, gitRepositoryKind).filter(isOurs)
  const obstacle = obstacleOf(releases, observed)
  return {
    stages: [
      { name: 'suspend release', steps: setSuspended(releases, true) },
      { name: 'remove source', steps: deleteAll([...charts, ...sources]) },
      { name: 'let release go', steps: deleteAll(releases) },
    ],
    remaining: releases.map(describe),
    ...(obstacle !== undefined && { obstacle }),
  }
}

/** Flux adds the commit to the version of a chart from Git, and no other engine does: pods that carry it change. */
function obstacleOf(releases: readonly HelmRelease[], observed: readonly KubeObject[]): string | undefined {
  const hasCommit = releases.some(({ status }) => status?.history?.[0]?.chartVersion.includes('+'))
  return hasCommit ? restartedPods(observed) : undefined
}

function describe(object: GitRepository | HelmRelease): string {
  const finalizers = object.metadata.finalizers ?? []
  const foreign = finalizers.filter((finalizer) => finalizer !== 'finalizers.fluxcd.io')
  const failure = conditionOf(object, 'Ready')
  const cause = failure?.status === 'False' && object.metadata.deletionTimestamp ? `: ${failure.message}` : ''
  const held = foreign.length > 0 ? ` (held by the finalizer ${foreign.join(', ')})` : ''
  return `${object.kind} ${object.metadata.name}${held}${cause}`
}
