/**
 * What to write. Helm Operator uninstalls when it sees a HelmRelease go, and only then: there is no finalizer, so one
 * that goes while it is away leaves everything running. Hence a removal deletes nothing before it was seen, and tells
 * once more what was left behind.
 */
import type { KubeObject } from '../../api/object.ts'
import type { DesiredEnvironment } from '../../core/model.ts'
import { applyWhereDifferent } from '../../core/plan/difference.ts'
import { deleteAll, identify, type PlannedStage, type Step } from '../../core/plan/plan.ts'
import { restartedPods } from '../chart-version.ts'
import type { Handover, HelmRecord, Removal, RemovalCircumstances } from '../engine.ts'
import { type HelmReleaseV1, helmOperatorReleases, isOurs, sortReleases } from './objects.ts'
import { wantedRelease } from './wanted.ts'

/** Milliseconds in which Helm Operator, where it is there, has begun to uninstall. */
const beginsWithin = 20_000
/** Milliseconds in which it has finished: its own time-out, and a minute. */
const endsWithin = 360_000

/** See {@link Engine.plan}. */
export function planHelmOperator(desired: DesiredEnvironment, observed: readonly KubeObject[]): PlannedStage[] {
  const { release, others } = sortReleases(desired.release.name, observed)
  // It handles what it sees in order: the old name is uninstalled before it hears of the new one.
  return [
    { name: 'old release', steps: deleteAll(others) },
    { name: 'release', steps: applyWhereDifferent(wantedRelease(desired, release), observed) },
  ]
}

/** See {@link Engine.removeReleases}. */
export function removeReleases(observed: readonly KubeObject[], circumstances: RemovalCircumstances): Removal {
  const releases = helmOperatorReleases(observed)
  if (releases.length === 0) return removeWhatWasLeft(circumstances)
  const { records } = circumstances
  const isNew = ({ status }: HelmReleaseV1) => status?.observedGeneration === undefined
  const mayGo = releases.filter((release) => !isNew(release) || records?.length === 0)
  return {
    stages: [{ name: 'remove release', steps: deleteAll(mayGo) }],
    remaining: releases.map((release) =>
      mayGo.includes(release) ? name(release) : `${name(release)} (waiting for Helm Operator to look at it)`,
    ),
    needsRecords: records === undefined && releases.some(isNew),
  }
}

/** The release is made known anew, so that Helm Operator sees it go. */
function removeWhatWasLeft({ desired, records, waited }: RemovalCircumstances): Removal {
  const isOurs = desired?.engine === 'helm-operator'
  if (!isOurs || records === undefined || !isLeftBehind(records, waited)) return { stages: [], remaining: [] }
  return {
    stages: [{ name: 'tell again', steps: [{ do: 'apply', object: withoutChart(desired) }] }],
    remaining: records.map((record) => `Secret ${record.name} of Helm (Helm Operator was away; it is told again)`),
  }
}

/** All that its end needs: without a chart's path it is not installed once more before it goes. */
function withoutChart(desired: DesiredEnvironment): KubeObject {
  const { object } = wantedRelease(desired)
  return { ...object, spec: { chart: { git: desired.source.url }, releaseName: desired.release.name } } as KubeObject
}

function isLeftBehind(records: readonly HelmRecord[], waited: number): boolean {
  if (records.length === 0) return false
  const isBeingRemoved = records.some(({ status }) => status === 'uninstalling')
  return waited >= (isBeingRemoved ? endsWithin : beginsWithin)
}

/** A name under which Helm has no release: what Helm Operator uninstalls when it sees the object go. */
const nothing = 'handed-over'

/**
 * See {@link Engine.letGo}. The object is emptied before it goes: without a chart it is not worked on, and under
 * another release name its end uninstalls nothing. Helm Operator sees both in this order, or, where it is away, neither.
 */
export function letGo(desired: DesiredEnvironment, observed: readonly KubeObject[]): Handover {
  const releases = helmOperatorReleases(observed).filter(isOurs)
  const obstacle = obstacleOf(desired, observed)
  return {
    stages: [{ name: 'empty release', steps: releases.map(empty) }],
    remaining: [],
    // Last, because it tells the next engine, in a pass that was cut short, that it takes over.
    after: [{ name: 'let release go', steps: deleteAll(releases) }],
    ...(obstacle !== undefined && { obstacle }),
  }
}

/** The next engine keeps the chart's version as it is for a pinned commit; of a branch it must tell each commit apart. */
function obstacleOf({ source }: DesiredEnvironment, observed: readonly KubeObject[]): string | undefined {
  return source.ref.commit === undefined ? restartedPods(observed) : undefined
}

function empty(release: HelmReleaseV1): Step {
  return { do: 'patch', of: identify(release), patch: { spec: { chart: { path: null }, releaseName: nothing } } }
}

function name(release: HelmReleaseV1): string {
  const held = release.metadata.finalizers ?? []
  return `HelmRelease ${release.metadata.name}${held.length > 0 ? ` (held by the finalizer ${held.join(', ')})` : ''}`
}
