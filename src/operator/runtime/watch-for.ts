/** The plain kind of {@link WatchSource}: another resource, and the keys each of its objects bears on. */
import type { KubeObject } from '../../kube/cluster.ts'
import type { WatchSource } from './controller.ts'
import { keyOf } from './keys.ts'
import { createListWatch, type ListWatchOptions } from './list-watch.ts'
import { describeError } from './log.ts'

/** What to watch, and whom it concerns. */
export interface WatchForOptions<W extends KubeObject> extends Omit<ListWatchOptions<W>, 'onEvent' | 'log'> {
  /** The keys of the controller's objects that this one bears on. */
  readonly keysOf: (object: W) => readonly string[]
}

/** Watches another resource for a controller. An object that cannot be read wakes nobody, and stops no other. */
export function watchFor<W extends KubeObject>({ keysOf, ...watched }: WatchForOptions<W>): WatchSource {
  const resource = watched.resource.plural
  return {
    open: (wake, log) =>
      createListWatch<W>({
        ...watched,
        log,
        onEvent({ type, object }) {
          if (type === 'resynced') return
          try {
            for (const key of keysOf(object)) wake(key)
          } catch (error) {
            log.warn({ resource, key: keyOf(object), error: describeError(error) }, 'object cannot be read')
          }
        },
      }),
  }
}
