/** Which of two states of an object is which. */
import type { KubeObject } from '../../kube/cluster.ts'

/** Whether both are states of one object: a name may be taken by another, a UID never. */
export function isSameObject(one: KubeObject, other: KubeObject): boolean {
  return one.metadata.uid === other.metadata.uid
}

/** Whether the first is the later state. Revisions of one resource grow and may be compared as numbers. */
export function isNewer(one: KubeObject, other: KubeObject): boolean {
  return BigInt(one.metadata.resourceVersion ?? 0) > BigInt(other.metadata.resourceVersion ?? 0)
}
