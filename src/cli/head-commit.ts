/**
 * Which commit is checked out where the config file lies: read from the `.git` folder's plain files, so that neither
 * the git program nor the ownership it insists on is needed.
 */
import { dirname, join, resolve } from 'node:path'
import {
  findPackedReference,
  isOfWorkTree,
  maxIndirections,
  maxPackedReferencesSize,
  maxReferenceSize,
  readGitFile,
  readReference,
} from '../core/checkout.ts'
import { TronadorError } from '../core/errors.ts'
import type { CliIo } from './io.ts'
import { whyUnreadable } from './why-unreadable.ts'

/** The git folder of a checkout and, where it is one of several work trees, the one that all of them share. */
interface GitFolders {
  readonly own: string
  readonly common: string
}

/** The full hash of the commit that is checked out in the innermost checkout around a file. Throws `CheckoutUnreadable`. */
export async function headCommit(file: string, io: CliIo): Promise<string> {
  if (file === '-') throw unreadable('A config file from standard input lies in no checkout')
  const path = await io.realPath(file).catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(`${file} cannot be read: ${whyUnreadable(cause)}`)
  })
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const folders = await gitFoldersOf(folder, io)
    if (folders !== undefined) return await resolveHead(folders, io)
    if (folder === dirname(folder)) throw unreadable(`${file} lies in no checkout: no folder above it holds \`.git\``)
  }
}

async function gitFoldersOf(folder: string, io: CliIo): Promise<GitFolders | undefined> {
  const path = join(folder, '.git')
  const real = await io.realPath(path).catch(absent)
  if (real === undefined) return undefined
  if (real !== path) throw unreadable(`${path} is a symbolic link`)
  const text = await readText(path, maxReferenceSize, io)
  const named = text === undefined ? path : readGitFile(text)
  if (named === undefined) throw unreadable(`${path} is no git folder and names none`)
  const own = await io.realPath(resolve(folder, named)).catch(() => {
    throw unreadable(`The git folder that ${path} names is not there`)
  })
  const shared = await readText(join(own, 'commondir'), maxReferenceSize, io)
  if (shared === undefined) return { own, common: own }
  const common = await io.realPath(resolve(own, shared.trimEnd())).catch(absent)
  if (common === undefined) throw unreadable(`The git folder that ${own} belongs to is not there`)
  return { own, common }
}

async function resolveHead(folders: GitFolders, io: CliIo): Promise<string> {
  let [name, text] = ['HEAD', await readPlainFile(folders.own, 'HEAD', io)]
  for (let step = 0; step < maxIndirections; step++) {
    const reference = text === undefined ? undefined : readReference(text)
    if (reference === undefined) throw unreadable(`${name} in ${folders.own} cannot be understood`)
    if ('commit' in reference) return reference.commit
    name = reference.name
    text = await readPlainFile(isOfWorkTree(name) ? folders.own : folders.common, name, io)
    if (text === undefined) return await findPacked(folders.common, name, io)
  }
  throw unreadable(`HEAD in ${folders.own} leads from one name to the next without end`)
}

async function findPacked(common: string, name: string, io: CliIo): Promise<string> {
  const text = await readPlainFile(common, 'packed-refs', io, maxPackedReferencesSize)
  const commit = text === undefined ? undefined : findPackedReference(text, name)
  if (commit !== undefined) return commit
  throw unreadable(`The checkout’s branch ${name.replace(/^refs\/heads\//, '')} has no commit in ${common}`)
}

/** A file of a git folder; undefined where there is none. A symbolic link on the way could lead anywhere. */
async function readPlainFile(
  folder: string,
  name: string,
  io: CliIo,
  limit = maxReferenceSize,
): Promise<string | undefined> {
  const path = join(folder, name)
  const real = await io.realPath(path).catch(absent)
  if (real === undefined) return undefined
  if (real !== path) throw unreadable(`${path} is reached through a symbolic link`)
  return await readText(path, limit, io)
}

/** Undefined for a folder as well: git leaves empty ones where branches were. */
async function readText(path: string, limit: number, io: CliIo): Promise<string | undefined> {
  const bytes = await io.readFile(path, limit).catch(absent)
  if (bytes === undefined) return undefined
  if (bytes.length > limit) throw unreadable(`${path} is larger than ${limit} bytes`)
  return new TextDecoder().decode(bytes)
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'EISDIR') return undefined
  throw unreadable(`${error.path ?? 'The checkout'} cannot be read: ${whyUnreadable(error)}`)
}

function unreadable(message: string): TronadorError {
  return new TronadorError('CheckoutUnreadable', `${message}.`)
}
