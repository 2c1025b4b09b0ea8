/**
 * The real GitOps adapter: the `git` program on a disposable bare copy. A change costs two git processes and one
 * round of push while nobody else writes; a lost race costs a fetch more.
 */
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { TronadorError } from '../core/errors.ts'
import { changeFile, type Pace, withPatience } from './git/change.ts'
import { type GitCredentials, prepareCredentials } from './git/credentials.ts'
import { createListings } from './git/listing.ts'
import { createMirror, type Mirror } from './git/mirror.ts'
import { createGitProcess } from './git/process.ts'
import type { GitOps } from './gitops.ts'
import { checkFilePath, checkFolderPath } from './path.ts'
import { checkBranch, checkGitUrl, type GitUrl, type UrlRules } from './target.ts'

export type { GitCredentials } from './git/credentials.ts'

export interface GitOptions extends UrlRules, Pace {
  /** Folder for local copies, created where missing. A folder of its own is made in it and removed by `close`. */
  readonly folder: string
  /** PATH, proxy and certificate variables are taken from here; nothing else is. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Milliseconds one git process may take; one minute where absent. */
  readonly timeout?: number
  /** Cuts off whatever is under way; what was cut off rejects, and `close` still cleans up. */
  readonly stop?: AbortSignal
}

/** One branch of one repository, and who writes there. */
export interface GitTarget {
  readonly url: string
  readonly branch: string
  readonly credentials?: GitCredentials | undefined
}

/** All GitOps repositories of a process: changes to one repository are done one after the other. */
export interface Git {
  /** Rejects with GitUrlRefused, GitBranchRefused or GitAuthenticationFailed before anything is asked of the remote. */
  open(target: GitTarget): Promise<GitOps>
  /** Removes local copies and key files. No `GitOps` works afterwards. */
  close(): Promise<void>
}

/** Opens GitOps repositories. Opening the same target twice gives the same one. */
export function createGit(options: GitOptions): Git {
  const opened = new Map<string, Promise<GitOps>>()
  const queues = new Map<string, Promise<unknown>>()
  let home: Promise<string> | undefined

  async function makeHome(): Promise<string> {
    await mkdir(options.folder, { recursive: true, mode: 0o700 })
    return mkdtemp(join(options.folder, 'gitops-'))
  }

  /** Runs tasks of one repository one after the other, in order of arrival. */
  function inTurn<T>(url: string, task: () => Promise<T>): Promise<T> {
    const result = (queues.get(url) ?? Promise.resolve()).then(task)
    queues.set(
      url,
      result.catch(() => {}),
    )
    return result
  }

  async function open(target: GitTarget): Promise<GitOps> {
    const url = checkGitUrl(target.url, options)
    const branch = checkBranch(target.branch)
    const key = fingerprint([url.text, branch, target.credentials ?? null])
    let made = opened.get(key)
    if (made === undefined) {
      home ??= makeHome()
      made = home.then((folder) => openMirror(url, branch, target.credentials, folder, key.slice(0, 16)))
      made.catch(() => opened.delete(key))
      opened.set(key, made)
    }
    return made
  }

  async function openMirror(
    url: GitUrl,
    branch: string,
    credentials: GitCredentials | undefined,
    folder: string,
    name: string,
  ): Promise<GitOps> {
    const prepared = await prepareCredentials(url, credentials, join(folder, `${name}.ssh`))
    const git = createGitProcess({
      environment: options.environment,
      home: folder,
      config: prepared.config,
      variables: prepared.variables,
      allowedProtocols: url.protocol,
      timeout: options.timeout ?? 60_000,
      stop: options.stop,
    })
    const mirror = createMirror(git, join(folder, name), { url: url.text, branch, secrets: prepared.secrets })
    return createGitOps(mirror, options, (task) => inTurn(url.text, () => renewOnFailure(mirror, task)))
  }

  async function close(): Promise<void> {
    await Promise.all(queues.values())
    if (home !== undefined) await rm(await home, { recursive: true, force: true })
  }

  return { open, close }
}

function fingerprint(target: unknown): string {
  return createHash('sha256').update(JSON.stringify(target)).digest('hex')
}

/** A failure without a name may be the local copy's own: the next task begins with a new one. */
async function renewOnFailure<T>(mirror: Mirror, task: () => Promise<T>): Promise<T> {
  try {
    return await task()
  } catch (error) {
    if (error instanceof TronadorError && error.code === 'GitFailed') await mirror.discard()
    throw error
  }
}

function createGitOps(mirror: Mirror, pace: Pace, inTurn: <T>(task: () => Promise<T>) => Promise<T>): GitOps {
  const listings = createListings(mirror)
  return {
    async list(folder, options = {}) {
      const below = checkFolderPath(folder)
      return inTurn(async () => {
        const remembered = options.asRemembered === true ? mirror.known : undefined
        return listings.read(remembered ?? (await withPatience(pace, mirror.refresh)), below)
      })
    },
    async change(change) {
      const folders = checkFilePath(change.path)
      return inTurn(async () => {
        const { own, ...pushed } = await changeFile(mirror, change, folders, pace)
        if (own !== undefined) listings.advance(own)
        return pushed
      })
    },
  }
}
