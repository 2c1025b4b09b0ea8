/**
 * The pull request of an `EnvironmentProvisioner`, in its annotations: the kind of the original Tronador has no field
 * for it.
 */
import { ChangeReference } from '../api/environment.ts'
import { changeAnnotations } from '../api/labels.ts'

/** The annotations that name the pull request. */
export function writeChange(change: ChangeReference): Record<string, string> {
  return Object.fromEntries(
    Object.entries(changeAnnotations).flatMap(([field, key]) => {
      const value = change[field as keyof ChangeReference]
      return value === undefined ? [] : [[key, String(value)]]
    }),
  )
}

/** The pull request that the annotations name; undefined where they name none, or not all that is needed. */
export function readChange(annotations: Readonly<Record<string, string>> | undefined): ChangeReference | undefined {
  const fields = Object.entries(changeAnnotations).flatMap(([field, key]) => {
    const value = annotations?.[key]
    return value === undefined ? [] : [[field, field === 'number' ? Number(value) : value]]
  })
  const read = ChangeReference.safeParse(Object.fromEntries(fields))
  return read.success ? read.data : undefined
}
