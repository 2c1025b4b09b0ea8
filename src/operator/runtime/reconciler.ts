/**
 * What a controller's author writes, and what the runtime does with the answer. The runtime knows nothing of
 * Tronador: it calls these functions with fresh objects and carries out what they return.
 */
import type { KubeObject } from '../../kube/cluster.ts'

/** An event to be recorded on the object (`kubectl describe` shows it). Recorded once per distinct note and object. */
export interface EventNote {
  readonly type: 'Normal' | 'Warning'
  /** CamelCase, from the catalogue of codes. */
  readonly reason: string
  readonly message: string
}

/** What one pass over an object found and wants. */
export interface Outcome {
  /**
   * The whole status as it should stand. The runtime compares it with what is observed and patches at most once;
   * equal statuses cost no request. Fields that are absent here are removed.
   */
  readonly status: Record<string, unknown>
  /** Look again after so many milliseconds, though nothing has changed; absent: only on a change or resync. */
  readonly againAfter?: number
  readonly events?: readonly EventNote[]
}

/** What one pass of the teardown found. */
export type CleanupOutcome =
  /** Everything is gone: the runtime removes the finalizer. */
  | { readonly done: true }
  /** Something still stands. */
  | ({ readonly done: false } & Outcome)

/**
 * The business of one kind. Both functions are level-based: they read the truth, bring it a step nearer to what the
 * object asks for, and may be called any number of times. What they throw is retried with backoff and jitter
 * (a `Conflict` at once and silently), and never stops other objects.
 */
export interface Reconciler<T extends KubeObject> {
  apply(object: T): Promise<Outcome>
  /** Called instead of `apply` once the object is being deleted, until it says `done`. */
  cleanup(object: T): Promise<CleanupOutcome>
  /**
   * Called for a key whose object is no more, also when its finalizer was taken off by someone else: lets go of what
   * is kept for it. May come more than once, and for keys that were never an object's.
   */
  forget?(key: string): void
}
