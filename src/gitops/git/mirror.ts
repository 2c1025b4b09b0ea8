/**
 * A disposable local copy of one branch: bare, one commit deep. It knows the head it last saw, and asks the remote
 * only when it must. All methods run one at a time; the adapter sees to that.
 */
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { TronadorError } from '../../core/errors.ts'
import { cleanWords, explainFailure, type FailureContext, type PushOutcome, readPush } from './failure.ts'
import { type ImportSession, mirrorRef, startImport } from './fast-import.ts'
import type { GitProcess, GitResult } from './process.ts'

export interface Mirror {
  /** The head as last seen or made, without asking; undefined before the first `refresh`. */
  readonly known: string | undefined
  /** Asks the remote for the branch's head, fetches it where it is new, and gives it. */
  refresh(): Promise<string>
  /**
   * Moves the branch from `parent` to `commit`, its child. Compare-and-swap: a remote that is anywhere else, even at
   * an older commit or without the branch, is left as it is. Rejects where the outcome is unknown.
   */
  push(commit: string, parent: string): Promise<PushOutcome>
  /** Whether the remote branch holds the commit, as its head or below it. Leaves the mirror at the head. */
  holds(commit: string): Promise<boolean>
  /** Every regular file below a folder of the head, with its object's hash and size. */
  files(commit: string, folder: string): Promise<readonly { path: string; hash: string; size: number }[]>
  /** Contents of blobs, in order. */
  blobs(hashes: readonly string[]): Promise<readonly Buffer[]>
  /** Talks to the local copy; the caller closes it. */
  open(): ImportSession
  /** Throws the local copy away; the next `refresh` begins anew. */
  discard(): Promise<void>
}

/** How many pushes a local copy lives for: it is never packed, so it is thrown away before it grows. */
const maxPushes = 1000

/** A mirror in a folder of its own, which it creates. */
export function createMirror(git: GitProcess, folder: string, context: FailureContext): Mirror {
  const remoteRef = `refs/heads/${context.branch}`
  let known: string | undefined
  let pushes = 0
  /** A push was lost, so the remote is known to be elsewhere: asking where would only cost a round. */
  let moved = false

  async function refresh(): Promise<string> {
    if (pushes >= maxPushes) await discard()
    if (known === undefined) await create()
    else if (!moved && (await remoteHead()) === known) return known
    return fetchHead(['--depth=1'])
  }

  async function create(): Promise<void> {
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await must(git.run(folder, ['init', '--quiet', '--bare', '--template=']))
  }

  async function fetchHead(depth: readonly string[]): Promise<string> {
    const options = ['--quiet', '--no-tags', '--no-recurse-submodules', ...depth]
    const refspec = `+${remoteRef}:${mirrorRef}`
    const result = await git.run(folder, ['fetch', ...options, '--end-of-options', context.url, refspec])
    if (result.code !== 0) throw await explainMissingBranch(explainFailure(result, context))
    const fetched = /^[0-9a-f]+/.exec(await readFile(join(folder, 'FETCH_HEAD'), 'utf8'))?.[0]
    if (fetched === undefined) throw new TronadorError('GitFailed', `Git fetched no commit from ${context.url}.`)
    known = fetched
    moved = false
    return fetched
  }

  async function remoteHead(): Promise<string | undefined> {
    const result = await must(git.run(folder, ['ls-remote', '--quiet', '--end-of-options', context.url, remoteRef]))
    const line = result.stdout
      .toString('utf8')
      .split('\n')
      .find((text) => text.endsWith(`\t${remoteRef}`))
    return line?.split('\t')[0]
  }

  /** Tells a repository without this branch from one without any commit: the mends differ. */
  async function explainMissingBranch(error: TronadorError): Promise<TronadorError> {
    if (error.code !== 'GitBranchMissing') return error
    const result = await git.run(folder, ['ls-remote', '--quiet', '--end-of-options', context.url])
    if (result.code !== 0 || result.stdout.length > 0) return error
    return new TronadorError('GitBranchMissing', `The GitOps repository ${context.url} is empty.`, {
      mend: `Push a first commit to its branch ${context.branch}, for example with a README.`,
    })
  }

  async function push(commit: string, parent: string): Promise<PushOutcome> {
    pushes += 1
    const lease = `--force-with-lease=${remoteRef}:${parent}`
    const options = ['--porcelain', '--no-verify', '--no-signed', '--recurse-submodules=no', lease]
    const refspec = `${commit}:${remoteRef}`
    const result = await git.run(folder, ['push', ...options, '--end-of-options', context.url, refspec])
    const outcome = readPush(result.stdout.toString('utf8'))
    if (outcome === undefined) throw explainFailure(result, context)
    if (outcome.kind === 'landed') known = commit
    else moved = true
    return outcome.kind === 'refused' ? { kind: 'refused', reason: fullReason(outcome.reason, result) } : outcome
  }

  /** The host's own lines say more than `pre-receive hook declined`. */
  function fullReason(reason: string, result: GitResult): string {
    const said = result.stderr.split('\n').filter((line) => line.startsWith('remote:'))
    const words = cleanWords(said.join('\n'), context.secrets)
    return `${reason.replace(/^\[remote rejected\] \((.*)\)$/, '$1')}${words === '' ? '' : `: ${words}`}`
  }

  async function holds(commit: string): Promise<boolean> {
    // Without a depth everything between the copy's lower edge and the head comes: enough to see what lies below it.
    const head = await fetchHead([])
    if (head === commit) return true
    return (await git.run(folder, ['merge-base', '--is-ancestor', commit, head])).code === 0
  }

  async function files(
    commit: string,
    below: string,
  ): Promise<readonly { path: string; hash: string; size: number }[]> {
    const args = ['--literal-pathspecs', 'ls-tree', '-r', '-z', '--long', '--full-tree', commit]
    const listed = await must(git.run(folder, below === '' ? args : [...args, '--', `${below}/`]))
    return listed.stdout.toString('utf8').split('\0').flatMap(readListed)
  }

  async function blobs(hashes: readonly string[]): Promise<readonly Buffer[]> {
    const { stdout } = await must(
      git.run(folder, ['cat-file', '--batch', '--buffer'], hashes.map((h) => `${h}\n`).join('')),
    )
    const contents: Buffer[] = []
    let at = 0
    for (const _ of hashes) {
      const end = stdout.indexOf(10, at)
      const size = Number(stdout.toString('utf8', at, end).split(' ')[2])
      if (end < 0 || !(end + 1 + size < stdout.length))
        throw new TronadorError('GitFailed', 'Git gave back too little.')
      contents.push(stdout.subarray(end + 1, end + 1 + size))
      at = end + 1 + size + 1
    }
    return contents
  }

  async function must(running: Promise<GitResult>): Promise<GitResult> {
    const result = await running
    if (result.code !== 0) throw explainFailure(result, context)
    return result
  }

  async function discard(): Promise<void> {
    known = undefined
    pushes = 0
    await rm(folder, { recursive: true, force: true })
  }

  return {
    get known() {
      return known
    },
    refresh,
    push,
    holds,
    files,
    blobs,
    open: () => startImport(git, folder),
    discard,
  }
}

/** `MODE blob HASH SIZE<tab>PATH`; links and submodules are no files of ours. */
function readListed(line: string): { path: string; hash: string; size: number }[] {
  const match = /^100(?:644|755) blob ([0-9a-f]+) +(\d+)\t(.+)$/s.exec(line)
  return match === null ? [] : [{ path: match[3] ?? '', hash: match[1] ?? '', size: Number(match[2]) }]
}
