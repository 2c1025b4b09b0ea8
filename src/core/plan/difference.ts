/** Whether an observed object is already as wanted, so that a pass with nothing to change writes nothing. */
import type { KubeObject } from '../../api/object.ts'
import { identify, isSameObject, type Step } from './plan.ts'

/** An object as it shall be. */
export interface WantedObject {
  readonly object: KubeObject
  /**
   * Fields (`spec.values`) that must be exactly as wanted: absent here means absent there. Everywhere else the API
   * server's defaults and other people's additions are no difference.
   */
  readonly exactFields?: readonly string[]
}

/** The step that brings the object to what is wanted, or none. `observed`: everything seen of its kinds and namespace. */
export function applyWhereDifferent(wanted: WantedObject, observed: readonly KubeObject[]): Step[] {
  const seen = observed.find((candidate) => isSameObject(candidate, wanted.object))
  if (seen === undefined) return [{ do: 'apply', object: wanted.object }]
  if (seen.metadata.deletionTimestamp !== undefined) return []
  const exactFields = wanted.exactFields ?? []
  const excess = excessOf(only(exactFields, seen), only(exactFields, wanted.object))
  if (excess === 'different' || !contains(seen, wanted.object, exactFields, '')) {
    const { uid } = seen.metadata
    const metadata = { ...wanted.object.metadata, ...(uid !== undefined && { uid }) }
    return [{ do: 'apply', object: { ...wanted.object, metadata } }]
  }
  // An apply takes out only what was applied before, never what someone else put there.
  return Object.keys(excess).length === 0 ? [] : [{ do: 'patch', of: identify(seen), patch: excess }]
}

/** The merge patch that takes out of `observed` what is not wanted, or that more than that is different. */
function excessOf(
  observed: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>>,
): Record<string, unknown> | 'different' {
  const patch: Record<string, unknown> = {}
  for (const key of new Set([...Object.keys(observed), ...Object.keys(wanted)])) {
    const [is, shall] = [observed[key], wanted[key]]
    if (isEqual(is, shall)) continue
    const inner = isNothing(shall) ? null : isRecord(is) && isRecord(shall) ? excessOf(is, shall) : 'different'
    if (inner === 'different') return inner
    patch[key] = inner
  }
  return patch
}

/** The object with nothing but these fields. */
function only(paths: readonly string[], object: unknown): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const path of paths) {
    const keys = path.split('.')
    const last = keys.pop() ?? ''
    let here = result
    for (const key of keys) {
      here[key] ??= {}
      here = here[key] as Record<string, unknown>
    }
    here[last] = valueAt(object, path)
  }
  return result
}

function contains(observed: unknown, wanted: unknown, skip: readonly string[], path: string): boolean {
  if (skip.includes(path) || wanted === undefined) return true
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(observed) &&
      observed.length === wanted.length &&
      wanted.every((item, index) => contains(observed[index], item, [], ''))
    )
  }
  if (isRecord(wanted)) {
    return (
      (isRecord(observed) || Object.keys(wanted).length === 0) &&
      Object.entries(wanted).every(([key, value]) =>
        contains(isRecord(observed) ? observed[key] : undefined, value, skip, path === '' ? key : `${path}.${key}`),
      )
    )
  }
  return isEqual(wanted, observed)
}

/** Deep equality. Null, absence, and an empty object or list are the same: the API server drops some of them. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (isNothing(a) && isNothing(b)) return true
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isEqual(item, b[index]))
  }
  if (isRecord(a) && isRecord(b)) {
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => isEqual(a[key], b[key]))
  }
  return a === b
}

function isNothing(value: unknown): boolean {
  if (value === null || value === undefined) return true
  if (Array.isArray(value)) return value.length === 0
  return isRecord(value) && Object.keys(value).length === 0
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function valueAt(object: unknown, path: string): unknown {
  return path.split('.').reduce((value: unknown, key) => (isRecord(value) ? value[key] : undefined), object)
}
