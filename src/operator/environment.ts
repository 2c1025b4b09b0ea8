/** `Environment`: observe, plan, apply, report. Every decision is in `core` and `engines`; here is only the order. */
import type { Environment, EnvironmentStatus } from '../api/environment.ts'
import { environmentLabel } from '../api/labels.ts'
import { TronadorError } from '../core/errors.ts'
import type { DesiredEnvironment } from '../core/model.ts'
import { provenOwnership } from '../core/ownership.ts'
import type { OperatorIdentity } from '../core/plan/confinement.ts'
import { type ObservedNamespace, planEnvironment } from '../core/plan/environment-plan.ts'
import { planTeardown } from '../core/plan/teardown-plan.ts'
import { newsBetween, reportEnvironment, reportRefusal, reportRemoval } from '../core/report/environment-report.ts'
import type { Observations } from '../core/report/stages.ts'
import { isReservedNamespace, type OperatorSettings, translateEnvironment } from '../core/translate-environment.ts'
import type { Engine } from '../engines/engine.ts'
import type { Clock } from '../kube/clock.ts'
import { isKubeError, type KubeObject } from '../kube/cluster.ts'
import { namespaces, secrets } from '../kube/resources.ts'
import { applyPlan } from './apply-plan.ts'
import { contentResources } from './environment-watches.ts'
import {
  type Observer,
  observeNamespace,
  observeRelease,
  observeSymptoms,
  observeValues,
  readWorkloadsNow,
} from './observe-environment.ts'
import { resourceOf } from './resource-of.ts'
import type { CleanupOutcome, EventNote, Outcome, Reconciler } from './runtime/reconciler.ts'

/** What the reconciler is made with. */
export interface EnvironmentReconcilerOptions {
  readonly observer: Observer
  readonly engine: Engine
  readonly settings: OperatorSettings
  readonly identity: OperatorIdentity
  readonly clock: Clock
}

/** Milliseconds after which a stage that is not done is looked at closely. */
const patience = 2_000
/** Milliseconds until the next look at what sends no event: a namespace that is not ours, a write that is refused. */
const strangersInterval = 60_000
const teardownInterval = 15_000
const storageInterval = 1_000

