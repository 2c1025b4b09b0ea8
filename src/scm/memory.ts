/** A code host in memory: for tests of what stands on the port, with people who open, push, close and reopen. */
import { TronadorError } from '../core/errors.ts'
import { type RepositoryIdentity, repositoryIdentity } from '../core/identity.ts'
import type { CommitStatus, PullRequest, ScmApi } from './scm.ts'

/** A comment as the fake holds it. */
export interface MemoryComment {
  readonly author: string
  readonly body: string
  /** How often it was edited. */
  readonly edits: number
}

/** What a pull request is opened with. */
export interface MemoryChange {
  readonly commit: string
  readonly branch?: string
  readonly fork?: boolean
  readonly files?: Readonly<Record<string, string>>
}

/** The fake, and what people do on it. */
export interface MemoryCodeHost extends ScmApi {
  /** Opens a pull request with its first commit; `files` stand at that commit. */
  open(number: number, change: MemoryChange): void
  push(number: number, commit: string, files?: Readonly<Record<string, string>>): void
  close(number: number, merged?: boolean): void
  reopen(number: number): void
  /** The pull request is no longer there at all. */
  lose(number: number): void
  /** Somebody else's comment. */
  comment(number: number, author: string, body: string): void
  readonly comments: ReadonlyMap<number, readonly MemoryComment[]>
  /** The newest status of each commit and context: `commit context`. */
  readonly statuses: ReadonlyMap<string, CommitStatus>
  /** Called before each request with its name; may throw what a host says. */
  intercept(before: (request: keyof ScmApi) => void): void
}

const ourselves = 'tronador'

/** A repository without pull requests. */
export function createMemoryCodeHost(url = 'https://git.example.com/acme/shop'): MemoryCodeHost {
  const identity: RepositoryIdentity = repositoryIdentity(url)
  const pulls = new Map<number, PullRequest>()
  const files = new Map<string, string>()
  const comments = new Map<number, MemoryComment[]>()
  const statuses = new Map<string, CommitStatus>()
  let before: (request: keyof ScmApi) => void = () => {}

  function put(commit: string, added: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(added)) files.set(`${commit} ${path}`, text)
  }

  function change(number: number, edit: (pull: PullRequest) => PullRequest): void {
    const pull = pulls.get(number)
    if (pull !== undefined) pulls.set(number, edit(pull))
  }

  return {
    identity,
    comments,
    statuses,
    open(number, { commit, branch = `change-${number}`, fork = false, files: added = {} }) {
      put(commit, added)
      pulls.set(number, {
        number,
        state: 'open',
        merged: false,
        draft: false,
        title: `Change ${number}`,
        url: `${url}/pulls/${number}`,
        author: 'dana',
        source: { branch, commit, fork, cloneUrl: `${url}.git` },
        targetBranch: 'main',
      })
    },
    push(number, commit, added = {}) {
      put(commit, added)
      change(number, (pull) => ({ ...pull, source: { ...pull.source, commit } }))
    },
    close: (number, merged = false) => change(number, (pull) => ({ ...pull, state: 'closed', merged })),
    reopen: (number) => change(number, (pull) => ({ ...pull, state: 'open' })),
    lose: (number) => void pulls.delete(number),
    comment: (number, author, body) =>
      void comments.set(number, [...(comments.get(number) ?? []), { author, body, edits: 0 }]),
    intercept: (hook) => {
      before = hook
    },

    async pullRequest(number) {
      before('pullRequest')
      return pulls.get(number)
    },
    async openPullRequests() {
      before('openPullRequests')
      return [...pulls.values()].filter(({ state }) => state === 'open')
    },
    async readFile(path, commit) {
      before('readFile')
      return files.get(`${commit} ${path}`)
    },
    async upsertComment(number, marker, text) {
      before('upsertComment')
      if (!pulls.has(number)) throw new TronadorError('ScmNotFound', `There is no pull request ${number}.`)
      const all = comments.get(number) ?? []
      const body = `${marker}\n${text}`
      const own = all.findIndex((comment) => comment.author === ourselves && comment.body.startsWith(marker))
      const current = all[own]
      if (current === undefined) comments.set(number, [...all, { author: ourselves, body, edits: 0 }])
      else if (current.body !== body) {
        comments.set(number, all.with(own, { author: ourselves, body, edits: current.edits + 1 }))
      }
    },
    async setStatus(commit, status) {
      before('setStatus')
      statuses.set(`${commit} ${status.context}`, status)
    },
  }
}
