/** Which pull request an environment's object belongs to, whichever its kind. Pure. */
import * as z from 'zod'
import { ChangeReference } from '../api/environment.ts'
import type { EnvironmentKind } from '../api/environment-kind.ts'
import { readChange } from './change-annotations.ts'

/** An object, as far as this is concerned; it need not be valid. */
export interface ChangeCarrier {
  readonly kind: EnvironmentKind | (string & {})
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> | undefined }
  readonly spec: unknown
}

const SpecWithChange = z.object({ change: ChangeReference })

/** An `Environment` has it in its spec, an `EnvironmentProvisioner` in its annotations. Undefined where it has none. */
export function changeOf({ kind, metadata, spec }: ChangeCarrier): ChangeReference | undefined {
  if (kind === 'EnvironmentProvisioner') return readChange(metadata.annotations)
  const read = SpecWithChange.safeParse(spec)
  return read.success ? read.data.change : undefined
}
