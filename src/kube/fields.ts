/** JSON objects as trees of fields: merge patch (RFC 7386), equality, leaves, and who owns which. Pure. */

type Json = unknown
type JsonObject = Record<string, unknown>

/** Whether a value is an object that is neither null nor an array. */
export function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The target with a JSON merge patch applied: objects merge, null removes, all else replaces. */
export function mergePatch<T>(target: T, patch: object): T {
  const merged: JsonObject = isObject(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else merged[key] = isObject(value) ? mergePatch(merged[key] ?? {}, value) : value
  }
  return merged as T
}

/** Whether two JSON values say the same; an undefined field is no field. The order of keys does not matter. */
export function isSame(one: Json, other: Json): boolean {
  if (one === other) return true
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((entry, index) => isSame(entry, other[index]))
  }
  if (!isObject(one) || !isObject(other)) return false
  const keys = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...keys].every((key) => isSame(one[key], other[key]))
}

/**
 * The merge patch that turns one JSON object into another: undefined when they are the same. Arrays are replaced
 * whole, fields that are no longer there are nulled.
 */
export function diffAsPatch(from: JsonObject, to: JsonObject): JsonObject | undefined {
  const patch: JsonObject = {}
  for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
    const [before, after] = [from[key], to[key]]
    if (isSame(before, after)) continue
    if (after === undefined) patch[key] = null
    else patch[key] = isObject(before) && isObject(after) ? diffAsPatch(before, after) : after
  }
  return Object.keys(patch).length === 0 ? undefined : patch
}

/**
 * Every leaf of an object by its path. Arrays are one leaf each, as an API server takes lists without a key; only
 * finalizers are a set, one leaf for each.
 */
export function leavesOf(object: JsonObject, path: readonly string[] = []): Map<string, Json> {
  const leaves = new Map<string, Json>()
  for (const [key, value] of Object.entries(object)) {
    const here = [...path, key]
    if (value === undefined) continue
    if (isObject(value) && Object.keys(value).length > 0) {
      for (const [leaf, inner] of leavesOf(value, here)) leaves.set(leaf, inner)
    } else if (key === 'finalizers' && Array.isArray(value)) {
      for (const name of value) leaves.set(pathKey([...here, String(name)]), true)
    } else {
      leaves.set(pathKey(here), value)
    }
  }
  return leaves
}

/** The object with some leaves set and others removed. Emptied parents stay, as on an API server. */
export function withLeaves(object: JsonObject, set: ReadonlyMap<string, Json>, removed: Iterable<string>): JsonObject {
  const copy = structuredClone(object)
  for (const key of removed) writeLeaf(copy, JSON.parse(key) as string[], undefined)
  for (const [key, value] of set) writeLeaf(copy, JSON.parse(key) as string[], value)
  return copy
}

function writeLeaf(object: JsonObject, path: readonly string[], value: Json): void {
  const [key = '', ...rest] = path
  if (key === 'finalizers' && rest.length === 1) {
    const others = ((object[key] as string[] | undefined) ?? []).filter((name) => name !== rest[0])
    object[key] = value === undefined ? others : [...others, rest[0]]
  } else if (rest.length === 0) {
    if (value === undefined) delete object[key]
    else if (!isEmptyObject(value) || !isObject(object[key])) object[key] = structuredClone(value)
  } else {
    if (!isObject(object[key])) {
      if (value === undefined) return
      object[key] = {}
    }
    writeLeaf(object[key] as JsonObject, rest, value)
  }
}

/** An empty object says that a parent exists, not that it has no children. */
export const isEmptyObject = (value: Json): boolean => isObject(value) && Object.keys(value).length === 0

const pathKey = (path: readonly string[]): string => JSON.stringify(path)
