/** What a file in the GitOps repository says about the environment in it. Pure. */
import { parse } from 'yaml'
import * as z from 'zod'
import { type EnvironmentKind, environmentKinds } from '../api/environment-kind.ts'
import { changeOf } from './change-of.ts'
import { identityText } from './identity.ts'
import { chartRepositoryIn, type InnerNames, innerNamesIn } from './inner-names.ts'

const EnvironmentFile = z.object({
  kind: z.enum(environmentKinds),
  metadata: z.object({ name: z.string(), annotations: z.record(z.string(), z.string()).optional().catch(undefined) }),
  spec: z.record(z.string(), z.unknown()),
})

/** Whose environment a file holds, and what is called how in it. */
export interface EnvironmentOnFile {
  readonly kind: EnvironmentKind
  /** `metadata.name`: what runs keeps its name. */
  readonly name: string
  readonly inner: InnerNames
  /** `host/owner/name` of the repository; undefined where it is none that can be read. */
  readonly repository: string | undefined
  /** The pull request; undefined in files of the original Tronador, which do not name it. */
  readonly change: { readonly number: number; readonly commit: string } | undefined
}

/** Largest environment that is written, in bytes of UTF-8: what is written must be read back, or it is never removed. */
export const maxEnvironmentSize = 256 * 1024

/** Largest file that is read, in characters. */
const maxLength = 512 * 1024

/** How many texts are known by heart. A folder changes by a file at a time, and YAML takes a millisecond to read. */
const maxKnown = 4096
const known = new Map<string, EnvironmentOnFile | undefined>()

/** The environment in a file, of either kind; undefined where the file holds none. */
export function readEnvironmentFile(text: string): EnvironmentOnFile | undefined {
  if (text.length > maxLength) return undefined
  if (known.has(text)) return known.get(text)
  const found = parseFile(text)
  const oldest = known.size < maxKnown ? undefined : known.keys().next().value
  if (oldest !== undefined) known.delete(oldest)
  known.set(text, found)
  return found
}

function parseFile(text: string): EnvironmentOnFile | undefined {
  try {
    const read = EnvironmentFile.safeParse(parse(text, { maxAliasCount: 0 }))
    return read.success ? describe(read.data) : undefined
  } catch {
    return undefined
  }
}

function describe(object: z.infer<typeof EnvironmentFile>): EnvironmentOnFile {
  const change = changeOf(object)
  const chart = chartRepositoryIn(object)
  return {
    kind: object.kind,
    name: object.metadata.name,
    inner: innerNamesIn(object),
    repository: change?.repository ?? (chart && identityText(chart)),
    change: change && { number: change.number, commit: change.commit },
  }
}
