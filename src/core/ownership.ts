/** What proves that a namespace is an environment's own: our label and the owner's UID, never the name. */
import { managedByLabel, managedByValue, ownerAnnotation, ownerUidAnnotation } from '../api/labels.ts'
import type { KubeObject } from '../api/object.ts'

/** Whom a namespace is asked about. */
export interface Owner {
  readonly kind: string
  readonly name: string
  readonly uid: string
}

/** What a namespace is to an owner. */
export type Ownership =
  /** There is none of that name. */
  | 'absent'
  /** Proven: label and UID. */
  | 'ours'
  /** Made by a predecessor of the same kind and name that no longer lives: to be taken over. */
  | 'inherited'
  /** On its way out, whoever's it was: the name will be free. */
  | 'terminating'
  /** Someone else's: nothing in it may be touched. */
  | 'foreign'

/**
 * What the namespace is to the owner. `livingUids`: the UIDs of all objects of the owner's kind that exist; only one
 * of them can have the owner's name, so any other UID under that name is a predecessor's.
 */
export function ownershipOf(
  namespace: KubeObject | undefined,
  owner: Owner,
  livingUids: ReadonlySet<string>,
): Ownership {
  if (namespace === undefined) return 'absent'
  if (namespace.metadata.deletionTimestamp !== undefined) return 'terminating'
  return provenOwnership(namespace, owner, livingUids)
}

/** The same, whether or not the namespace is on its way out: what teardown asks. */
export function provenOwnership(
  namespace: KubeObject,
  owner: Owner,
  livingUids: ReadonlySet<string>,
): 'ours' | 'inherited' | 'foreign' {
  const { labels, annotations } = namespace.metadata
  const uid = annotations?.[ownerUidAnnotation]
  if (labels?.[managedByLabel] !== managedByValue || uid === undefined || uid === '') return 'foreign'
  if (uid === owner.uid) return 'ours'
  const isPredecessors = annotations?.[ownerAnnotation] === ownerText(owner) && !livingUids.has(uid)
  return isPredecessors ? 'inherited' : 'foreign'
}

/** `Kind/name`, as the annotation names the owner. */
export function ownerText(owner: Pick<Owner, 'kind' | 'name'>): string {
  return `${owner.kind}/${owner.name}`
}
