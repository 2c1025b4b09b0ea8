/**
 * An environment, of whichever kind: observe, plan, apply, report. Every decision is in `core` and `engines`; here is
 * only the order.
 */
import type { EnvironmentStatus } from '../api/environment.ts'
import { TronadorError } from '../core/errors.ts'
import type { DesiredEnvironment } from '../core/model.ts'
import { asAdopted, isEarlierTronadors } from '../core/ownership.ts'
import type { OperatorIdentity } from '../core/plan/confinement.ts'
import { type ObservedNamespace, planEnvironment } from '../core/plan/environment-plan.ts'
import { newsBetween, reportEnvironment, reportRefusal } from '../core/report/environment-report.ts'
import type { Observations } from '../core/report/stages.ts'
import type { OperatorSettings } from '../core/translation.ts'
import type { Workload } from '../core/workloads.ts'
import type { Engines } from '../engines/with-handover.ts'
import type { Clock } from '../kube/clock.ts'
import { isKubeError, type KubeObject } from '../kube/cluster.ts'
import { applyPlan } from './apply-plan.ts'
import type { AnyEnvironment, KindOfEnvironment } from './environment-kinds.ts'
import { createTeardown } from './environment-teardown.ts'
import {
  type Observer,
  observeNamespace,
  observeRelease,
  observeSymptoms,
  observeValues,
  readEngineObjectsNow,
  readUnlabelledNow,
  readWorkloadsNow,
  type SeenRelease,
} from './observe-environment.ts'
import { resourceOf } from './resource-of.ts'
import type { EventNote, Outcome, Reconciler } from './runtime/reconciler.ts'

/** What the reconciler is made with. */
export interface EnvironmentReconcilerOptions {
  readonly kind: KindOfEnvironment
  readonly observer: Observer
  readonly engines: Engines
  readonly settings: OperatorSettings
  readonly identity: OperatorIdentity
  readonly clock: Clock
}

/** Milliseconds after which a stage that is not done is looked at closely. */
const patience = 2_000
/** Milliseconds until the next look at what sends no event: a namespace that is not ours, a write that is refused. */
const strangersInterval = 60_000
/** Milliseconds until the next look at workloads that carry no label of ours and fail: their pods are watched. */
const unlabelledInterval = 15_000

