/**
 * How an environment goes: its release (Helm's uninstall, proven by the disappearance of its storage), its source, its
 * namespace; only then its finalizer. What is not provably its own is left as it stands.
 */
import type { KubeObject } from '../../api/object.ts'
import { actingRights, type Home, type OperatorIdentity } from './confinement.ts'
import { applyWhereDifferent } from './difference.ts'
import { identify, type Plan, type PlannedStage, withoutEmptyStages } from './plan.ts'

/** What is seen of an environment that goes. */
export interface ObservedTeardown {
  readonly ownership: 'absent' | 'ours' | 'inherited' | 'foreign'
  readonly namespace: KubeObject | undefined
  readonly contents: readonly KubeObject[]
  /** The engine's steps to remove releases and sources, and what of them still stands. */
  readonly releases: { readonly stages: readonly PlannedStage[]; readonly remaining: readonly string[] }
  readonly sources: { readonly stages: readonly PlannedStage[]; readonly remaining: readonly string[] }
  /** Helm's own records of the release that still stand; undefined while they cannot be read. */
  readonly storage: readonly string[] | undefined
}

/** One pass of the teardown. */
export type Teardown =
  | { readonly done: true }
  | {
      readonly done: false
      /** Where it stands. */
      readonly stage: 'release' | 'source' | 'namespace'
      /** What is still there, for people. */
      readonly remaining: readonly string[]
      readonly plan: Plan
    }

/** The next step of the teardown. */
export function planTeardown(home: Home, observed: ObservedTeardown, operator: OperatorIdentity): Teardown {
  const { ownership, namespace, releases, sources, storage } = observed
  if (ownership === 'absent' || ownership === 'foreign' || namespace === undefined) return { done: true }
  if (releases.remaining.length > 0) {
    const plan = withoutEmptyStages([rightsToUninstall(home, observed, operator), ...releases.stages])
    return { done: false, stage: 'release', remaining: releases.remaining, plan }
  }
  if (storage === undefined) {
    const plan = withoutEmptyStages([rightsToUninstall(home, observed, operator)])
    return { done: false, stage: 'release', remaining: ['Helm’s records of the release'], plan }
  }
  if (storage.length > 0) {
    return { done: false, stage: 'release', remaining: storage.map((name) => `Secret ${name} of Helm`), plan: [] }
  }
  if (sources.remaining.length > 0) {
    return { done: false, stage: 'source', remaining: sources.remaining, plan: withoutEmptyStages(sources.stages) }
  }
  return {
    done: false,
    stage: 'namespace',
    remaining: [describeNamespace(namespace)],
    plan: removeNamespace(namespace),
  }
}

/** Flux skips the uninstall without a word when the account is gone under which it acts: so that comes back first. */
function rightsToUninstall(home: Home, observed: ObservedTeardown, operator: OperatorIdentity): PlannedStage {
  const isGoing = observed.namespace?.metadata.deletionTimestamp !== undefined
  const steps = isGoing
    ? []
    : actingRights(home, operator).flatMap((wanted) => applyWhereDifferent(wanted, observed.contents))
  return { name: 'rights', steps }
}

function removeNamespace(namespace: KubeObject): Plan {
  if (namespace.metadata.deletionTimestamp !== undefined) return []
  return [{ name: 'remove namespace', steps: [{ do: 'delete', of: identify(namespace) }] }]
}

interface GoingNamespace extends KubeObject {
  status?: { conditions?: readonly { type: string; status: string; message: string }[] }
}

/** The namespace, and what the namespace controller says holds it. */
function describeNamespace(namespace: GoingNamespace): string {
  const blocks = (namespace.status?.conditions ?? [])
    .filter(({ type, status }) => status === 'True' && type.startsWith('Namespace'))
    .map(({ message }) => message)
  const held = (namespace.metadata.finalizers ?? []).map((finalizer) => `held by the finalizer ${finalizer}`)
  const why = [...held, ...blocks].join('; ')
  return `Namespace ${namespace.metadata.name}${why === '' ? '' : ` (${why})`}`
}
