/**
 * A local copy of all objects of a resource (or of a selection) that keeps itself in step with the API server. It
 * always comes back: a lost connection is taken up again where it broke off, a revision that is too old means a
 * new list, and a watch that is silent for too long counts as lost.
 */
import { type Clock, type Random, sleep } from '../../kube/clock.ts'
import { type Cluster, isKubeError, type KubeObject, type Resource, type Selection } from '../../kube/cluster.ts'
import { type Backoff, backoffDelay } from './backoff.ts'
import { keyOf } from './keys.ts'
import { describeError, type Log, silentLog } from './log.ts'
import { createObjectCache, type IndexFunctions, type ObjectCache } from './object-cache.ts'
import { isNewer, isSameObject } from './revision.ts'

/**
 * What happened to an object. `resynced` says that nothing did: it comes for every object now and then, so that
 * whoever missed something looks again. An object that was deleted and made anew is `removed`, then `added`.
 */
export interface Change<T extends KubeObject> {
  readonly type: 'added' | 'updated' | 'removed' | 'resynced'
  /** As it stands; for `removed` as it last stood. Shared with the cache: never change it. */
  readonly object: T
}

/** What to keep a copy of, and how. */
export interface ListWatchOptions<T extends KubeObject> {
  readonly cluster: Cluster
  readonly resource: Resource
  readonly selection?: Selection
  readonly clock: Clock
  readonly random: Random
  readonly log?: Log
  /** Trims an object before it is kept, for instance {@link withoutSecretData}. `managedFields` always go. */
  readonly transform?: (object: T) => T
  readonly onEvent?: (change: Change<T>) => void
  /** Finds objects by more than their key; see {@link ObjectCache.byIndex}. */
  readonly indexes?: IndexFunctions<T>
  /** Milliseconds from one full comparison with the server to the next; half an hour if not given. */
  readonly resyncEvery?: number
}

/** The copy. Objects in it are shared: never change one. */
export interface ListWatch<T extends KubeObject> extends ObjectCache<T> {
  /** Resolves once the first list is in; never rejects. */
  readonly synced: Promise<void>
  isSynced(): boolean
  /**
   * Tells the copy of an object as a write of ours returned it, so that the next read sees it. The event of that
   * write then brings nothing new and is not reported.
   */
  note(object: T): void
  /** Ends the watch. Nothing is reported afterwards. */
  stop(): Promise<void>
}

/** A watch without event or bookmark for so long is taken for lost. A server sends a bookmark every minute. */
const longestSilence = 180_000

/** A watch that ended sooner than this counts as a failure, or a server that ends each at once would be hammered. */
const shortestWatch = 1_000

const retry: Backoff = { first: 200, longest: 30_000 }

const defaultResync = 30 * 60_000

