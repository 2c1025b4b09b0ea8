/** How objects of the memory fake are born, changed and taken away: generation, finalizers, Terminating namespaces. */
import type { Clock } from './clock.ts'
import { KubeError, type KubeErrorReason, type KubeObject, type Resource } from './cluster.ts'
import { isSame } from './fields.ts'
import type { Ownership } from './memory-ownership.ts'
import { resourceKey, type Store } from './memory-store.ts'
import { apiVersionOf, namespaces } from './resources.ts'

/** Kinds without a `metadata.generation`. */
const withoutGeneration = new Set([
  'ConfigMap',
  'Event',
  'Lease',
  'Namespace',
  'Pod',
  'Secret',
  'Service',
  'ServiceAccount',
])

/** Makes the rules over one store. */
export function createLifecycle({ store, ownership, clock }: { store: Store; ownership: Ownership; clock: Clock }) {
  const known = new Map<string, Resource>()
  let uids = 0

  function insert(resource: Resource, object: KubeObject): KubeObject {
    refuseTerminating(resource, object.metadata.namespace)
    uids += 1
    const { status: _, ...content } = structuredClone(object) as KubeObject & { status?: unknown }
    const stored = store.put(resource, {
      ...content,
      apiVersion: apiVersionOf(resource),
      kind: resource.kind,
      metadata: {
        ...content.metadata,
        uid: `00000000-0000-4000-8000-${uids.toString(16).padStart(12, '0')}`,
        creationTimestamp: stamp(clock),
        ...(withoutGeneration.has(resource.kind) ? {} : { generation: 1 }),
      },
      ...(resource.kind === 'Namespace' ? { status: { phase: 'Active' } } : {}),
    } as KubeObject)
    return stored
  }

  function refuseTerminating(resource: Resource, namespace: string | undefined): void {
    if (!resource.namespaced) return
    if (namespace === undefined) throw refused('BadRequest', 400, `a ${resource.kind} needs a namespace`)
    const holder = store.get(namespaces, { name: namespace })
    if (holder === undefined) throw refused('NotFound', 404, `namespaces "${namespace}" not found`)
    if (holder.metadata.deletionTimestamp !== undefined) {
      const message = `unable to create new content in namespace ${namespace} because it is being terminated`
      throw refused('Forbidden', 403, message)
    }
  }

  /** Stores a changed object; one that changed nothing costs no revision, one without its last finalizer goes. */
  function replace(resource: Resource, before: KubeObject, after: KubeObject, alsoWhenSame = false): KubeObject {
    refuseNewFinalizers(before, after)
    if (isSame(before, after) && !alsoWhenSame) return before
    const generation = specChanged(before, after) ? (before.metadata.generation ?? 0) + 1 : before.metadata.generation
    const stored = store.put(resource, {
      ...after,
      metadata: { ...after.metadata, ...(generation === undefined ? {} : { generation }) },
    })
    if (stored.metadata.deletionTimestamp !== undefined) finishDeletion(resource, stored)
    return stored
  }

  function beginDeletion(resource: Resource, object: KubeObject): void {
    if (object.metadata.deletionTimestamp !== undefined) return
    const isNamespace = resource.kind === 'Namespace'
    if ((object.metadata.finalizers ?? []).length === 0 && !isNamespace) {
      vanish(resource, object)
      return
    }
    const { generation } = object.metadata
    const terminating = store.put(resource, {
      ...object,
      metadata: {
        ...object.metadata,
        deletionTimestamp: stamp(clock),
        ...(generation === undefined ? {} : { generation: generation + 1 }),
      },
      ...(isNamespace ? { status: { phase: 'Terminating' } } : {}),
    } as KubeObject)
    finishDeletion(resource, terminating)
  }

  function finishDeletion(resource: Resource, object: KubeObject): void {
    if (resource.kind === 'Namespace') {
      for (const { key, object: content } of store.contentOf(object.metadata.name)) {
        const holder = known.get(key)
        if (holder !== undefined) beginDeletion(holder, content)
      }
      if (store.contentOf(object.metadata.name).length > 0) return
    }
    const current = store.get(resource, object.metadata)
    if (current === undefined || current.metadata.uid !== object.metadata.uid) return
    if ((current.metadata.finalizers ?? []).length === 0) vanish(resource, current)
  }

  /** Takes an object out; the namespace that waited for it may go now. */
  function vanish(resource: Resource, object: KubeObject): void {
    store.remove(resource, object)
    ownership.forget(object.metadata.uid ?? '')
    if (object.metadata.namespace === undefined) return
    const holder = store.get(namespaces, { name: object.metadata.namespace })
    if (holder?.metadata.deletionTimestamp !== undefined) finishDeletion(namespaces, holder)
  }

  return {
    /** A namespace is emptied of the resources that were ever spoken of. */
    learn: (resource: Resource) => void known.set(resourceKey(resource), resource),
    insert,
    replace,
    beginDeletion,
  }
}

/** The error an API server gives. */
export function refused(reason: KubeErrorReason, status: number, message: string): KubeError {
  return new KubeError(reason, message, { status })
}

function refuseNewFinalizers(before: KubeObject, after: KubeObject): void {
  if (before.metadata.deletionTimestamp === undefined) return
  const added = (after.metadata.finalizers ?? []).filter((name) => !before.metadata.finalizers?.includes(name))
  if (added.length > 0) throw refused('Invalid', 422, 'no new finalizers can be added if the object is being deleted')
}

function specChanged(before: KubeObject, after: KubeObject): boolean {
  if (before.metadata.generation === undefined) return false
  const content = ({ metadata: _, status: __, ...rest }: KubeObject & { status?: unknown }) => rest
  return !isSame(content(before), content(after))
}

function stamp(clock: Clock): string {
  return `${new Date(clock.now()).toISOString().slice(0, 19)}Z`
}
