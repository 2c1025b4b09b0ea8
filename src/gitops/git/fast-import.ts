/**
 * One conversation with `git fast-import`: look at paths of a commit, read a file, write the next commit. One process
 * instead of five, no work tree and no index, so nothing in the repository can lead a write elsewhere.
 */
import { Buffer } from 'node:buffer'
import { once } from 'node:events'
import { TronadorError } from '../../core/errors.ts'
import { refusePath } from '../path.ts'
import { collectErrors, explainSpawn, type GitProcess } from './process.ts'

/** Largest file that is read: an environment's object is a few KiB. */
export const maxFileSize = 1024 * 1024

/** What lies at a path of a commit. Modes are Git's: 100644 and 100755 files, 040000 folders, 120000 links. */
export interface TreeEntry {
  readonly mode: string
  readonly hash: string
}

export interface NewCommit {
  readonly parent: string
  readonly path: string
  /** New content, or undefined to remove the file. */
  readonly text: string | undefined
  readonly mode: string
  readonly message: string
  /** Whole seconds since 1970. */
  readonly seconds: number
}

export interface ImportSession {
  /** The entries at these paths of a commit, in order; undefined where there is nothing. */
  look(commit: string, paths: readonly string[]): Promise<readonly (TreeEntry | undefined)[]>
  /** A file's text; GitPathRefused where it is larger than 1 MiB or not UTF-8. */
  read(entry: TreeEntry, path: string): Promise<string>
  /** Writes a commit into the mirror, under the ref that later fetches start from; gives its hash. */
  commit(commit: NewCommit): Promise<string>
  /** Must be called in the end, whatever happened. */
  close(): Promise<void>
}

/** The mirror's only ref: the branch's head as last seen or made. */
export const mirrorRef = 'refs/tronador/head'

const author = 'Tronador <tronador@tronador.stakater.com>'

/** Starts the conversation in a bare repository. */
export function startImport(git: GitProcess, folder: string): ImportSession {
  const child = git.start(folder, ['fast-import', '--quiet', '--force', '--done', '--date-format=raw'])
  const errors = collectErrors(child)
  const output = child.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let pending: Buffer = Buffer.alloc(0)
  let spawnError: NodeJS.ErrnoException | undefined
  const closed = once(child, 'close').catch((error: NodeJS.ErrnoException) => {
    spawnError = error
  })

  async function more(): Promise<void> {
    const next = await output.next().catch(() => ({ done: true as const, value: undefined }))
    if (next.done === true) throw await broken()
    pending = Buffer.concat([pending, next.value])
  }

  async function broken(): Promise<TronadorError> {
    await closed
    if (spawnError !== undefined) return explainSpawn(spawnError)
    const said = errors().split('\n')[0] ?? ''
    return new TronadorError('GitFailed', `The local copy of the GitOps repository cannot be used (git: ${said}).`)
  }

  async function line(): Promise<string> {
    let end = pending.indexOf(10)
    while (end < 0) {
      await more()
      end = pending.indexOf(10)
    }
    const text = pending.subarray(0, end).toString('utf8')
    pending = pending.subarray(end + 1)
    return text
  }

  async function bytes(count: number): Promise<Buffer> {
    while (pending.length < count) await more()
    const taken = pending.subarray(0, count)
    pending = pending.subarray(count)
    return taken
  }

  async function look(commit: string, paths: readonly string[]): Promise<readonly (TreeEntry | undefined)[]> {
    child.stdin.write(paths.map((path) => `ls ${commit} ${quote(path)}\n`).join(''))
    const entries: (TreeEntry | undefined)[] = []
    for (const _ of paths) entries.push(readEntry(await line()))
    return entries
  }

  async function read(entry: TreeEntry, path: string): Promise<string> {
    child.stdin.write(`cat-blob ${entry.hash}\n`)
    const size = Number((await line()).split(' ')[2])
    if (!(size <= maxFileSize)) throw refusePath(path, `the file there is larger than ${maxFileSize} bytes`)
    const content = (await bytes(size + 1)).subarray(0, size)
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content)
    } catch {
      throw refusePath(path, 'the file there is not UTF-8 text')
    }
  }

  async function commit(next: NewCommit): Promise<string> {
    const change =
      next.text === undefined
        ? `D ${quote(next.path)}\n`
        : `M ${next.mode} inline ${quote(next.path)}\n${data(next.text)}`
    child.stdin.write(
      `commit ${mirrorRef}\nmark :1\ncommitter ${author} ${next.seconds} +0000\n${data(next.message)}` +
        `from ${next.parent}\n${change}\nget-mark :1\n`,
    )
    const hash = await line()
    child.stdin.end('done\n')
    await closed
    if (child.exitCode !== 0) throw await broken()
    return hash
  }

  async function close(): Promise<void> {
    if (!child.stdin.writableEnded) child.stdin.end('done\n')
    // What was asked and not read must be taken, or git waits for ever to be rid of it.
    while ((await output.next().catch(() => ({ done: true }))).done !== true);
    await closed
  }

  return { look, read, commit, close }
}

/** `100644 blob HASH<tab>path`, or `missing path`. */
function readEntry(line: string): TreeEntry | undefined {
  const match = /^(\d{6}) (?:blob|tree|commit) ([0-9a-f]{40,64})\t/.exec(line)
  return match === null ? undefined : { mode: match[1] ?? '', hash: match[2] ?? '' }
}

function quote(path: string): string {
  return `"${path.replace(/["\\]/g, '\\$&')}"`
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text, 'utf8')}\n${text}\n`
}
