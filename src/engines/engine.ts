/**
 * The port to an engine: the controller in the cluster that fetches a chart and runs Helm. Pure: an engine says what
 * to write and what the written objects' status means; it reads and writes nothing itself.
 */
import type { KubeObject } from '../api/object.ts'
import type { ReleaseState, SourceState } from '../core/engine-state.ts'
import type { DesiredEnvironment } from '../core/model.ts'
import type { PlannedStage } from '../core/plan/plan.ts'

/** A kind of the engine's, by which its objects are found. */
export interface EngineKind {
  readonly apiVersion: string
  readonly kind: string
}

/** What still stands of a release. */
export interface Removal {
  /** What to write now, in order. */
  readonly stages: readonly PlannedStage[]
  /** What is not gone yet, for people: `HelmRelease shop`. Empty: everything is gone. */
  readonly remaining: readonly string[]
}

/** One engine. `observed` is always every object of {@link Engine.kinds} in the environment's namespace. */
export interface Engine {
  /** The kinds whose objects carry our environment label and must be watched. */
  readonly kinds: readonly EngineKind[]
  /** What to write so that the release becomes what is asked for. Chart and values of one commit go together. */
  plan(desired: DesiredEnvironment, observed: readonly KubeObject[]): PlannedStage[]
  /** What to write so that the engine leaves everything as it stands. */
  suspend(observed: readonly KubeObject[]): PlannedStage[]
  /** What the written objects' status means. */
  readSource(desired: DesiredEnvironment, observed: readonly KubeObject[]): SourceState
  readRelease(desired: DesiredEnvironment, observed: readonly KubeObject[]): ReleaseState
  /** Uninstalls the releases. Nothing of `remaining` means that Helm has finished, hooks included. */
  removeReleases(observed: readonly KubeObject[]): Removal
  /** Removes the sources, once the releases are gone. */
  removeSources(observed: readonly KubeObject[]): Removal
}
