/** The GitOps port in memory: for tests of what stands on it, and for rehearsals. */
import { TronadorError } from '../core/errors.ts'
import { messageFor } from './commit-message.ts'
import type { FileChange, GitOps, Pushed } from './gitops.ts'
import { checkFilePath, checkFolderPath, refusePath } from './path.ts'

/** One commit of the fake: which file it left how, and what it says. */
export interface MemoryCommit {
  readonly hash: string
  readonly path: string
  readonly text: string | undefined
  readonly message: string
}

export interface MemoryGitOps extends GitOps {
  /** The branch's files now. */
  readonly files: ReadonlyMap<string, string>
  /** Every commit, oldest first. */
  readonly commits: readonly MemoryCommit[]
  /** Another writer's commit. */
  write(path: string, text: string | undefined): void
}

export interface MemoryOptions {
  readonly files?: Readonly<Record<string, string>>
  /** Called between an edit and its push, where other writers strike; may call `write`, or throw what a host says. */
  readonly beforePush?: (gitops: MemoryGitOps, change: FileChange) => void
  /** How often a change may lose the race; 40 where absent. */
  readonly attempts?: number
}

/** An empty or given branch in memory. */
export function createMemoryGitOps(options: MemoryOptions = {}): MemoryGitOps {
  const files = new Map(Object.entries(options.files ?? {}))
  const commits: MemoryCommit[] = []
  const hash = (count: number) => count.toString(16).padStart(40, '0')
  const head = () => hash(commits.length)

  function record(path: string, text: string | undefined, message: string): void {
    if (text === undefined) files.delete(path)
    else files.set(path, text)
    commits.push({ hash: hash(commits.length + 1), path, text, message })
  }

  function lookUp(path: string): string | undefined {
    const folders = checkFilePath(path)
    const blocked = folders.find((folder) => files.has(folder))
    if (blocked !== undefined) throw refusePath(path, `${blocked} there is a file`)
    const isFolder = [...files.keys()].some((other) => other.startsWith(`${path}/`))
    if (isFolder) throw refusePath(path, 'there is a folder at it')
    return files.get(path)
  }

  function changeNow(change: FileChange): Pushed {
    for (let attempt = 0; attempt < (options.attempts ?? 40); attempt++) {
      const current = lookUp(change.path)
      const next = change.edit(current)
      if (next === current) return { commit: head(), changed: false }
      const before = head()
      options.beforePush?.(gitops, change)
      if (head() !== before) continue
      record(change.path, next, messageFor(change, current, next))
      return { commit: head(), changed: true }
    }
    throw new TronadorError('GitConflict', `Somebody else pushed first each time; ${change.path} stands as it was.`)
  }

  const gitops: MemoryGitOps = {
    files,
    commits,
    write: (path, text) => record(path, text, `Somebody writes ${path}\n`),
    list: async (folder) => {
      const below = checkFolderPath(folder)
      const prefix = below === '' ? '' : `${below}/`
      const paths = [...files.keys()].filter((path) => path.startsWith(prefix)).sort()
      return new Map(paths.map((path) => [path, files.get(path) ?? '']))
    },
    change: async (change) => changeNow(change),
  }
  return gitops
}
