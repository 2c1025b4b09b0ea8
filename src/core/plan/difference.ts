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
  const seen = observed.find((candidate) => isSameObject(identify(candidate), identify(wanted.object)))
  if (seen === undefined) return [{ do: 'apply', object: wanted.object }]
  if (seen.metadata.deletionTimestamp !== undefined || isAsWanted(wanted, seen)) return []
  const { uid } = seen.metadata
  return [
    {
      do: 'apply',
      object: { ...wanted.object, metadata: { ...wanted.object.metadata, ...(uid !== undefined && { uid }) } },
    },
  ]
}

/** Whether all that is wanted of the object stands, and nothing else in its exact fields. */
export function isAsWanted(wanted: WantedObject, observed: KubeObject): boolean {
  const exactFields = wanted.exactFields ?? []
  return (
    contains(observed, wanted.object, exactFields, '') &&
    exactFields.every((path) => isEqual(valueAt(wanted.object, path), valueAt(observed, path)))
  )
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
