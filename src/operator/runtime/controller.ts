/**
 * Runs a {@link Reconciler}: watches its objects and whatever else bears on them, calls it for each key that
 * something happened to, and carries out what it returns: status, events, finalizer, when to look again.
 */
import type { Clock, Random } from '../../kube/clock.ts'
import { type Cluster, isKubeError, type KubeObject, type Resource, type Selection } from '../../kube/cluster.ts'
import { type Backoff, backoffDelay } from './backoff.ts'
import { createEventRecorder } from './events.ts'
import { addFinalizer, hasFinalizer, removeFinalizer } from './finalizer.ts'
import { keyOf, refOf } from './keys.ts'
import { createListWatch, type ListWatch } from './list-watch.ts'
import { describeError, type Log, silentLog } from './log.ts'
import type { ControllerMetrics, Metrics, PassResult } from './metrics.ts'
import type { Outcome, Reconciler } from './reconciler.ts'
import { isNewer, isSameObject } from './revision.ts'
import { writeStatus } from './status.ts'
import { createWorkQueue, type WorkResult } from './work-queue.ts'

/** Another resource that bears on the controller's objects; {@link watchFor} makes one. */
export interface WatchSource {
  /** Opens the watch; it calls `wake` with the key of each of the controller's objects concerned. */
  open(wake: (key: string) => void, log: Log): Pick<ListWatch<KubeObject>, 'synced' | 'stop'>
}

/** What a controller is made with. */
export interface ControllerOptions<T extends KubeObject> {
  /** Names the controller in logs and metrics. */
  readonly name: string
  readonly cluster: Cluster
  readonly resource: Resource
  readonly selection?: Selection
  readonly reconciler: Reconciler<T>
  /** Put on every object before the first `apply`, taken off when `cleanup` is done. Without it there is no `cleanup`. */
  readonly finalizer?: string
  readonly watches?: readonly WatchSource[]
  /** How many objects are worked on at a time; 16 if not given. */
  readonly concurrency?: number
  readonly clock: Clock
  readonly random: Random
  readonly log?: Log
  readonly metrics?: Metrics
  /** Who records events: controller and process. Without it events are dropped. */
  readonly reporter?: { readonly controller: string; readonly instance: string }
  readonly backoff?: Backoff
  /** Milliseconds between two looks at every object though nothing happened; half an hour if not given. */
  readonly resyncEvery?: number
}

/** See {@link createController}. */
export interface Controller<T extends KubeObject> {
  /** Resolves when all watches have their first list and work begins; never rejects. */
  readonly ready: Promise<void>
  isReady(): boolean
  /** The local copy of the objects. Shared: never change one. */
  readonly objects: ListWatch<T>
  /** Has the object of that key looked at. */
  wake(key: string): void
  /** Takes up nothing new, ends the watches and resolves when the work under way is done. */
  stop(): Promise<void>
}

/** A conflict says only that we looked at something old: look again soon, and tell nobody. */
const conflictBackoff: Backoff = { first: 50, longest: 30_000 }