/** Makes the reconciler of the kind. */
export function createEnvironmentReconciler(options: EnvironmentReconcilerOptions): Reconciler<AnyEnvironment> {
  const { kind, observer, engines, settings, identity, clock } = options
  const { cluster, watches, closer } = observer
  const now = () => `${new Date(clock.now()).toISOString().slice(0, 19)}Z`
  const remember = (object: KubeObject) => watches.remember(object, resourceOf(object))

  async function apply(environment: AnyEnvironment): Promise<Outcome> {
    try {
      return await bringUp(environment, kind.translate(environment, settings))
    } catch (error) {
      const refusal = asRefusal(error)
      if (refusal === undefined) throw error
      closer.lookAway(environment.metadata.name)
      const status = kind.say(reportRefusal(environment, refusal, now()))
      return outcome(environment, status, [], refusal.code === 'WriteRefused' ? strangersInterval : undefined)
    }
  }

  /** Brings the cluster to what the environment asks for. */
  async function bringUp(environment: AnyEnvironment, asked: DesiredEnvironment): Promise<Outcome> {
    const known = await lookAtRelease(asked)
    const namespace = await observeNamespace(observer, asked.owner, isTaken(environment))
    let observed = await considerAdoption(environment, asked, namespace, known)
    const desired = observed.ownership === 'ours' ? askAgainForValues(asked, known) : asked
    let { written, nameTaken } = await applyPlan({ cluster, clock }, planOf(desired, observed, known), remember)
    if (nameTaken) {
      const taken = await observeNamespace(observer, desired.owner, true)
      observed = await considerAdoption(environment, desired, taken, known)
      written = (await applyPlan({ cluster, clock }, planOf(desired, observed, known), remember)).written
    }
    const workloads = (observed.left?.workloads ?? known.workloads) as Workload[]
    const after = { ...known, workloads, engine: observeRelease(observer, asked.namespace).engine }
    const seen = await observeProgress(environment, asked, observed, written, after)
    const asRun = engines.asRun(asked, [...after.engine, ...seen.workloads])
    const report = reportEnvironment(environment, asRun, seen, written, now())
    const status = kind.say(report, { desired: asked, release: seen.release })
    if (isReady(status) || isStranger(seen)) closer.lookAway(asked.namespace)
    return outcome(environment, status, namespaceNews(observed, written), nextLook(status, seen, after))
  }

  /** From the copies, where the engine labels what its charts make; what it leaves unlabelled is asked for. */
  async function lookAtRelease(desired: DesiredEnvironment): Promise<SeenRelease> {
    const known = observeRelease(observer, desired.namespace)
    if (engines.labelsWorkloads(known.engine)) return known
    const { state, isDeployed } = engines.readRelease(desired, known.engine)
    if (!isDeployed) return known
    return { ...known, ...(await readUnlabelledNow(observer, desired.namespace)), isOfNow: state === 'Done' }
  }

  /**
   * A namespace in other hands is adopted where an earlier Tronador's release in it proves that it is to be ours. In
   * one of ours without a release in sight a person, or an adoption that was cut short, has left that to be done; and
   * of a release without its source nobody could tell whether a new commit is asked for.
   */
  async function considerAdoption(
    { status }: AnyEnvironment,
    desired: DesiredEnvironment,
    observed: ObservedNamespace,
    known: SeenRelease,
  ): Promise<ObservedNamespace> {
    const isOurs = observed.ownership === 'ours'
    if (!isOurs && observed.ownership !== 'foreign') return observed
    if (isOurs && engines.sees(desired, known.engine)) return observed
    const standing = await readEngineObjectsNow(observer, desired.namespace)
    if (!isOurs && !isEarlierTronadors(observed.namespace, desired.release.name, standing)) return observed
    const engine = asAdopted(standing, desired.release.name)
    if (!engines.holds(engine)) return observed
    const { workloads } = await readUnlabelledNow(observer, desired.namespace)
    const left = { engine, workloads }
    if (isOurs) return { ...observed, left }
    const earlierLabelKeys = Object.keys(status?.namespaceLabels ?? {})
    return { ...observed, ownership: 'adoptable', left, earlierLabelKeys }
  }

  function planOf(desired: DesiredEnvironment, observed: ObservedNamespace, seen: SeenRelease) {
    const { engine, workloads } = observed.left ?? seen
    const objects = [...engine, ...workloads]
    const stages = { plan: engines.plan(desired, objects), suspend: engines.suspend(objects) }
    return planEnvironment(engines.asRun(desired, objects), observed, stages, identity)
  }

  /**
   * The engine backs off for minutes when values are missing. Once they are there it is asked to look again; the
   * request names their revisions, so that it is made once for each change of them.
   */
  function askAgainForValues(desired: DesiredEnvironment, { engine, workloads }: SeenRelease): DesiredEnvironment {
    const symptoms = closer.events.scopes().includes(desired.namespace)
      ? observeSymptoms(observer, desired.namespace)
      : undefined
    const release = engines.readRelease(desired, [...engine, ...workloads, ...(symptoms?.events ?? [])])
    if (release.code !== 'ValuesMissing') return desired
    const values = observeValues(observer, desired)
    if (values === undefined || values.missing.length > 0) return desired
    return { ...desired, valuesRevision: values.revision }
  }

  async function observeProgress(
    environment: AnyEnvironment,
    desired: DesiredEnvironment,
    observed: ObservedNamespace,
    written: ReadonlySet<string>,
    { engine, workloads, routes, isOfNow }: SeenRelease,
  ): Promise<Observations> {
    const objects = [...engine, ...workloads]
    const seen: Observations = {
      ownership: written.has('namespace') ? 'ours' : observed.ownership,
      source: engines.readSource(desired, objects),
      release: engines.readRelease(desired, objects),
      missing: undefined,
      workloads,
      routes,
      symptoms: undefined,
    }
    if (seen.ownership !== 'ours') return seen
    const looksReady = (what: Observations) => isReady(reportEnvironment(environment, desired, what, written, now()))
    if (!looksReady(seen)) return withCloserLook(environment, desired, seen, objects)
    // Ready is about to be said anew: only of workloads that the API server shows at this moment.
    if (isReady(environment.status) || isOfNow) return seen
    const fresh = engines.labelsWorkloads(engine)
      ? { workloads: await readWorkloadsNow(observer, desired.namespace) }
      : await readUnlabelledNow(observer, desired.namespace)
    const checked = { ...seen, ...fresh }
    return looksReady(checked) ? checked : withCloserLook(environment, desired, checked, objects)
  }

  /**
   * Pods and events are looked at only where it takes long: most releases are there before that. Some engines say why
   * something failed in events alone.
   */
  function withCloserLook(
    environment: AnyEnvironment,
    desired: DesiredEnvironment,
    seen: Observations,
    objects: readonly KubeObject[],
  ): Observations {
    const mayTell = seen.source.state === 'Done' || !engines.labelsWorkloads(objects)
    const takesLong = mayTell && clock.now() - beginningOf(environment) >= patience
    const symptoms = takesLong ? observeSymptoms(observer, desired.namespace) : undefined
    const told = [...objects, ...(symptoms?.events ?? [])]
    return {
      ...seen,
      source: engines.readSource(desired, told),
      release: engines.readRelease(desired, told),
      missing: observeValues(observer, desired)?.missing,
      symptoms,
    }
  }

  /** When to look though nothing happens; undefined where events will tell. */
  function nextLook(status: EnvironmentStatus, seen: Observations, { engine }: SeenRelease): number | undefined {
    if (isStranger(seen)) return strangersInterval
    if (isReady(status)) return undefined
    const isUnlabelled = !engines.labelsWorkloads(engine)
    // A failure, too, is not known until its events were looked at, where they alone tell.
    if (isUnlabelled && seen.symptoms === undefined) return patience
    if (isStalled(status)) return undefined
    if (seen.source.state === 'Done' && seen.symptoms === undefined) return patience
    if (!isUnlabelled || seen.release.state !== 'Done') return undefined
    return status.phase === 'Failing' ? unlabelledInterval : patience
  }

  return { apply, cleanup: createTeardown({ ...options, now, remember }), forget: closer.lookAway }
}

