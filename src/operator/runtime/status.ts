/** Writes what a reconciler says of an object, and nothing when it stands there already. */
import type { Cluster, KubeObject, Resource } from '../../kube/cluster.ts'
import { diffAsPatch } from '../../kube/fields.ts'
import { keyOf, refOf } from './keys.ts'

/**
 * The one merge patch that turns the observed status into the wanted one: arrays replaced whole, fields that left
 * nulled, and the preconditions that make it hold for this very object at this very revision. Undefined when equal.
 */
export function statusPatch(object: KubeObject, wanted: Record<string, unknown>): object | undefined {
  const { status = {} } = object as KubeObject & { readonly status?: Record<string, unknown> }
  const patch = diffAsPatch(status, wanted)
  if (patch === undefined) return undefined
  const { uid, resourceVersion } = object.metadata
  return { metadata: { uid, resourceVersion }, status: patch }
}

/** Patches the status if it differs; returns the object as it stands afterwards. `Conflict` when it has changed. */
export async function writeStatus<T extends KubeObject>(
  cluster: Cluster,
  resource: Resource,
  object: T,
  wanted: Record<string, unknown>,
): Promise<T> {
  const patch = statusPatch(object, wanted)
  return patch === undefined ? object : await cluster.patchStatus<T>(resource, refOf(keyOf(object)), patch)
}