/** Starts to list and watch at once. */
export function createListWatch<T extends KubeObject>(options: ListWatchOptions<T>): ListWatch<T> {
  const { cluster, resource, selection = {}, clock, random, log = silentLog, onEvent = () => {} } = options
  const { promise: synced, resolve: markSynced } = Promise.withResolvers<void>()
  const cache = createObjectCache<T>(options.indexes ?? {})
  const stopping = new AbortController()
  const trim = (object: T): T => (options.transform ?? keep)(withoutManagedFields(object))
  let isSynced = false
  let revision: string | undefined
  let resyncDue = false
  let watching: AbortController | undefined

  function report(type: Change<T>['type'], object: T): void {
    if (!stopping.signal.aborted) onEvent({ type, object })
  }

  function put(object: T): void {
    const before = cache.get(keyOf(object))
    if (before !== undefined && !isSameObject(before, object)) {
      cache.remove(keyOf(before))
      report('removed', before)
      put(object)
      return
    }
    if (before !== undefined && !isNewer(object, before)) return
    cache.put(object)
    report(before === undefined ? 'added' : 'updated', object)
  }

  function remove(object: T): void {
    const before = cache.get(keyOf(object))
    if (before === undefined || !isSameObject(before, object)) return
    cache.remove(keyOf(before))
    report('removed', object)
  }

  async function list(): Promise<void> {
    const { items, resourceVersion } = await cluster.list<T>(resource, selection)
    if (stopping.signal.aborted) return
    const present = new Set(items.map(keyOf))
    for (const object of cache.list()) if (!present.has(keyOf(object))) remove(object)
    for (const item of items) {
      const object = trim(item)
      const before = cache.get(keyOf(object))
      if (before !== undefined && isSameObject(before, object) && !isNewer(object, before)) {
        if (resyncDue) report('resynced', before)
      } else {
        put(object)
      }
    }
    resyncDue = false
    revision = resourceVersion
    isSynced = true
    markSynced()
  }

  /** Follows the changes until the watch ends. Every sign of life puts off the moment at which it is taken for lost. */
  async function follow(resourceVersion: string): Promise<void> {
    const connection = new AbortController()
    watching = connection
    let cancelAlarm = () => {}
    const live = () => {
      cancelAlarm()
      cancelAlarm = clock.after(longestSilence, () => {
        log.warn({ resource: resource.plural }, 'watch is silent, connecting again')
        connection.abort()
      })
    }
    live()
    try {
      for await (const event of cluster.watch<T>(resource, {
        ...selection,
        resourceVersion,
        signal: connection.signal,
      })) {
        if (connection.signal.aborted) return
        live()
        if (event.type === 'BOOKMARK') {
          revision = event.resourceVersion
        } else {
          const object = trim(event.object)
          if (event.type === 'DELETED') remove(object)
          else put(object)
          revision = event.object.metadata.resourceVersion ?? revision
        }
      }
    } finally {
      cancelAlarm()
    }
  }

  async function run(): Promise<void> {
    const cancelResync = everySoOften(options.resyncEvery ?? defaultResync, clock, random, () => {
      resyncDue = true
      watching?.abort()
    })
    for (let failures = 0; !stopping.signal.aborted; ) {
      let connectedAt: number | undefined
      try {
        if (revision === undefined || resyncDue) await list()
        if (stopping.signal.aborted || revision === undefined) break
        connectedAt = clock.now()
        await follow(revision)
      } catch (error) {
        if (isKubeError(error, 'Gone')) revision = undefined
        log.warn({ resource: resource.plural, error: describeError(error) }, 'watch was lost, connecting again')
      }
      const wasHealthy = connectedAt !== undefined && clock.now() - connectedAt >= shortestWatch
      failures = wasHealthy ? 0 : failures + 1
      if (failures > 0) await sleep(clock, backoffDelay(retry, failures, random), stopping.signal)
    }
    cancelResync()
  }

  const finished = run()
  return {
    synced,
    isSynced: () => isSynced,
    get: cache.get,
    list: cache.list,
    byIndex: cache.byIndex,
    note(object) {
      const before = cache.get(keyOf(object))
      const trimmed = trim(object)
      if (before !== undefined && isSameObject(before, trimmed) && isNewer(trimmed, before)) cache.put(trimmed)
    },
    async stop() {
      stopping.abort()
      watching?.abort()
      await finished
    },
  }
}

/** For {@link ListWatchOptions.transform}: keeps the keys of a Secret or ConfigMap, not the values. */
export function withoutSecretData<T extends KubeObject>(object: T): T {
  const { data, ...rest } = object as T & { readonly data?: object }
  return (
    data === undefined ? rest : { ...rest, data: Object.fromEntries(Object.keys(data).map((key) => [key, ''])) }
  ) as T
}

function withoutManagedFields<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata as T['metadata'] & { managedFields?: unknown }
  return { ...object, metadata }
}

const keep = <T>(object: T): T => object

function everySoOften(interval: number, clock: Clock, random: Random, tick: () => void): () => void {
  let cancel = () => {}
  const again = () => {
    cancel = clock.after(interval * (0.9 + random() / 5), () => {
      again()
      tick()
    })
  }
  again()
  return () => cancel()
}
