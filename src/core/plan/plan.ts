/** A plan: what shall be written, in which order. Pure data; carrying it out is the operator's. */
import type { KubeObject } from '../../api/object.ts'

/** An object by its kind and name, and its UID where it was seen. */
export interface ObjectIdentity {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid?: string }
}

/** One write. */
export type Step =
  /** POST: fails where the name is taken. */
  | { readonly do: 'create'; readonly object: KubeObject }
  /** Server-side apply, forced. `metadata.uid` is set when the object was seen, so that a vanished one is a conflict. */
  | { readonly do: 'apply'; readonly object: KubeObject }
  /** JSON merge patch that carries the UID of the object that was seen. */
  | { readonly do: 'patch'; readonly of: ObjectIdentity; readonly patch: Readonly<Record<string, unknown>> }
  /** Delete of the very object that was seen. */
  | { readonly do: 'delete'; readonly of: ObjectIdentity }

/** Writes that do not depend on each other. Stages are carried out in order, each after all writes of the one before. */
export interface PlannedStage {
  readonly name: string
  readonly steps: readonly Step[]
}

/** Stages in order. One without steps is left out. */
export type Plan = readonly PlannedStage[]

/** The stages that have something to do. */
export function withoutEmptyStages(stages: readonly PlannedStage[]): Plan {
  return stages.filter((stage) => stage.steps.length > 0)
}

/** Who an object is, for a patch or a delete of this very one. */
export function identify(object: KubeObject): ObjectIdentity {
  const { name, namespace, uid } = object.metadata
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: { name, ...(namespace !== undefined && { namespace }), ...(uid !== undefined && { uid }) },
  }
}

/** The steps that delete these objects, but for those that are on their way out. */
export function deleteAll(objects: readonly KubeObject[]): Step[] {
  return objects
    .filter((object) => object.metadata.deletionTimestamp === undefined)
    .map((object) => ({ do: 'delete', of: identify(object) }))
}

/** Whether two objects have the same kind and name, whatever their UIDs. */
export function isSameObject(a: ObjectIdentity, b: ObjectIdentity): boolean {
  return (
    a.apiVersion === b.apiVersion &&
    a.kind === b.kind &&
    a.metadata.name === b.metadata.name &&
    a.metadata.namespace === b.metadata.namespace
  )
}