/** Makes the reconciler of the kind. */
export function createEnvironmentReconciler(options: EnvironmentReconcilerOptions): Reconciler<Environment> {
  const { observer, engine, settings, identity, clock } = options
  const { cluster, watches } = observer
  const now = () => `${new Date(clock.now()).toISOString().slice(0, 19)}Z`
  const remember = (object: KubeObject) => watches.remember(object, resourceOf(object))

  async function apply(environment: Environment): Promise<Outcome> {
    try {
      return await bringUp(environment, translateEnvironment(environment, settings))
    } catch (error) {
      const refusal = asRefusal(error)
      if (refusal === undefined) throw error
      watches.lookAway(environment.metadata.name)
      const status = reportRefusal(environment, refusal, now())
      return outcome(environment, status, [], refusal.code === 'WriteRefused' ? strangersInterval : undefined)
    }
  }

  /** Brings the cluster to what the environment asks for. */
  async function bringUp(environment: Environment, asked: DesiredEnvironment): Promise<Outcome> {
    let observed = await observeNamespace(observer, asked.owner, isTaken(environment))
    const desired = observed.ownership === 'ours' ? askAgainForValues(asked) : asked
    let { written, nameTaken } = await applyPlan(cluster, planOf(desired, observed), remember)
    if (nameTaken) {
      observed = await observeNamespace(observer, desired.owner, true)
      written = (await applyPlan(cluster, planOf(desired, observed), remember)).written
    }
    const seen = await observeProgress(environment, asked, observed, written)
    const status = reportEnvironment(environment, asked, seen, written, now())
    if (isReady(status) || isStranger(seen)) watches.lookAway(asked.namespace)
    return outcome(environment, status, namespaceNews(observed, written), nextLook(status, seen))
  }

  function planOf(desired: DesiredEnvironment, observed: ObservedNamespace) {
    const { engine: objects } = observeRelease(observer, desired.namespace)
    const stages = { plan: engine.plan(desired, objects), suspend: engine.suspend(objects) }
    return planEnvironment(desired, observed, stages, identity)
  }

  /**
   * The engine backs off for minutes when values are missing. Once they are there it is asked to look again; the
   * request names their revisions, so that it is made once for each change of them.
   */
  function askAgainForValues(desired: DesiredEnvironment): DesiredEnvironment {
    const { engine: objects } = observeRelease(observer, desired.namespace)
    if (engine.readRelease(desired, objects).code !== 'ValuesMissing') return desired
    const values = observeValues(observer, desired)
    if (values === undefined || values.missing.length > 0) return desired
    return { ...desired, valuesRevision: values.revision }
  }

  async function observeProgress(
    environment: Environment,
    desired: DesiredEnvironment,
    observed: ObservedNamespace,
    written: ReadonlySet<string>,
  ): Promise<Observations> {
    const { engine: objects, workloads, routes } = observeRelease(observer, desired.namespace)
    const seen: Observations = {
      ownership: written.has('namespace') ? 'ours' : observed.ownership,
      source: engine.readSource(desired, objects),
      release: engine.readRelease(desired, objects),
      missing: undefined,
      workloads,
      routes,
      symptoms: undefined,
    }
    if (seen.ownership !== 'ours') return seen
    const looksReady = (what: Observations) => isReady(reportEnvironment(environment, desired, what, written, now()))
    if (!looksReady(seen)) return withCloserLook(environment, desired, seen)
    if (isReady(environment.status)) return seen
    // Ready is about to be said anew: only of workloads that the API server shows at this moment.
    const checked = { ...seen, workloads: await readWorkloadsNow(cluster, desired.namespace) }
    return looksReady(checked) ? checked : withCloserLook(environment, desired, checked)
  }

  /** Pods and events are looked at only where it takes long: most releases are there before that. */
  function withCloserLook(environment: Environment, desired: DesiredEnvironment, seen: Observations): Observations {
    const takesLong = seen.source.state === 'Done' && clock.now() - beginningOf(environment) >= patience
    return {
      ...seen,
      missing: observeValues(observer, desired)?.missing,
      symptoms: takesLong ? observeSymptoms(observer, desired.namespace) : undefined,
    }
  }

  async function cleanup(environment: Environment): Promise<CleanupOutcome> {
    const { name, uid = '' } = environment.metadata
    if (isReservedNamespace(name, settings)) return { done: true }
    const owner = { kind: environment.kind, name, uid }
    const namespace = await cluster.get<KubeObject>(namespaces, { name })
    const ownership = namespace === undefined ? 'absent' : provenOwnership(namespace, owner, observer.isLiving)
    if (ownership === 'absent' || ownership === 'foreign') return { done: true }

    const asked = tryToTranslate(environment)
    const objects = await engineObjectsNow(name)
    const releases = engine.removeReleases(objects)
    // In a namespace that is going nothing can be proven any more: the right to look goes with all else in it.
    const isGoing = namespace?.metadata.deletionTimestamp !== undefined
    const storage = releases.remaining.length > 0 || isGoing ? [] : await helmRecords(name, asked?.release.name)
    const home = { namespace: name, profile: asked?.profile ?? 'confined' }
    const teardown = planTeardown(
      home,
      {
        ownership,
        namespace,
        contents: watches.inNamespace(name, contentResources),
        releases,
        sources: engine.removeSources(objects),
        storage,
      },
      identity,
    )
    if (teardown.done) return { done: true }
    await applyPlan(cluster, teardown.plan, remember)
    const status = reportRemoval(environment, teardown, now())
    // Secrets that go send no event: they are looked for often, until it is clear that something holds them.
    const looksForRecords = storage?.length !== 0 && status.conditions?.[0]?.reason !== 'RemovalBlocked'
    const again = looksForRecords ? storageInterval : teardownInterval
    return { done: false, ...outcome(environment, status, [], again) }
  }

  /** From the copies while they show something; that nothing is left is asked of the API server. */
  async function engineObjectsNow(namespace: string): Promise<KubeObject[]> {
    const known = observeRelease(observer, namespace).engine
    if (engine.removeReleases(known).remaining.length > 0) return known
    const labelSelector = `${environmentLabel}=${namespace}`
    const lists = await Promise.all(
      observer.engineResources.map((resource) => cluster.list<KubeObject>(resource, { namespace, labelSelector })),
    )
    return lists.flatMap(({ items }) => items)
  }

  /**
   * Names of the Secrets in which Helm keeps the release, or any release where its name is not known; undefined while
   * the right to look is not there yet.
   */
  async function helmRecords(namespace: string, release: string | undefined): Promise<string[] | undefined> {
    try {
      const labelSelector = release === undefined ? 'owner=helm' : `owner=helm,name=${release}`
      const { items } = await cluster.list<KubeObject>(secrets, { namespace, labelSelector, metadataOnly: true })
      return items.map(({ metadata }) => metadata.name)
    } catch (error) {
      if (isKubeError(error, 'Forbidden')) return undefined
      throw error
    }
  }

  function tryToTranslate(environment: Environment): DesiredEnvironment | undefined {
    try {
      return translateEnvironment(environment, settings)
    } catch (error) {
      if (error instanceof TronadorError) return undefined
      throw error
    }
  }

  return { apply, cleanup, forget: watches.lookAway }
}