/** A refusal by translation, or by an API server that will say the same tomorrow. Everything else is retried. */
function asRefusal(error: unknown): TronadorError | undefined {
  if (error instanceof TronadorError) return error
  const isTerminating = error instanceof Error && /being terminated/.test(error.message)
  if (!isKubeError(error, 'Invalid', 'BadRequest', 'Forbidden') || isTerminating) return undefined
  return new TronadorError('WriteRefused', `The API server refuses a write: ${error.message}.`, { cause: error })
}

/** Whether the name was last seen in other hands: then the copies, which only know what is ours, say nothing. */
function isTaken({ status }: AnyEnvironment): boolean {
  const reason = status?.conditions?.[0]?.reason
  return reason === 'NamespaceConflict' || reason === 'NamespaceTerminating'
}

function isReady(status: EnvironmentStatus | undefined): boolean {
  return status?.conditions?.[0]?.status === 'True'
}

function isStalled({ conditions }: EnvironmentStatus): boolean {
  return conditions?.some(({ type }) => type === 'Stalled') ?? false
}

/** When the stage began that is not done yet, in milliseconds since 1970; never, where none has. */
function beginningOf({ status }: AnyEnvironment): number {
  const open = status?.stages?.find((stage) => stage.state !== 'Done' && stage.state !== 'Pending')
  return open === undefined ? Number.POSITIVE_INFINITY : Date.parse(open.since)
}

/** Whether the namespace is, for now, in other hands. */
function isStranger({ ownership }: Observations): boolean {
  return ownership === 'foreign' || ownership === 'terminating'
}

function namespaceNews({ ownership }: ObservedNamespace, written: ReadonlySet<string>): EventNote[] {
  if (!written.has('namespace')) return []
  const news = (reason: string, message: string): EventNote[] => [{ type: 'Normal', reason, message }]
  if (ownership === 'absent') return news('NamespaceCreated', 'Created the namespace of this environment.')
  if (ownership === 'inherited') return news('NamespaceTakenOver', 'Took over the namespace of the predecessor.')
  if (ownership !== 'adoptable') return []
  return news('EnvironmentAdopted', 'Took over what an earlier Tronador had made; what runs goes on running.')
}

function outcome(
  environment: AnyEnvironment,
  status: EnvironmentStatus,
  news: readonly EventNote[],
  againAfter: number | undefined,
): Outcome {
  return {
    status: { ...status },
    events: [...news, ...newsBetween(environment.status, status)],
    ...(againAfter !== undefined && { againAfter }),
  }
}
