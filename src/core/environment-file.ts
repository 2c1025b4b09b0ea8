/** What a file in the GitOps repository says about the environment in it. Pure. */
import { parse } from 'yaml'
import { z } from 'zod'
import { environmentKinds } from '../api/environment-kind.ts'
import { changeOf } from './change-of.ts'

const EnvironmentFile = z.object({
  kind: z.enum(environmentKinds),
  metadata: z.object({ name: z.string(), annotations: z.record(z.string(), z.string()).optional() }),
  spec: z.record(z.string(), z.unknown()),
})

/** Whose environment a file holds. */
export interface EnvironmentOnFile {
  /** `metadata.name`: what runs keeps its name. */
  readonly name: string
  /** `host/owner/name` of the repository. */
  readonly repository: string
  /** The pull request's number. */
  readonly number: number
  /** Full hash of the commit. */
  readonly commit: string
}

/** Largest environment that is written, in bytes of UTF-8: what is written must be read back, or it is never removed. */
export const maxEnvironmentSize = 256 * 1024

/** Largest file that is read, in characters. */
const maxLength = 512 * 1024

/** How many texts are known by heart. A folder changes by a file at a time, and YAML takes a millisecond to read. */
const maxKnown = 4096
const known = new Map<string, EnvironmentOnFile | undefined>()

/**
 * The environment in a file, of either kind, or undefined where the file holds none that names its pull request: such a file is
 * never ours to change or remove.
 */
export function readEnvironmentFile(text: string): EnvironmentOnFile | undefined {
  if (known.has(text)) return known.get(text)
  const found = parseFile(text)
  const oldest = known.size < maxKnown ? undefined : known.keys().next().value
  if (oldest !== undefined) known.delete(oldest)
  known.set(text, found)
  return found
}

function parseFile(text: string): EnvironmentOnFile | undefined {
  if (text.length > maxLength) return undefined
  try {
    const read = EnvironmentFile.safeParse(parse(text, { maxAliasCount: 0 }))
    const change = read.success ? changeOf(read.data) : undefined
    if (!read.success || change === undefined) return undefined
    const { repository, number, commit } = change
    return { name: read.data.metadata.name, repository, number, commit }
  } catch {
    return undefined
  }
}
