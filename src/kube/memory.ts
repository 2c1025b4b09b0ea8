/**
 * A Kubernetes API server in memory, for unit tests: revisions, conflicts, preconditions, finalizers, Terminating
 * namespaces, server-side apply, selectors and watches, with hooks to make it fail. It passes the same contract
 * suite as the real client; what that suite does not ask (schemas, rights, owner references) it does not do.
 */
import { type Clock, systemClock } from './clock.ts'
import {
  type ApplyOptions,
  type Cluster,
  type DeleteOptions,
  KubeError,
  type KubeObject,
  type ObjectRef,
  type Resource,
  type Selection,
  type WatchEvent,
} from './cluster.ts'
import { mergePatch } from './fields.ts'
import { createLifecycle, refused } from './memory-lifecycle.ts'
import { createOwnership } from './memory-ownership.ts'
import { createStore, resourceKey, type WatchCut } from './memory-store.ts'
import { namespaces, pods } from './resources.ts'

/** One request as the fake saw it. */
export interface MemoryRequest {
  readonly verb:
    | 'get'
    | 'list'
    | 'watch'
    | 'create'
    | 'apply'
    | 'patch'
    | 'patchStatus'
    | 'delete'
    | 'podLog'
    | 'serves'
  readonly resource: Resource
  readonly namespace?: string
  readonly name?: string
}

/** Called before a request is carried out. It may throw, wait, or have the answer lost after the deed. */
export type Interceptor = (request: MemoryRequest) => undefined | 'lose-reply' | Promise<undefined | 'lose-reply'>

/** The fake, and what tests do to it. */
export interface MemoryCluster extends Cluster {
  /** Every request so far, in order. */
  readonly requests: readonly MemoryRequest[]
  /** Every write so far: all but reads, watches and discovery. */
  writes(): readonly MemoryRequest[]
  /** Puts a hook before every request; the function returned takes it away. */
  intercept(interceptor: Interceptor): () => void
  /** Cuts every watch that is open. */
  cutWatches(how: WatchCut): void
  /** Forgets history: watches from an earlier revision are `Gone`. */
  compact(): void
  /** Gives a container a log. */
  setPodLog(ref: ObjectRef, container: string, text: string): void
  /** From now on this resource is (or is no longer) known to discovery and to every verb. */
  setServed(resource: Resource, served: boolean): void
}

/** Milliseconds between bookmarks, as on a real server. */
const bookmarkInterval = 60_000

interface Preconditions {
  readonly uid?: string
  readonly resourceVersion?: string
}

