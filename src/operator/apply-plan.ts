/** Carries out a plan: writes only, stage by stage. */
import { operatorFieldManager } from '../api/labels.ts'
import type { Plan, Step } from '../core/plan/plan.ts'
import { type Clock, sleep } from '../kube/clock.ts'
import { type Cluster, isKubeError, type KubeObject } from '../kube/cluster.ts'
import { resourceOf } from './resource-of.ts'

/** What became of a plan. */
export interface PlanOutcome {
  /** Names of the stages that were carried out. */
  readonly written: ReadonlySet<string>
  /** A `create` found its name taken; nothing after it was written. */
  readonly nameTaken: boolean
}

/** Where a plan is carried out. */
export interface PlanSurroundings {
  readonly cluster: Cluster
  readonly clock: Clock
}

/**
 * Milliseconds between the tries of a write whose namespace the API server does not know yet. Its admission policies
 * ask its own copy of the namespaces alone, which hears of a new one a little later.
 */
const namespaceWaits = [50, 100, 200, 400]

/**
 * Writes the stages in order, the steps of one at the same time. Stops after a stage in which a `create` found its
 * name taken; rejects with a stage's first other failure. A plan writes only into a namespace that was seen or that it
 * makes itself: that one is "not found" is no failure until it stays so. `onStored` hears of each object as the API
 * server returned it.
 */
export async function applyPlan(
  { cluster, clock }: PlanSurroundings,
  plan: Plan,
  onStored: (object: KubeObject) => void,
): Promise<PlanOutcome> {
  async function carryOutOnceKnown(step: Step): Promise<KubeObject | undefined> {
    for (const wait of namespaceWaits) {
      try {
        return await carryOut(cluster, step)
      } catch (error) {
        if (!lacksItsNamespace(step, error)) throw error
        await sleep(clock, wait)
      }
    }
    return await carryOut(cluster, step)
  }

  const written = new Set<string>()
  for (const stage of plan) {
    const results = await Promise.allSettled(stage.steps.map((step) => carryOutOnceKnown(step)))
    for (const result of results) {
      if (result.status === 'fulfilled' && result.value !== undefined) onStored(result.value)
    }
    const failure = results.find((result) => result.status === 'rejected')
    if (isKubeError(failure?.reason, 'AlreadyExists')) return { written, nameTaken: true }
    if (failure !== undefined) throw failure.reason
    written.add(stage.name)
  }
  return { written, nameTaken: false }
}

async function carryOut(cluster: Cluster, step: Step): Promise<KubeObject | undefined> {
  if (step.do === 'create') return await cluster.create(resourceOf(step.object), step.object)
  if (step.do === 'apply') {
    return await cluster.apply(resourceOf(step.object), step.object, {
      fieldManager: operatorFieldManager,
      force: true,
    })
  }
  const { metadata } = step.of
  const ref = { name: metadata.name, ...(metadata.namespace !== undefined && { namespace: metadata.namespace }) }
  const uid = metadata.uid
  if (uid === undefined) throw new Error(`${step.of.kind} ${metadata.name} was planned for ${step.do} without its UID`)
  if (step.do === 'delete') {
    await cluster.delete(resourceOf(step.of), ref, { uid, propagation: 'Background' })
    return undefined
  }
  const change = step.patch as { metadata?: object }
  return await cluster.patch(resourceOf(step.of), ref, { ...change, metadata: { ...change.metadata, uid } })
}

/** Admission policies say `namespace "x" not found`, the rest of the API server `namespaces "x" not found`. */
function lacksItsNamespace(step: Step, error: unknown): boolean {
  if ((step.do !== 'create' && step.do !== 'apply') || !isKubeError(error, 'NotFound')) return false
  const { namespace } = step.object.metadata
  return ['namespace', 'namespaces'].some((word) => error.message.endsWith(`${word} "${namespace}" not found`))
}
