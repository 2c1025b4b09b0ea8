/**
 * Keeping to a folder. A pull request may hold symbolic links under the very names that a pipeline reads and writes;
 * followed, they lead to other volumes and to the step's own secrets.
 */
import { basename, dirname, join, resolve, sep } from 'node:path'
import type { CliIo } from './io.ts'

type Links = Pick<CliIo, 'realPath'>

/** Whether an existing file lies inside the folder, links followed. Rejects where either is not there. */
export async function isInside(file: string, folder: string, io: Links): Promise<boolean> {
  return contains(await io.realPath(folder), await io.realPath(file))
}

/** Whether a file would come to lie inside the folder. A link at the file's own place is no matter: it is replaced. */
export async function wouldBeInside(file: string, folder: string, io: Links): Promise<boolean> {
  const path = resolve(file)
  return contains(await io.realPath(folder), join(await futureFolder(dirname(path), io), basename(path)))
}

function contains(root: string, path: string): boolean {
  return path.startsWith(root.endsWith(sep) ? root : root + sep)
}

/** The folder without links, as far as it exists. */
async function futureFolder(path: string, io: Links): Promise<string> {
  return await io.realPath(path).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' || dirname(path) === path) throw error
    return join(await futureFolder(dirname(path), io), basename(path))
  })
}