/** A refusal by translation, or by an API server that will say the same tomorrow. Everything else is retried. */
function asRefusal(error: unknown): TronadorError | undefined {
  if (error instanceof TronadorError) return error
  const isTerminating = error instanceof Error && /being terminated/.test(error.message)
  if (!isKubeError(error, 'Invalid', 'BadRequest', 'Forbidden') || isTerminating) return undefined
  return new TronadorError('WriteRefused', `The API server refuses a write: ${error.message}.`, { cause: error })
}

/** Whether the name was last seen in other hands: then the copies, which only know what is ours, say nothing. */
function isTaken({ status }: Environment): boolean {
  const reason = status?.conditions?.[0]?.reason
  return reason === 'NamespaceConflict' || reason === 'NamespaceTerminating'
}

function isReady(status: EnvironmentStatus | undefined): boolean {
  return status?.conditions?.[0]?.status === 'True'
}

/** When the stage began that is not done yet, in milliseconds since 1970; never, where none has. */
function beginningOf({ status }: Environment): number {
  const open = status?.stages?.find((stage) => stage.state !== 'Done' && stage.state !== 'Pending')
  return open === undefined ? Number.POSITIVE_INFINITY : Date.parse(open.since)
}

/** Whether the namespace is, for now, in other hands. */
function isStranger({ ownership }: Observations): boolean {
  return ownership === 'foreign' || ownership === 'terminating'
}

/** When to look though nothing happens; undefined where events will tell. */
function nextLook(status: EnvironmentStatus, seen: Observations): number | undefined {
  if (isStranger(seen)) return strangersInterval
  const isUnderWay = seen.source.state === 'Done' && !isReady(status)
  return isUnderWay && seen.symptoms === undefined ? patience : undefined
}

function namespaceNews({ ownership }: ObservedNamespace, written: ReadonlySet<string>): EventNote[] {
  if (!written.has('namespace')) return []
  if (ownership === 'absent') {
    return [{ type: 'Normal', reason: 'NamespaceCreated', message: 'Created the namespace of this environment.' }]
  }
  if (ownership !== 'inherited') return []
  return [{ type: 'Normal', reason: 'NamespaceTakenOver', message: 'Took over the namespace of the predecessor.' }]
}

function outcome(
  environment: Environment,
  status: EnvironmentStatus,
  news: readonly EventNote[],
  againAfter: number | undefined,
): Outcome {
  return {
    status,
    events: [...news, ...newsBetween(environment.status, status)],
    ...(againAfter !== undefined && { againAfter }),
  }
}
