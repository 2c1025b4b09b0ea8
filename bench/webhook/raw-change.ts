/**
 * What a webhook costs at the least: the questions that must be put to the code host, and one commit pushed by git
 * itself, one after the other and without a word of ours between them.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { request } from 'undici'
import type { CodeHost } from './code-host.ts'

const execute = promisify(execFile)

/** Makes a local copy once; what it returns changes one file in one commit, and gives the milliseconds of it. */
export async function prepareRawChange(
  host: CodeHost,
): Promise<{ change(number: number, text: string): Promise<number>; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-raw-'))
  const env = { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' }
  const git = (args: readonly string[], input = '') => {
    const running = execute('git', ['--git-dir', folder, ...args], { env })
    running.child.stdin?.end(input)
    return running
  }
  await git(['init', '--quiet', '--bare', '--template=', '-b', 'main'])
  await git(['fetch', '--quiet', '--depth=1', host.gitopsUrl, '+refs/heads/main:refs/heads/main'])
  const ask = async (path: string) => (await request(`${host.url}${path}`)).body.dump()
  return {
    async change(number, text) {
      const begun = performance.now()
      // The pull request, its config file, its image.
      await ask(`/api/v1/repos/acme/shop/pulls/${number}`)
      await ask('/api/v1/repos/acme/shop/raw/.tronador.yaml')
      await ask('/v2/shop/manifests/tag')
      const head = 'commit refs/heads/main\ncommitter Bench <bench@example.com> 1700000000 +0000\ndata 3\nRaw\n'
      const file = `M 100644 inline acme/raw/pr-${number}.yaml\ndata ${Buffer.byteLength(text)}\n${text}\n`
      await git(['fast-import', '--quiet'], `${head}from refs/heads/main^0\n${file}\n`)
      await git(['push', '--quiet', host.gitopsUrl, 'refs/heads/main:refs/heads/main'])
      return performance.now() - begun
    },
    close: () => rm(folder, { recursive: true, force: true }),
  }
}
