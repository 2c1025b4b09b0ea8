/** Objects by key, and by whatever else one looks for. */
import type { KubeObject } from '../../kube/cluster.ts'
import { keyOf } from './keys.ts'

/** For each index the values under which an object is found. */
export type IndexFunctions<T extends KubeObject> = Readonly<Record<string, (object: T) => readonly string[]>>

/** Reads of a cache. The objects are shared: never change one. */
export interface ObjectCache<T extends KubeObject> {
  /** The object of that key (`name` or `namespace/name`). */
  get(key: string): T | undefined
  list(): T[]
  /** The objects for which the index of that name gave that value. */
  byIndex(index: string, value: string): T[]
}

/** A cache that can be written. */
export interface WritableObjectCache<T extends KubeObject> extends ObjectCache<T> {
  put(object: T): void
  remove(key: string): void
}

/** Makes an empty cache. */
export function createObjectCache<T extends KubeObject>(indexFunctions: IndexFunctions<T>): WritableObjectCache<T> {
  const objects = new Map<string, T>()
  const indexes = new Map(Object.keys(indexFunctions).map((name) => [name, new Map<string, Set<string>>()]))

  function unindex(key: string): void {
    const object = objects.get(key)
    if (object === undefined) return
    for (const [name, index] of indexes) {
      for (const value of indexFunctions[name]?.(object) ?? []) {
        const keys = index.get(value)
        keys?.delete(key)
        if (keys?.size === 0) index.delete(value)
      }
    }
  }

  return {
    get: (key) => objects.get(key),
    list: () => [...objects.values()],
    byIndex(name, value) {
      const keys = indexes.get(name)?.get(value) ?? []
      return [...keys].map((key) => objects.get(key)).filter((object) => object !== undefined)
    },
    put(object) {
      const key = keyOf(object)
      unindex(key)
      objects.set(key, object)
      for (const [name, index] of indexes) {
        for (const value of indexFunctions[name]?.(object) ?? []) {
          index.set(value, (index.get(value) ?? new Set()).add(key))
        }
      }
    },
    remove(key) {
      unindex(key)
      objects.delete(key)
    },
  }
}
