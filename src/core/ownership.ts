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

/** What of a HelmRelease, of either engine, says which release of Helm it runs, and where. */
interface ReleaseObject extends KubeObject {
  readonly spec?: {
    readonly releaseName?: string
    readonly targetNamespace?: string
    readonly storageNamespace?: string
    readonly kubeConfig?: unknown
  }
}

/**
 * Whether an earlier Tronador made the namespace for what is asked for now: a release of the expected name that it
 * labelled as its own runs in it, and neither an owner is recorded nor another tool’s label on it. `objects`: every
 * object of the engines in it, whoever made it.
 */
export function isEarlierTronadors(
  namespace: KubeObject | undefined,
  releaseName: string,
  objects: readonly KubeObject[],
): boolean {
  if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return false
  const { name, labels, annotations } = namespace.metadata
  if (annotations?.[ownerUidAnnotation] !== undefined) return false
  if ((labels?.[managedByLabel] ?? managedByValue) !== managedByValue) return false
  return objects.some(
    (object) =>
      object.kind === 'HelmRelease' &&
      object.metadata.labels?.[managedByLabel] === managedByValue &&
      object.metadata.name === releaseName &&
      runsAs(object, releaseName, name),
  )
}

/** Whether Helm has the release under that name and in that namespace: it would be uninstalled to be moved. */
export function runsAs({ spec }: ReleaseObject, releaseName: string, namespace: string): boolean {
  const target = spec?.targetNamespace ?? namespace
  const isHere = target === namespace && (spec?.storageNamespace ?? namespace) === namespace
  return isHere && spec?.kubeConfig === undefined && (spec?.releaseName ?? releaseName) === releaseName
}

/**
 * The engines' objects of a namespace that becomes ours, its release of the expected name among ours whoever made it:
 * what stands in our namespace under a name of ours is ours.
 */
export function asAdopted(objects: readonly KubeObject[], releaseName: string): KubeObject[] {
  return objects.map((object) => {
    if (object.kind !== 'HelmRelease' || object.metadata.name !== releaseName) return object
    const labels = { ...object.metadata.labels, [managedByLabel]: managedByValue }
    return { ...object, metadata: { ...object.metadata, labels } }
  })
}
