/**
 * One engine where several are there: what another engine runs is handed over to the wanted one without a restart, or
 * stays where it is and says why.
 */
import type { KubeObject } from '../api/object.ts'
import { type EngineName, engineTitles } from '../core/engine-choice.ts'
import type { ReleaseState } from '../core/engine-state.ts'
import type { DesiredEnvironment } from '../core/model.ts'
import type { PlannedStage } from '../core/plan/plan.ts'
import type { Engine, Handover, Removal, RemovalCircumstances } from './engine.ts'

/** All engines that the cluster serves, as one. */
export interface Engines
  extends Pick<
    Engine,
    'kinds' | 'plan' | 'suspend' | 'readSource' | 'readRelease' | 'removeReleases' | 'removeSources'
  > {
  /** Whether a release of ours stands, whichever engine runs it. */
  holds(observed: readonly KubeObject[]): boolean
  /** Whether what the chart made carries our environment label. */
  labelsWorkloads(observed: readonly KubeObject[]): boolean
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

  /** The other engine that still runs the release, and how it would let go. */
  function handoverOf(
    desired: DesiredEnvironment,
    observed: readonly KubeObject[],
  ): { from: Engine; handover: Handover } | undefined {
    const from = engines.find(({ name, holds }) => name !== desired.engine && holds(observed))
    return from && { from, handover: from.letGo(desired, observed) }
  }

  /** The engine that answers for the release now. */
  function inCharge(desired: DesiredEnvironment, observed: readonly KubeObject[]): Engine {
    const other = handoverOf(desired, observed)
    return other?.handover.obstacle === undefined ? named(desired.engine) : other.from
  }

  return {
    kinds: engines.flatMap(({ kinds }) => kinds),
    plan(desired, observed): PlannedStage[] {
      const other = handoverOf(desired, observed)
      if (other === undefined) return named(desired.engine).plan(desired, observed)
      if (other.handover.obstacle !== undefined) return other.from.plan(desired, observed)
      const { stages, remaining } = other.handover
      return [...stages, ...(remaining.length > 0 ? [] : named(desired.engine).plan(desired, observed))]
    },
    suspend: (observed) => engines.flatMap((engine) => engine.suspend(observed)),
    readSource: (desired, observed) => inCharge(desired, observed).readSource(desired, observed),
    readRelease(desired, observed): ReleaseState {
      const other = handoverOf(desired, observed)
      const state = inCharge(desired, observed).readRelease(desired, observed)
      if (other === undefined) return state
      const [is, shall] = [engineTitles[other.from.name], engineTitles[desired.engine]]
      if (other.handover.obstacle !== undefined) {
        const note = `It stays with ${is}, though ${shall} is wanted: ${other.handover.obstacle}.`
        return { ...state, note: { code: 'EngineHandoverRefused', message: note } }
      }
      const message = `${is} hands the release over to ${shall}; what runs goes on running.`
      return { ...state, state: 'Running', isDeployed: true, message }
    },
    holds: (observed) => engines.some((engine) => engine.holds(observed)),
    labelsWorkloads: (observed) => engines.every((engine) => engine.labelsWorkloads || !engine.holds(observed)),
    removeReleases: (observed: readonly KubeObject[], circumstances: RemovalCircumstances) =>
      collect(engines.map((engine) => engine.removeReleases(observed, circumstances))),
    removeSources: (observed) => collect(engines.map((engine) => engine.removeSources(observed))),
  }
}
