/**
 * The port to an engine: the controller in the cluster that fetches a chart and runs Helm. Pure: an engine says what
 * to write and what the written objects' status means; it reads and writes nothing itself.
 */
import type { KubeObject } from '../api/object.ts'
import type { EngineName } from '../core/engine-choice.ts'
import type { ReleaseState, SourceState } from '../core/engine-state.ts'
import type { DesiredEnvironment } from '../core/model.ts'
import type { PlannedStage } from '../core/plan/plan.ts'

/** A kind of the engine's, by which its objects are found. */
export interface EngineKind {
  readonly apiVersion: string
  readonly kind: string
}

/** A Secret in which Helm keeps one revision of a release. */
export interface HelmRecord {
  readonly name: string
  /** Helm's word: `deployed`, `uninstalling`. */
  readonly status: string | undefined
}

/** What is known of a removal besides the objects. */
export interface RemovalCircumstances {
  /** What was asked for; undefined where the object can no longer be read. */
  readonly desired: DesiredEnvironment | undefined
  /** Helm's records of the release; undefined while nobody has looked, or may look. */
  readonly records: readonly HelmRecord[] | undefined
  /** Milliseconds since the environment was deleted. */
  readonly waited: number
}

/** What still stands of a release. */
export interface Removal {
  /** What to write now, in order. */
  readonly stages: readonly PlannedStage[]
  /** What is not gone yet, for people: `HelmRelease shop`. Empty: everything is gone. */
  readonly remaining: readonly string[]
  /** Helm's records must be looked at before more can be said. */
  readonly needsRecords?: boolean
}

/** How an engine lets go of a release that another one takes over, which goes on running. */
export interface Handover extends Pick<Removal, 'stages' | 'remaining'> {
  /** What to write once the other engine's objects stand. */
  readonly after?: readonly PlannedStage[]
  /** Why that would restart pods; then nothing is done. */
  readonly obstacle?: string
}

/**
 * One engine. `observed` is everything seen in the environment's namespace: every object of {@link Engine.kinds}, the
 * workloads, and events where they are looked at.
 */
export interface Engine {
  readonly name: EngineName
  /** The kinds whose objects carry our environment label and must be watched. */
  readonly kinds: readonly EngineKind[]
  /** Whether what a chart makes carries our environment label, too. */
  readonly labelsWorkloads: boolean
  /** What to write so that the release becomes what is asked for. Chart and values of one commit go together. */
  plan(desired: DesiredEnvironment, observed: readonly KubeObject[]): PlannedStage[]
  /** What to write so that the engine leaves everything as it stands. */
  suspend(observed: readonly KubeObject[]): PlannedStage[]
  /** What the written objects' status means. */
  readSource(desired: DesiredEnvironment, observed: readonly KubeObject[]): SourceState
  readRelease(desired: DesiredEnvironment, observed: readonly KubeObject[]): ReleaseState
  /** Whether releases of ours stand that this engine runs. */
  holds(observed: readonly KubeObject[]): boolean
  /** Whether such a release is among what is observed, and what it takes its chart from. */
  sees(desired: DesiredEnvironment, observed: readonly KubeObject[]): boolean
  /** Forgets releases and sources, and leaves what runs. The release goes last: it tells where a hand-over stands. */
  letGo(desired: DesiredEnvironment, observed: readonly KubeObject[]): Handover
  /** Uninstalls the releases. Nothing of `remaining` means that the engine has seen to it; Helm's records prove it. */
  removeReleases(observed: readonly KubeObject[], circumstances: RemovalCircumstances): Removal
  /** Removes the sources, once the releases are gone. */
  removeSources(observed: readonly KubeObject[]): Removal
}
