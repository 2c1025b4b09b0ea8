/**
 * Watches that come and go: the Pods of one namespace, say, only while something there is not ready. Each scope has
 * one list-watch, which lives from the first `want` to `release`.
 */
import type { Clock, Random } from '../../kube/clock.ts'
import type { Cluster, KubeObject, Resource, Selection } from '../../kube/cluster.ts'
import { type Change, createListWatch, type ListWatch } from './list-watch.ts'
import type { Log } from './log.ts'

/** What all scopes have in common. */
export interface ScopedWatchesOptions<T extends KubeObject> {
  readonly cluster: Cluster
  readonly resource: Resource
  readonly clock: Clock
  readonly random: Random
  readonly log?: Log
  readonly transform?: (object: T) => T
  /** Something changed in a scope: wake whoever wanted it, for instance `(scope) => controller.wake(scope)`. */
  readonly onChange: (scope: string, change: Change<T>) => void
  /** The first list of a scope is in. It may be empty, and then no change tells of it. */
  readonly onSynced: (scope: string) => void
}

/** See {@link createScopedWatches}. */
export interface ScopedWatches<T extends KubeObject> {
  /**
   * The watch of that scope, begun if there is none. Ask as often as you like; the selection counts the first
   * time. Its list may not be in yet: `isSynced` tells, and `onSynced` follows.
   */
  want(scope: string, selection: Selection): ListWatch<T>
  /** Ends the watch of that scope; one that is not there is no error. */
  release(scope: string): void
  /** Scopes that are watched now. */
  scopes(): readonly string[]
  /** Ends all. */
  stop(): Promise<void>
}

/** Makes a set of watches of one resource; none is open yet. */
export function createScopedWatches<T extends KubeObject>(options: ScopedWatchesOptions<T>): ScopedWatches<T> {
  const { onChange, onSynced, ...shared } = options
  const watches = new Map<string, ListWatch<T>>()
  return {
    want(scope, selection) {
      const present = watches.get(scope)
      if (present !== undefined) return present
      const watch = createListWatch<T>({ ...shared, selection, onEvent: (change) => onChange(scope, change) })
      watches.set(scope, watch)
      void watch.synced.then(() => watches.get(scope) === watch && onSynced(scope))
      return watch
    },
    release(scope) {
      void watches.get(scope)?.stop()
      watches.delete(scope)
    },
    scopes: () => [...watches.keys()],
    async stop() {
      await Promise.all([...watches.values()].map((watch) => watch.stop()))
      watches.clear()
    },
  }
}
