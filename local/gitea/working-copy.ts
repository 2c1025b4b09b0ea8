/** A developer's clone of one repository, driven by the real `git`. */
import { execFile } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A clone whose pushes are made as one user of the code host. */
export interface WorkingCopy {
  readonly folder: string
  /** Runs `git` with these arguments in the clone; its output, trimmed. Rejects with what Git said. */
  git(...args: string[]): Promise<string>
  /** Writes files (path to text), commits everything and pushes the branch; the commit's full hash. */
  commitAndPush(branch: string, message: string, files: Readonly<Record<string, string>>): Promise<string>
}

/** How to reach the repository. `token` is the password of `user`. */
export interface WorkingCopyOptions {
  readonly folder: string
  readonly cloneUrl: string
  readonly user: string
  readonly token: string
  /** Who the commits are by. */
  readonly author: { readonly name: string; readonly email: string }
}

/**
 * Makes a fresh clone folder for an empty or existing repository. It carries everything it needs, so that plain
 * `git commit` and `git push` work in it whatever the user's own Git configuration says.
 */
export async function createWorkingCopy(options: WorkingCopyOptions): Promise<WorkingCopy> {
  const { folder } = options
  await mkdir(folder, { recursive: true })
  const env = { ...process.env, GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }

  const git = async (...args: string[]): Promise<string> => {
    try {
      return (await run('git', args, { cwd: folder, env, timeout: 60_000, maxBuffer: 16 * 1024 * 1024 })).stdout.trim()
    } catch (error) {
      const said = String((error as { stderr?: unknown }).stderr ?? error).trim()
      throw new Error(`git ${args[0]} in ${folder} failed: ${said}`, { cause: error })
    }
  }

  await git('init', '--quiet', '--initial-branch', 'main')
  await keepCredentials(join(folder, '.git', 'credentials'), options)
  const settings = {
    'credential.helper': `store --file=${join(folder, '.git', 'credentials')}`,
    'user.name': options.author.name,
    'user.email': options.author.email,
    'commit.gpgSign': 'false',
    'push.autoSetupRemote': 'true',
    'core.hooksPath': '/dev/null',
    'advice.detachedHead': 'false',
  }
  for (const [key, value] of Object.entries(settings)) await git('config', key, value)
  await git('remote', 'add', 'origin', options.cloneUrl)

  return {
    folder,
    git,
    async commitAndPush(branch, message, files) {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true })
        await writeFile(join(folder, path), text)
      }
      await git('checkout', '--quiet', '-B', branch)
      await git('add', '--all')
      await git('commit', '--quiet', '--allow-empty', '--message', message)
      await git('push', '--quiet', 'origin', branch)
      return git('rev-parse', 'HEAD')
    },
  }
}

async function keepCredentials(file: string, options: WorkingCopyOptions): Promise<void> {
  const url = new URL(options.cloneUrl)
  url.username = options.user
  url.password = options.token
  await writeFile(file, `${url.protocol}//${url.username}:${url.password}@${url.host}\n`, { mode: 0o600 })
  await chmod(file, 0o600)
}
