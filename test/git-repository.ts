/** A Git repository that Flux can clone: bare, on loopback, served by `git http-backend`. */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { answerWithGit } from '../src/gitops/testing/git-http-backend.ts'

const run = promisify(execFile)

/** The repository and what tests do to it. */
export interface GitRepository {
  /** `http://127.0.0.1:PORT/acme/shop.git`. */
  readonly url: string
  /** Writes these files (null removes one) as one commit on the branch and pushes it; returns its hash. */
  commit(files: Readonly<Record<string, string | null>>, branch?: string): Promise<string>
  /** Copies a folder into the repository's root as one commit on the branch; returns its hash. */
  commitFolder(folder: string, branch?: string): Promise<string>
  /** Gives a commit a tag. */
  tag(name: string, commit: string): Promise<void>
  /** Moves the branch back to that commit and forgets everything after it, as after a force push. */
  forget(backTo: string, branch?: string): Promise<void>
  stop(): Promise<void>
}

const author = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false']

/** Makes an empty repository with a first commit on `main`. */
export async function startGitRepository(): Promise<GitRepository> {
  const folder = await mkdtemp(join(tmpdir(), 'environment-test-'))
  const bare = join(folder, 'served', 'acme', 'shop.git')
  const work = join(folder, 'work')
  const git = async (...args: string[]) => (await run('git', [...author, '-C', work, ...args])).stdout.trim()
  await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', bare])
  await run('git', ['init', '--quiet', '--initial-branch=main', work])
  await git('remote', 'add', 'origin', bare)
  await git('commit', '--quiet', '--allow-empty', '--message', 'Begin')
  await git('push', '--quiet', 'origin', 'main')
  const server = createServer((request, response) => {
    answerWithGit(request, response, { root: join(folder, 'served') }).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  async function commitAll(branch: string, change: () => Promise<void>): Promise<string> {
    await git('checkout', '--quiet', '-B', branch)
    await change()
    await git('add', '--all')
    await git('commit', '--quiet', '--allow-empty', '--message', 'Change')
    await git('push', '--quiet', '--force', 'origin', branch)
    return git('rev-parse', 'HEAD')
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/acme/shop.git`,
    commit: (files, branch = 'main') =>
      commitAll(branch, async () => {
        for (const [path, text] of Object.entries(files)) {
          if (text === null) await rm(join(work, path), { recursive: true })
          else {
            await mkdir(dirname(join(work, path)), { recursive: true })
            await writeFile(join(work, path), text)
          }
        }
      }),
    commitFolder: (from, branch = 'main') => commitAll(branch, () => cp(from, work, { recursive: true })),
    async tag(name, commit) {
      await git('push', '--quiet', 'origin', `${commit}:refs/tags/${name}`)
    },
    async forget(backTo, branch = 'main') {
      await git('checkout', '--quiet', '-B', branch, backTo)
      await git('push', '--quiet', '--force', 'origin', branch)
      await run('git', ['-C', bare, 'reflog', 'expire', '--expire=now', '--all'])
      await run('git', ['-C', bare, 'gc', '--quiet', '--prune=now'])
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true })
    },
  }
}
