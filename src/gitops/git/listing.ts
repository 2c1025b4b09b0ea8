/**
 * What folders of the branch hold, remembered for one head and carried along by our own commits: while nobody else
 * writes, a folder is read from the local copy once.
 */
import { maxFileSize } from './fast-import.ts'
import type { Mirror } from './mirror.ts'

/** A commit of ours that has become the head. */
export interface OwnCommit {
  readonly parent: string
  readonly commit: string
  readonly path: string
  /** Undefined where the commit removed the file. */
  readonly text: string | undefined
}

export interface Listings {
  /** Every file below a folder at the head, with its text. Leaves out what is too large, or not UTF-8. */
  read(head: string, folder: string): Promise<ReadonlyMap<string, string>>
  /** Brings what is remembered from the commit's parent to the commit. */
  advance(own: OwnCommit): void
}

interface Listing {
  readonly head: string
  readonly files: ReadonlyMap<string, string>
}

/** Listings of one mirror. */
export function createListings(mirror: Pick<Mirror, 'files' | 'blobs'>): Listings {
  const remembered = new Map<string, Listing>()

  async function read(head: string, folder: string): Promise<ReadonlyMap<string, string>> {
    const known = remembered.get(folder)
    if (known?.head === head) return known.files
    const files = await readAll(mirror, head, folder)
    remembered.set(folder, { head, files })
    return files
  }

  function advance(own: OwnCommit): void {
    for (const [folder, { head, files }] of remembered) {
      if (head === own.parent) remembered.set(folder, { head: own.commit, files: withFile(files, folder, own) })
    }
  }

  return { read, advance }
}

function withFile(
  files: ReadonlyMap<string, string>,
  folder: string,
  { path, text }: OwnCommit,
): ReadonlyMap<string, string> {
  if (folder !== '' && !path.startsWith(`${folder}/`)) return files
  const next = new Map(files)
  if (text === undefined || Buffer.byteLength(text) > maxFileSize) next.delete(path)
  else next.set(path, text)
  return next
}

async function readAll(
  mirror: Pick<Mirror, 'files' | 'blobs'>,
  head: string,
  folder: string,
): Promise<ReadonlyMap<string, string>> {
  const files = (await mirror.files(head, folder)).filter((file) => file.size <= maxFileSize)
  if (files.length === 0) return new Map()
  const contents = await mirror.blobs(files.map((file) => file.hash))
  const found = new Map<string, string>()
  files.forEach((file, index) => {
    const text = decode(contents[index])
    if (text !== undefined) found.set(file.path, text)
  })
  return found
}

function decode(content: Buffer | undefined): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content)
  } catch {
    return undefined
  }
}
