/**
 * One engine where several are there: what another engine runs is handed over to the wanted one without a restart, or
 * stays where it is and says why.
 */
import { managedByLabel, managedByValue } from '../api/labels.ts'
import type { KubeObject } from '../api/object.ts'
import { type EngineName, engineTitles } from '../core/engine-choice.ts'
import type { ReleaseState, SourceState } from '../core/engine-state.ts'
import type { DesiredEnvironment } from '../core/model.ts'
import type { PlannedStage } from '../core/plan/plan.ts'
import { runBy } from '../core/run-by.ts'
import type { Engine, Handover, Removal, RemovalCircumstances } from './engine.ts'

/** All engines that the cluster serves, as one. */
export interface Engines
  extends Pick<
    Engine,
    'kinds' | 'plan' | 'suspend' | 'readSource' | 'readRelease' | 'removeReleases' | 'removeSources'
  > {
  /** The wish as it is carried out: by the engine that is wanted, or by the one that keeps the release. */
  asRun(desired: DesiredEnvironment, observed: readonly KubeObject[]): DesiredEnvironment
  /** Whether a release of ours stands, whichever engine runs it. */
  holds(observed: readonly KubeObject[]): boolean
  /** Whether a release of ours is in sight with what it takes its chart from, whichever engine runs it. */
  sees(desired: DesiredEnvironment, observed: readonly KubeObject[]): boolean
  /** Whether what the chart made carries our environment label. */
  labelsWorkloads(observed: readonly KubeObject[]): boolean
}

/** The engine's releases that we made. */
function releasesOf({ kinds }: Engine, observed: readonly KubeObject[]): KubeObject[] {
  return observed.filter(
    ({ apiVersion, kind, metadata }) =>
      kind === 'HelmRelease' &&
      kinds.some((known) => known.apiVersion === apiVersion && known.kind === kind) &&
      metadata.labels?.[managedByLabel] === managedByValue,
  )
}

/** Makes them one. */
export function withHandover(engines: readonly Engine[]): Engines {
  const named = (name: EngineName): Engine => {
    const engine = engines.find((candidate) => candidate.name === name)
    if (engine === undefined) throw new Error(`the engine ${name} is wanted and not served`)
    return engine
  }
  const collect = (removals: readonly Removal[]): Removal => ({
    stages: removals.flatMap(({ stages }) => stages),
    remaining: removals.flatMap(({ remaining }) => remaining),
    needsRecords: removals.some(({ needsRecords }) => needsRecords === true),
  })

  /** The other engine that still runs the release, how it would let go, and what is said meanwhile. */
  function handoverOf(
    desired: DesiredEnvironment,
    observed: readonly KubeObject[],
  ): { from: Engine; handover: Handover; message: string } | undefined {
    const from = engines.find(({ name, holds }) => name !== desired.engine && holds(observed))
    if (from === undefined) return undefined
    const [is, shall] = [engineTitles[from.name], engineTitles[desired.engine]]
    // A release of another name than the one asked for would run on beside it: it is not handed over, but uninstalled.
    const others = releasesOf(from, observed).filter(({ metadata }) => metadata.name !== desired.release.name)
    if (others.length > 0) {
      const names = others.map(({ metadata }) => metadata.name).join(', ')
      const circumstances = { desired: undefined, records: undefined, waited: 0 }
      const message = `${is} uninstalls the release ${names} before ${shall} makes the one that is asked for now.`
      return { from, handover: from.removeReleases(others, circumstances), message }
    }
    const message = `${is} hands the release over to ${shall}; what runs goes on running.`
    return { from, handover: from.letGo(desired, observed), message }
  }

  /** The engine that answers for the release now, and what to say of it besides. */
  function inCharge(
    desired: DesiredEnvironment,
    observed: readonly KubeObject[],
  ): { engine: Engine; goesOver?: string; note?: ReleaseState['note'] } {
    const wanted = named(desired.engine)
    const other = handoverOf(desired, observed)
    if (other === undefined) return { engine: wanted }
    // What is suspended stays where it is, and so does the word on it.
    if (desired.suspended) return { engine: other.from }
    const [is, shall] = [engineTitles[other.from.name], engineTitles[wanted.name]]
    const { obstacle } = other.handover
    if (obstacle === undefined) return { engine: wanted, goesOver: other.message }
    const message = `It stays with ${is}, though ${shall} is wanted: ${obstacle}.`
    return { engine: other.from, note: { code: 'EngineHandoverRefused', message } }
  }

  return {
    kinds: engines.flatMap(({ kinds }) => kinds),
    plan(desired, observed): PlannedStage[] {
      const other = handoverOf(desired, observed)
      if (other === undefined) return named(desired.engine).plan(desired, observed)
      if (other.handover.obstacle !== undefined) return other.from.plan(runBy(other.from.name, desired), observed)
      const { stages, remaining, after = [] } = other.handover
      if (remaining.length > 0) return [...stages]
      return [...stages, ...named(desired.engine).plan(desired, observed), ...after]
    },
    asRun: (desired, observed) => runBy(inCharge(desired, observed).engine.name, desired),
    suspend: (observed) => engines.flatMap((engine) => engine.suspend(observed)),
    readSource(desired, observed): SourceState {
      const { engine, goesOver } = inCharge(desired, observed)
      if (goesOver !== undefined) return { state: 'Running', progress: goesOver, message: goesOver }
      return engine.readSource(desired, observed)
    },
    readRelease(desired, observed): ReleaseState {
      const { engine, goesOver, note } = inCharge(desired, observed)
      if (goesOver !== undefined) return { state: 'Running', progress: goesOver, message: goesOver, isDeployed: true }
      const state = engine.readRelease(desired, observed)
      return note === undefined ? state : { ...state, note }
    },
    holds: (observed) => engines.some((engine) => engine.holds(observed)),
    sees: (desired, observed) => engines.some((engine) => engine.sees(desired, observed)),
    labelsWorkloads: (observed) => engines.every((engine) => engine.labelsWorkloads || !engine.holds(observed)),
    removeReleases: (observed: readonly KubeObject[], circumstances: RemovalCircumstances) =>
      collect(engines.map((engine) => engine.removeReleases(observed, circumstances))),
    removeSources: (observed) => collect(engines.map((engine) => engine.removeSources(observed))),
  }
}
