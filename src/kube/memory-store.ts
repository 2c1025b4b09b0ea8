/** The memory fake's store: objects, one revision counter, the history that watches are served from. */
import { KubeError, type KubeObject, type Resource, type Selection, type WatchEvent } from './cluster.ts'
import { isSelected } from './selectors.ts'

/** One change: what stood before, what stands now, or what stood last where `after` is absent. */
interface Change {
  readonly revision: number
  readonly resource: string
  readonly before?: KubeObject
  readonly after?: KubeObject
}

/** A running watch: it is woken when there is something to read, and may be broken from outside. */
interface Watcher {
  wake(): void
  break(how: WatchCut): void
}

/** How watches are cut: as by a reset connection, by a server that ends them, or by a network that swallows all. */
export type WatchCut = 'reset' | 'end' | 'silence' | KubeError

/** See {@link createStore}. */
export type Store = ReturnType<typeof createStore>

/** Identifies a resource, whatever its version. */
export const resourceKey = (resource: Resource): string => `${resource.group}/${resource.plural}`

const objectKey = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`

/** Makes an empty store. Objects go in and come out as copies. */
export function createStore() {
  const tables = new Map<string, Map<string, KubeObject>>()
  const history: Change[] = []
  const watchers = new Set<Watcher>()
  let revision = 100
  let oldest = revision

  const tableOf = (key: string) => {
    const table = tables.get(key) ?? new Map<string, KubeObject>()
    tables.set(key, table)
    return table
  }

  function record(key: string, before: KubeObject | undefined, after: KubeObject | undefined): void {
    history.push({
      revision,
      resource: key,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    })
    for (const watcher of watchers) watcher.wake()
  }

  return {
    revision: () => revision,

    get(resource: Resource, ref: { readonly namespace?: string; readonly name: string }): KubeObject | undefined {
      const namespace = resource.namespaced ? ref.namespace : undefined
      return structuredClone(tableOf(resourceKey(resource)).get(objectKey(namespace, ref.name)))
    },

    /** Stores the object under a new revision and returns it as stored. */
    put(resource: Resource, object: KubeObject): KubeObject {
      const key = resourceKey(resource)
      const { namespace, name } = object.metadata
      const before = tableOf(key).get(objectKey(namespace, name))
      revision += 1
      const after = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } }
      tableOf(key).set(objectKey(namespace, name), structuredClone(after))
      record(key, before, structuredClone(after))
      return structuredClone(after)
    },

    /** Takes the object out. Its last state, with the revision of the removal, is what watches see. */
    remove(resource: Resource, object: KubeObject): void {
      const key = resourceKey(resource)
      revision += 1
      tableOf(key).delete(objectKey(object.metadata.namespace, object.metadata.name))
      record(key, { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } }, undefined)
    },

    list(resource: Resource, selection: Selection): KubeObject[] {
      const entries = [...tableOf(resourceKey(resource))].sort(([one], [other]) => (one < other ? -1 : 1))
      return entries.map(([, object]) => structuredClone(object)).filter((object) => isSelected(object, selection))
    },

    /** Every object of a namespace, with the key of its resource. */
    contentOf(namespace: string): { readonly key: string; readonly object: KubeObject }[] {
      return [...tables].flatMap(([key, table]) =>
        [...table.values()]
          .filter((object) => object.metadata.namespace === namespace)
          .map((object) => ({ key, object: structuredClone(object) })),
      )
    },

    /** Forgets all history: a watch from an earlier revision is `Gone`. */
    compact(): void {
      oldest = revision
    },

    cutWatches(how: WatchCut): void {
      for (const watcher of [...watchers]) watcher.break(how)
    },

    /** Changes after a revision, one by one; see `Cluster.watch`. `everyMinute` sets the beat of bookmarks. */
    async *watch(
      resource: Resource,
      options: Selection & { readonly resourceVersion: string; readonly signal: AbortSignal },
      everyMinute: (tick: () => void) => () => void,
    ): AsyncGenerator<WatchEvent<KubeObject>> {
      const since = Number(options.resourceVersion)
      if (since < oldest) throw goneError(options.resourceVersion)

      const key = resourceKey(resource)
      let position = history.findIndex((change) => change.revision > since)
      if (position === -1) position = history.length
      let bookmarkDue = false
      let cut: WatchCut | undefined
      let wake = () => {}
      const watcher: Watcher = {
        wake: () => wake(),
        break(how) {
          cut = how
          watchers.delete(watcher)
          wake()
        },
      }
      watchers.add(watcher)
      const onAbort = () => wake()
      options.signal.addEventListener('abort', onAbort)
      const stopBookmarks = everyMinute(() => {
        bookmarkDue = true
        wake()
      })
      try {
        while (!options.signal.aborted) {
          if (cut === 'end') return
          if (cut === 'reset') throw new KubeError('Unreachable', 'the connection was reset')
          if (cut instanceof KubeError) throw cut
          const change = cut === 'silence' ? undefined : history[position]
          if (change !== undefined) {
            position += 1
            const event = change.resource === key ? eventOf(change, options) : undefined
            if (event !== undefined) yield event
          } else if (bookmarkDue && cut === undefined) {
            bookmarkDue = false
            yield { type: 'BOOKMARK', resourceVersion: String(revision) }
          } else {
            await new Promise<void>((resolve) => {
              wake = resolve
            })
          }
        }
      } finally {
        stopBookmarks()
        watchers.delete(watcher)
        options.signal.removeEventListener('abort', onAbort)
      }
    },
  }
}

/** What a watch with this selection sees of a change: entering the selection is `ADDED`, leaving it `DELETED`. */
function eventOf({ before, after }: Change, selection: Selection): WatchEvent<KubeObject> | undefined {
  const was = before !== undefined && isSelected(before, selection)
  const is = after !== undefined && isSelected(after, selection)
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object: structuredClone(after) }
  if (!was) return undefined
  const metadata = { ...before.metadata, ...(after && { resourceVersion: after.metadata.resourceVersion }) }
  return { type: 'DELETED', object: structuredClone({ ...before, metadata }) as KubeObject }
}

function goneError(resourceVersion: string): KubeError {
  return new KubeError('Gone', `too old resource version: ${resourceVersion}`, { status: 410 })
}
