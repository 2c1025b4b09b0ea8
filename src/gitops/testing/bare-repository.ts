/** A bare repository in a scratch folder, with somebody who writes there: for tests of the git adapter. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { SeenCommit } from '../contract.ts'

const execute = promisify(execFile)

export interface BareRepository {
  /** Scratch folder, removed by `close`; holds the repository `repository.git`. */
  readonly folder: string
  readonly path: string
  readonly url: string
  git(...args: readonly string[]): Promise<string>
  /** Another writer's commit on a branch (`main`). Modes are Git's; a link's text is its target. */
  write(path: string, text: string | undefined, options?: { mode?: string; branch?: string }): Promise<void>
  /** Adds a submodule's entry to `main`. */
  addSubmodule(path: string): Promise<void>
  /** Sets a hook of the repository: a shell script. */
  hook(name: string, script: string): Promise<void>
  log(branch?: string): Promise<readonly SeenCommit[]>
  head(branch?: string): Promise<string>
  close(): Promise<void>
}

/** An empty bare repository; with `README.md` on `main` where `started`. */
export async function makeBareRepository(started = true): Promise<BareRepository> {
  const folder = await mkdtemp(join(tmpdir(), 'tronador-bare-'))
  const path = join(folder, 'repository.git')
  const who = { GIT_AUTHOR_NAME: 'Other', GIT_AUTHOR_EMAIL: 'o@example.com', GIT_COMMITTER_NAME: 'Other' }
  const env = {
    ...process.env,
    ...who,
    GIT_COMMITTER_EMAIL: 'o@example.com',
    GIT_CONFIG_GLOBAL: '/dev/null',
    LC_ALL: 'C',
  }
  await execute('git', ['init', '--quiet', '--bare', '--template=', '-b', 'main', path], { env })

  /** Branches that were written here: the next commit on one of them has a parent. */
  const branches = new Set<string>()

  async function git(...args: readonly string[]): Promise<string> {
    const { stdout } = await execute('git', ['--git-dir', path, ...args], { env, maxBuffer: 64 * 1024 * 1024 })
    return stdout
  }

  async function feed(args: readonly string[], input: string): Promise<string> {
    const running = execute('git', ['--git-dir', path, ...args], { env })
    running.child.stdin?.end(input)
    return (await running).stdout
  }

  async function write(
    file: string,
    text: string | undefined,
    { mode = '100644', branch = 'main' }: { mode?: string; branch?: string } = {},
  ): Promise<void> {
    const ref = `refs/heads/${branch}`
    const from = branches.has(branch) ? `from ${ref}^0\n` : ''
    branches.add(branch)
    const change =
      text === undefined ? `D ${file}\n` : `M ${mode} inline ${file}\ndata ${Buffer.byteLength(text)}\n${text}\n`
    const head = `commit ${ref}\ncommitter Other <o@example.com> 1700000000 +0000\ndata 5\nOther\n${from}`
    await feed(['fast-import', '--quiet'], `${head}${change}\n`)
  }

  async function addSubmodule(file: string): Promise<void> {
    const entries = await git('ls-tree', 'main')
    const tree = await feed(['mktree'], `${entries}160000 commit ${await head()}\t${file}\n`)
    const commit = await git('commit-tree', '-p', 'main', '-m', 'Other', tree.trim())
    await git('update-ref', 'refs/heads/main', commit.trim())
  }

  async function hook(name: string, script: string): Promise<void> {
    await mkdir(join(path, 'hooks'), { recursive: true })
    await writeFile(join(path, 'hooks', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  }

  async function log(branch = 'main'): Promise<readonly SeenCommit[]> {
    const text = await git(
      'log',
      '--reverse',
      '--format=%x01%B%x02',
      '--name-only',
      '-z',
      '--first-parent',
      `refs/heads/${branch}`,
    )
    return text
      .split('\u0001')
      .slice(2)
      .map((entry) => {
        const [message = '', paths = ''] = entry.split('\u0002')
        return { message, paths: paths.split(/[\0\n]/).filter((part) => part !== '') }
      })
  }

  const head = async (branch = 'main') => (await git('rev-parse', '--verify', `refs/heads/${branch}`)).trim()
  const close = () => rm(folder, { recursive: true, force: true })
  if (started) await write('README.md', 'read me')
  return { folder, path, url: `file://${path}`, git, write, addSubmodule, hook, log, head, close }
}
