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
  /** Made by an earlier Tronador, which recorded no owner: its release proves it. To be taken over. */
  | 'adoptable'
  /** On its way out, whoever's it was: the name will be free. */
  | 'terminating'
  /** Someone else's: nothing in it may be touched. */
  | 'foreign'

/** Whether an object of the owner's kind with that UID exists. */
export type IsLiving = (uid: string) => boolean

/**
 * What the namespace is to the owner. Only one object of a kind can have the owner's name, so any other UID that is
 * recorded under that name, and is no living object's, is a predecessor's.
 */
export function ownershipOf(namespace: KubeObject | undefined, owner: Owner, isLiving: IsLiving): Ownership {
  if (namespace === undefined) return 'absent'
  if (namespace.metadata.deletionTimestamp !== undefined) return 'terminating'
  return provenOwnership(namespace, owner, isLiving)
}

/** The same, whether or not the namespace is on its way out: what teardown asks. */
export function provenOwnership(
  namespace: KubeObject,
  owner: Owner,
  isLiving: IsLiving,
): 'ours' | 'inherited' | 'foreign' {
  const { labels, annotations } = namespace.metadata
  const uid = annotations?.[ownerUidAnnotation]
  if (labels?.[managedByLabel] !== managedByValue || uid === undefined || uid === '') return 'foreign'
  if (uid === owner.uid) return 'ours'
  const isPredecessors = annotations?.[ownerAnnotation] === ownerText(owner) && !isLiving(uid)
  return isPredecessors ? 'inherited' : 'foreign'
}

/** `Kind/name`, as the annotation names the owner. */
export function ownerText(owner: Pick<Owner, 'kind' | 'name'>): string {
  return `${owner.kind}/${owner.name}`
}

/**
 * Whether an earlier Tronador made the namespace for what is asked for now: a release of the expected name that it
 * labelled as its own stands in it, and no owner is recorded. `releases`: every HelmRelease in it, of either engine.
 */
export function isEarlierTronadors(
  namespace: KubeObject | undefined,
  releaseName: string,
  releases: readonly KubeObject[],
): boolean {
  if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return false
  if (namespace.metadata.annotations?.[ownerUidAnnotation] !== undefined) return false
  return releases.some(
    ({ kind, metadata }) =>
      kind === 'HelmRelease' && metadata.name === releaseName && metadata.labels?.[managedByLabel] === managedByValue,
  )
}
