/** Our finalizer on an object: there before the first write for it, gone after the last. Others' are never touched. */
import { type Cluster, isKubeError, type KubeObject, type Resource } from '../../kube/cluster.ts'
import { keyOf, refOf } from './keys.ts'

/** Whether the object carries the finalizer. */
export function hasFinalizer(object: KubeObject, finalizer: string): boolean {
  return object.metadata.finalizers?.includes(finalizer) ?? false
}

/** Puts the finalizer on this very object; returns it as stored. `Conflict` when it has changed meanwhile. */
export function addFinalizer<T extends KubeObject>(
  cluster: Cluster,
  resource: Resource,
  object: T,
  finalizer: string,
): Promise<T> {
  return writeFinalizers(cluster, resource, object, [...(object.metadata.finalizers ?? []), finalizer])
}

/** Takes the finalizer off this very object, which then may vanish. Undefined, and no error, when it is gone already. */
export async function removeFinalizer<T extends KubeObject>(
  cluster: Cluster,
  resource: Resource,
  object: T,
  finalizer: string,
): Promise<T | undefined> {
  const others = (object.metadata.finalizers ?? []).filter((name) => name !== finalizer)
  try {
    return await writeFinalizers(cluster, resource, object, others)
  } catch (error) {
    if (isKubeError(error, 'NotFound')) return undefined
    throw error
  }
}

/** A merge patch replaces the whole list, so it must speak of the revision the list was read at. */
function writeFinalizers<T extends KubeObject>(
  cluster: Cluster,
  resource: Resource,
  object: T,
  finalizers: readonly string[],
): Promise<T> {
  const { uid, resourceVersion } = object.metadata
  const metadata = { uid, resourceVersion, finalizers: finalizers.length === 0 ? null : finalizers }
  return cluster.patch<T>(resource, refOf(keyOf(object)), { metadata })
}