/** Starts a controller. No object is worked on before every watch has its first list. */
export function createController<T extends KubeObject>(options: ControllerOptions<T>): Controller<T> {
  const { name, cluster, resource, reconciler, finalizer, clock, random } = options
  const log = options.log ?? silentLog
  const metrics = options.metrics?.ofController(name)
  const recorder = options.reporter && createEventRecorder({ cluster, clock, log, ...options.reporter })
  /** Keys whose last write may or may not have happened: the copy is not trusted for them. */
  const uncertain = new Set<string>()
  /** How many conflicts in a row each key met. */
  const conflicts = new Map<string, number>()
  /** Keys that were woken before all watches had their first list. */
  const early = new Set<string>()
  /** Passes under way: the object as the pass knows it, and as an event brought it meanwhile. */
  const passes = new Map<string, { known?: T; seen?: T }>()
  let isReady = false

  const queue = createWorkQueue({
    work: (key) => measured(metrics, clock, () => pass(key)),
    concurrency: options.concurrency ?? 16,
    clock,
    random,
    ...(options.backoff === undefined ? {} : { backoff: options.backoff }),
    ...(metrics === undefined ? {} : { observer: metrics.queue }),
    onFailure: (key, error, retryAfter) =>
      log.error({ controller: name, key, error: describeError(error), retryAfter }, 'pass failed'),
  })
  const wake = (key: string) => void (isReady ? queue.add(key) : early.add(key))

  const objects = createListWatch<T>({
    cluster,
    resource,
    ...(options.selection === undefined ? {} : { selection: options.selection }),
    ...(options.resyncEvery === undefined ? {} : { resyncEvery: options.resyncEvery }),
    clock,
    random,
    log,
    onEvent({ type, object }) {
      const key = keyOf(object)
      if (type === 'removed') forget(key, object)
      const running = passes.get(key)
      if (type === 'updated' && running !== undefined) running.seen = object
      else wake(key)
    },
  })
  const others = (options.watches ?? []).map((source) => source.open(wake, log))

  function forget(key: string, object: T): void {
    recorder?.forget(object)
    uncertain.delete(key)
  }

  /** One look at one object. */
  async function pass(key: string): Promise<WorkResult> {
    const running: { known?: T; seen?: T } = {}
    passes.set(key, running)
    try {
      const object = await freshest(key)
      if (object === undefined) {
        conflicts.delete(key)
        reconciler.forget?.(key)
        return {}
      }
      running.known = object
      const again = isBeingDeleted(object) ? await teardown(object) : await bringUp(object)
      conflicts.delete(key)
      return again === undefined ? {} : { againAfter: again }
    } catch (error) {
      uncertain.add(key)
      if (!isKubeError(error, 'Conflict')) throw error
      const count = (conflicts.get(key) ?? 0) + 1
      conflicts.set(key, count)
      return { againAfter: backoffDelay(conflictBackoff, count, random) }
    } finally {
      passes.delete(key)
      // Our own writes speak of the revision they were made on, so that up to the last of them nothing is news.
      if (running.seen !== undefined && isNews(running.seen, running.known)) wake(key)
    }
  }

  /** The object as we know it; read anew where our last write may have gone either way. */
  async function freshest(key: string): Promise<T | undefined> {
    if (!uncertain.has(key)) return objects.get(key)
    const object = await cluster.get<T>(resource, refOf(key))
    uncertain.delete(key)
    if (object !== undefined) learn(object)
    return object
  }

  function learn(object: T): void {
    objects.note(object)
    const running = passes.get(keyOf(object))
    if (running !== undefined) running.known = object
  }

  async function bringUp(object: T): Promise<number | undefined> {
    const held = finalizer === undefined ? object : await ensureFinalizer(object, finalizer)
    return await settle(held, await reconciler.apply(held))
  }

  async function teardown(object: T): Promise<number | undefined> {
    if (finalizer === undefined || !hasFinalizer(object, finalizer)) return undefined
    const outcome = await reconciler.cleanup(object)
    if (!outcome.done) return await settle(object, outcome)
    const released = await removeFinalizer(cluster, resource, object, finalizer)
    if (released !== undefined) learn(released)
    return undefined
  }

  async function ensureFinalizer(object: T, finalizer: string): Promise<T> {
    if (hasFinalizer(object, finalizer)) return object
    const held = await addFinalizer(cluster, resource, object, finalizer)
    learn(held)
    return held
  }

  /** Carries out what the reconciler said; the status goes first, for events speak of what it shows. */
  async function settle(object: T, { status, events = [], againAfter }: Outcome): Promise<number | undefined> {
    learn(await writeStatus(cluster, resource, object, status))
    await recorder?.record(object, events)
    return againAfter
  }

  const ready = Promise.all([objects.synced, ...others.map(({ synced }) => synced)]).then(() => {
    isReady = true
    for (const key of early) queue.add(key)
    early.clear()
  })

  return {
    ready,
    isReady: () => isReady,
    objects,
    wake,
    async stop() {
      await Promise.all([objects, ...others].map((watch) => watch.stop()).concat(queue.stop()))
    },
  }
}

const isNews = (seen: KubeObject, known: KubeObject | undefined): boolean =>
  known === undefined || !isSameObject(seen, known) || isNewer(seen, known)

const isBeingDeleted = (object: KubeObject): boolean => object.metadata.deletionTimestamp !== undefined

async function measured(
  metrics: ControllerMetrics | undefined,
  clock: Clock,
  work: () => Promise<WorkResult>,
): Promise<WorkResult> {
  const startedAt = clock.now()
  let result: PassResult = 'error'
  try {
    const done = await work()
    result = done.againAfter === undefined ? 'success' : 'requeue_after'
    return done
  } finally {
    metrics?.passed(result, (clock.now() - startedAt) / 1000)
  }
}
