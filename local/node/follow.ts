/** Keeps a copy of all objects of one kind, for the ingress proxy. */

import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster, KubeObject, Resource } from '../../src/kube/cluster.ts'

/** A copy that follows the cluster until the signal that started it aborts. */
export interface Followed<T extends KubeObject> {
  /** What stands in the cluster, a moment ago. */
  all(): T[]
  get(namespace: string, name: string): T | undefined
}

/** Lists once (rejects if that fails) and then watches, beginning again whenever a watch ends. */
export async function follow<T extends KubeObject>(
  cluster: Cluster,
  resource: Resource,
  signal: AbortSignal,
  onChange: (object: T) => void = () => {},
): Promise<Followed<T>> {
  let objects = new Map<string, T>()
  const list = async () => {
    const { items, resourceVersion } = await cluster.list<T>(resource)
    objects = new Map(items.map((object) => [keyOf(object), object]))
    items.forEach(onChange)
    return resourceVersion
  }
  const watch = async (resourceVersion: string) => {
    for await (const event of cluster.watch<T>(resource, { resourceVersion, signal })) {
      if (event.type === 'BOOKMARK') continue
      if (event.type === 'DELETED') objects.delete(keyOf(event.object))
      else {
        objects.set(keyOf(event.object), event.object)
        onChange(event.object)
      }
    }
  }
  const forever = async (first: string) => {
    await watch(first).catch(() => {})
    while (!signal.aborted) {
      // A list after each watch: simpler than resuming, and cheap on a cluster of this size.
      await list()
        .then(watch)
        .catch(() => delay(200))
    }
  }
  void forever(await list())
  return { all: () => [...objects.values()], get: (namespace, name) => objects.get(`${namespace}/${name}`) }
}

function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name}`
}