/** Makes a cluster in which the namespaces `default` and `kube-system` stand. */
export function createMemoryCluster(options: { readonly clock?: Clock } = {}): MemoryCluster {
  const clock = options.clock ?? systemClock
  const store = createStore()
  const ownership = createOwnership()
  const interceptors = new Set<Interceptor>()
  const requests: MemoryRequest[] = []
  const lifecycle = createLifecycle({ store, ownership, clock })
  const { insert, replace, beginDeletion } = lifecycle
  const unserved = new Set<string>()
  const logs = new Map<string, string>()
  const logKey = ({ namespace, name }: ObjectRef, container: string) => `${namespace}/${name}/${container}`

  async function carryOut<R>(request: MemoryRequest, deed: () => R): Promise<R> {
    requests.push(request)
    const answers: (undefined | 'lose-reply')[] = []
    for (const interceptor of [...interceptors]) answers.push(await interceptor(request))
    await Promise.resolve()
    lifecycle.learn(request.resource)
    if (unserved.has(resourceKey(request.resource)) && request.verb !== 'serves') {
      if (request.verb === 'get' || request.verb === 'delete') return undefined as R
      throw refused('NotFound', 404, 'the server could not find the requested resource')
    }
    const result = deed()
    if (answers.includes('lose-reply')) throw new KubeError('Unreachable', 'the answer was lost')
    return result
  }

  function existing(resource: Resource, ref: ObjectRef, preconditions: Preconditions | undefined): KubeObject {
    const found = store.get(resource, ref)
    if (found === undefined) throw refused('NotFound', 404, `${resource.plural} "${ref.name}" not found`)
    refuseMismatch(resource, found, preconditions ?? {})
    return found
  }

  insert(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } })
  insert(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } })

  return {
    requests,
    writes: () => requests.filter(({ verb }) => !['get', 'list', 'watch', 'podLog', 'serves'].includes(verb)),
    intercept(interceptor) {
      interceptors.add(interceptor)
      return () => interceptors.delete(interceptor)
    },
    cutWatches: store.cutWatches,
    compact: store.compact,
    setPodLog: (ref, container, text) => void logs.set(logKey(ref, container), text),
    setServed: (resource, served) => void unserved[served ? 'delete' : 'add'](resourceKey(resource)),

    get: <T extends KubeObject>(resource: Resource, ref: ObjectRef) =>
      carryOut({ verb: 'get', resource, ...ref }, () => store.get(resource, ref) as T | undefined),

    list: <T extends KubeObject>(resource: Resource, selection: Selection = {}) =>
      carryOut({ verb: 'list', resource, ...namespaceOf(selection) }, () => ({
        items: store.list(resource, selection).map((object) => visible(object, selection)) as T[],
        resourceVersion: String(store.revision()),
      })),

    async *watch<T extends KubeObject>(
      resource: Resource,
      selection: Selection & { readonly resourceVersion: string; readonly signal: AbortSignal },
    ) {
      await carryOut({ verb: 'watch', resource, ...namespaceOf(selection) }, () => {})
      for await (const event of store.watch(resource, selection, (tick) => every(clock, bookmarkInterval, tick))) {
        yield (
          event.type === 'BOOKMARK' ? event : { ...event, object: visible(event.object, selection) }
        ) as WatchEvent<T>
      }
    },

    create: <T extends KubeObject>(resource: Resource, object: T) =>
      carryOut({ verb: 'create', resource, ...refOf(object) }, () => {
        if (store.get(resource, object.metadata) !== undefined) {
          throw refused('AlreadyExists', 409, `${resource.plural} "${object.metadata.name}" already exists`)
        }
        const stored = insert(resource, object)
        ownership.update(stored.metadata.uid ?? '', undefined, stored)
        return stored as T
      }),

    apply: <T extends KubeObject>(resource: Resource, object: T, options: ApplyOptions) =>
      carryOut({ verb: 'apply', resource, ...refOf(object) }, () => {
        const found = store.get(resource, object.metadata)
        if (found === undefined) {
          if (object.metadata.uid !== undefined)
            throw refused('Conflict', 409, 'uid mismatch: no existing object found')
          const stored = insert(resource, object)
          ownership.apply(stored.metadata.uid ?? '', stored, object, options)
          return stored as T
        }
        refuseMismatch(resource, found, object.metadata)
        const { status: _, ...wanted } = object as T & { status?: unknown }
        const applied = ownership.apply(found.metadata.uid ?? '', found, wanted, options)
        return replace(resource, found, applied.object, applied.ownershipChanged) as T
      }),

    patch: <T extends KubeObject>(resource: Resource, ref: ObjectRef, patch: { metadata?: Preconditions }) =>
      carryOut({ verb: 'patch', resource, ...ref }, () => {
        const found = existing(resource, ref, patch.metadata)
        const { status: _, ...changes } = patch as { status?: unknown }
        const after = withIdentity(mergePatch(found, changes), found)
        ownership.update(found.metadata.uid ?? '', found, after)
        return replace(resource, found, after) as T
      }),

    patchStatus: <T extends KubeObject>(resource: Resource, ref: ObjectRef, patch: { metadata?: Preconditions }) =>
      carryOut({ verb: 'patchStatus', resource, ...ref }, () => {
        const found = existing(resource, ref, patch.metadata)
        const { status } = patch as { status?: object }
        return replace(resource, found, mergePatch(found, { status: status ?? {} })) as T
      }),

    delete: (resource, ref, { uid }: DeleteOptions) =>
      carryOut({ verb: 'delete', resource, ...ref }, () => {
        const found = store.get(resource, ref)
        if (found === undefined) return
        refuseMismatch(resource, found, { uid })
        beginDeletion(resource, found)
      }),

    podLog: (ref, { container, tailLines }) =>
      carryOut({ verb: 'podLog', resource: pods, ...ref }, () =>
        logs.get(logKey(ref, container))?.split('\n').slice(-tailLines).join('\n'),
      ),

    serves: (resource) => carryOut({ verb: 'serves', resource }, () => !unserved.has(resourceKey(resource))),
  }
}

function refuseMismatch(resource: Resource, found: KubeObject, { uid, resourceVersion }: Preconditions): void {
  const differs =
    (uid !== undefined && uid !== found.metadata.uid) ||
    (resourceVersion !== undefined && resourceVersion !== found.metadata.resourceVersion)
  if (differs)
    throw refused('Conflict', 409, `${resource.plural} "${found.metadata.name}": the object has been modified`)
}

/** A patch cannot change who the object is. */
function withIdentity(after: KubeObject, { apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { name, namespace, uid, creationTimestamp, resourceVersion, generation, deletionTimestamp } = metadata
  const identity = { name, namespace, uid, creationTimestamp, resourceVersion, generation, deletionTimestamp }
  const given = Object.fromEntries(Object.entries(identity).filter(([, value]) => value !== undefined))
  return { ...after, apiVersion, kind, metadata: { ...after.metadata, ...given } as KubeObject['metadata'] }
}

function visible(object: KubeObject, { metadataOnly }: Selection): KubeObject {
  return metadataOnly === true
    ? { apiVersion: object.apiVersion, kind: object.kind, metadata: object.metadata }
    : object
}

function refOf({ metadata: { name, namespace } }: KubeObject): ObjectRef {
  return { name, ...(namespace === undefined ? {} : { namespace }) }
}

function namespaceOf({ namespace }: Selection): { readonly namespace?: string } {
  return namespace === undefined ? {} : { namespace }
}

function every(clock: Clock, interval: number, tick: () => void): () => void {
  let cancel = clock.after(interval, function again() {
    cancel = clock.after(interval, again)
    tick()
  })
  return () => cancel()
}
