/**
 * The port to a Kubernetes API server: the few verbs Tronador needs, in its own words. `client.ts` is the real
 * adapter, `memory.ts` the fake for unit tests; `contract.ts` is the one suite that both pass.
 */

import type { KubeObject } from '../api/object.ts'

export type { KubeObject, ObjectMeta } from '../api/object.ts'

/** Where a kind is served: enough to build every URL of it. */
export interface Resource {
  /** API group; empty for the core group. */
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
}

/** Names one object of a resource. */
export interface ObjectRef {
  readonly name: string
  /** Required exactly when the resource is namespaced. */
  readonly namespace?: string
}

/** Narrows a list or a watch. Selectors use Kubernetes' own syntax. */
export interface Selection {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** Ask for metadata alone (`PartialObjectMetadata`): for Secrets, whose data we must not read. */
  readonly metadataOnly?: boolean
}

/** A whole list with the revision at which it was true. */
export interface ObjectList<T extends KubeObject> {
  readonly items: T[]
  readonly resourceVersion: string
}

/** One line of a watch. A bookmark carries only `metadata.resourceVersion`. */
export type WatchEvent<T extends KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }

/** What a write may say besides the object. */
export interface ApplyOptions {
  /** Owner of the fields in server-side apply. */
  readonly fieldManager: string
  /** Take over fields that another manager owns. Without it a conflict is an error. */
  readonly force?: boolean
}

/** How an object is deleted. */
export interface DeleteOptions {
  /** Precondition: delete this very object, not one that has taken its name since. */
  readonly uid: string
  readonly propagation?: 'Foreground' | 'Background' | 'Orphan'
}

/** Which part of a container's log is read. */
export interface LogSelection {
  readonly container: string
  /** Lines before the end at which it begins. */
  readonly tailLines: number
  /** Bytes after which it ends, wherever that is. */
  readonly limitBytes: number
}

/** Reads and writes of one API server. Every method rejects with {@link KubeError} and nothing else. */
export interface Cluster {
  /** The object, or undefined when there is none. */
  get<T extends KubeObject>(resource: Resource, ref: ObjectRef): Promise<T | undefined>
  /** All matching objects, fetched page by page at one revision. */
  list<T extends KubeObject>(resource: Resource, selection?: Selection): Promise<ObjectList<T>>
  /**
   * Changes after `resourceVersion`, until the server ends the watch, the connection fails (rejects) or `signal`
   * aborts (ends quietly). Rejects with reason `Gone` when the revision is too old: list again.
   */
  watch<T extends KubeObject>(
    resource: Resource,
    options: Selection & { readonly resourceVersion: string; readonly signal: AbortSignal },
  ): AsyncIterable<WatchEvent<T>>
  /** POST: fails with `AlreadyExists` where an object of that name stands. */
  create<T extends KubeObject>(resource: Resource, object: T): Promise<T>
  /** Server-side apply. With `metadata.uid` set it fails with `Conflict` unless that very object still exists. */
  apply<T extends KubeObject>(resource: Resource, object: T, options: ApplyOptions): Promise<T>
  /**
   * JSON merge patch of the object. Put `metadata.uid` and, where it matters, `metadata.resourceVersion` into the
   * patch: either that differs fails with `Conflict`.
   */
  patch<T extends KubeObject>(resource: Resource, ref: ObjectRef, patch: object): Promise<T>
  /** JSON merge patch of the status subresource, with the same preconditions. */
  patchStatus<T extends KubeObject>(resource: Resource, ref: ObjectRef, patch: object): Promise<T>
  /** Deletes the object with that UID; one that is already gone is no error, one with another UID is `Conflict`. */
  delete(resource: Resource, ref: ObjectRef, options: DeleteOptions): Promise<void>
  /** What a container has written; undefined where there is no such pod, or the container has not begun. */
  podLog(ref: ObjectRef, selection: LogSelection): Promise<string | undefined>
  /** Whether the API server serves this resource now (asked of discovery, not remembered). */
  serves(resource: Resource): Promise<boolean>
}

/** Why a request failed: the `reason` of the API server's Status, or `Unreachable` when none came back. */
export type KubeErrorReason =
  | 'AlreadyExists'
  | 'BadRequest'
  | 'Conflict'
  | 'Forbidden'
  | 'Gone'
  | 'Invalid'
  | 'NotFound'
  | 'ServerError'
  | 'TooManyRequests'
  | 'Unauthorized'
  | 'Unreachable'

/** A request that the API server refused or that never got an answer. */
export class KubeError extends Error {
  override readonly name = 'KubeError'
  readonly reason: KubeErrorReason
  /** HTTP status; 0 when there was no answer. */
  readonly status: number
  /** Seconds the server asked us to wait (`Retry-After`), when it did. */
  readonly retryAfter: number | undefined

  constructor(
    reason: KubeErrorReason,
    message: string,
    options: { status?: number; retryAfter?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.reason = reason
    this.status = options.status ?? 0
    this.retryAfter = options.retryAfter
  }
}

/** Whether this is a {@link KubeError} of one of the given reasons. */
export function isKubeError(error: unknown, ...reasons: KubeErrorReason[]): error is KubeError {
  return error instanceof KubeError && (reasons.length === 0 || reasons.includes(error.reason))
}
