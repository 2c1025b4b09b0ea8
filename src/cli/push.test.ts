import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { makeHost, makeRepository, password } from '../gitops/testing/open-git.ts'
import type { CliIo } from './io.ts'
import { runCli } from './run.ts'

const commit = '0123456789abcdef0123456789abcdef01234567'

/** An object as `tronador render` prints it. */
function environment(name = 'shop-7-1a2b3c4d', image = 'v1'): string {
  return `# made by tronador render
apiVersion: tronador.stakater.com/v1alpha2
kind: Environment
metadata:
  name: ${name}
spec:
  application:
    gitRepository:
      url: https://git.example.com/acme/shop
    release:
      chart:
        spec:
          chart: deploy
      values:
        image: "${image}"
        mode: "off"
  change:
    provider: gitea
    repository: git.example.com/acme/shop
    number: 7
    commit: "${commit}"
`
}

const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
})

/** Runs `tronador` with the given arguments; files are the ones it can read, `-` among them. */
async function run(args: readonly string[], files: Record<string, string> = {}, env: CliIo['env'] = {}) {
  const said = { out: '', err: '', code: 0 }
  const io: CliIo = {
    stdout: (text) => {
      said.out += text
    },
    stderr: (text) => {
      said.err += text
    },
    readFile: async (path) => {
      const text = files[path]
      if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
      return Buffer.from(text)
    },
    realPath: async (path) => path,
    writeFile: async (path, text) => {
      files[path] = text
    },
    env: { PATH: process.env.PATH, ...env },
    exit: (code) => {
      said.code = code
    },
    now: () => new Date('2026-01-02T03:04:05Z'),
    random: () => 0,
    stop: new AbortController().signal,
    version: '0.0.0',
  }
  await runCli(args, { push: () => import('./push.ts'), remove: () => import('./remove.ts') }, io)
  return said
}

/** A host with a GitOps repository, and the arguments that name one file in it. */
async function setStage() {
  const repository = await makeRepository()
  const host = await makeHost(repository)
  const where = [
    '--gitops-url',
    host.url,
    '--branch',
    'main',
    '--path',
    'acme/shop/pr-7.yaml',
    '--username',
    'tronador',
  ]
  return { repository, host, where: [...where, '--password-file', 'token'], token: { token: `${password}\n` } }
}

const file = 'main:acme/shop/pr-7.yaml'

describe('tronador push', () => {
  it('commits the object, names what it is about in trailers, and prints the commit', async () => {
    const { repository, where, token } = await setStage()
    const said = await run(['push', ...where], { ...token, '-': environment() })
    expect(said).toEqual({ out: `${await repository.head()}\n`, err: '', code: 0 })
    expect(await repository.git('show', file)).toBe(environment())
    expect(await repository.log()).toEqual([
      {
        message:
          'Deploy shop-7-1a2b3c4d at 0123456789ab\n\n' +
          'Tronador-Environment: shop-7-1a2b3c4d\n' +
          'Tronador-Pull-Request: git.example.com/acme/shop pull 7\n' +
          `Tronador-Commit: ${commit}\n`,
        paths: ['acme/shop/pr-7.yaml'],
      },
    ])
  })

  it('takes the credential from a mounted Secret, and writes the commit to a file, for a pipeline’s step', async () => {
    const { repository, where } = await setStage()
    const files = { 'secret/password': password, 'object.yaml': environment(), commit: '' }
    const given = ['--credentials-folder', 'secret', '--file', 'object.yaml', '--output-file', 'commit']
    const said = await run(['push', ...where.slice(0, 6), ...given], files)
    expect(said).toEqual({ out: `${await repository.head()}\n`, err: '', code: 0 })
    expect(files.commit).toBe(await repository.head())
  })

  it('makes no commit for the same object and prints the commit that stands', async () => {
    const { repository, where, token } = await setStage()
    await run(['push', ...where], { ...token, '-': environment() })
    expect(await run(['push', ...where, '--file', 'o.yaml'], { ...token, 'o.yaml': environment() })).toEqual({
      out: `${await repository.head()}\n`,
      err: 'acme/shop/pr-7.yaml is as wanted already; no commit was made.\n',
      code: 0,
    })
    expect(await repository.log()).toHaveLength(1)
  })

  it('keeps the name of an object that is there, and nothing else of it', async () => {
    const { repository, where, token } = await setStage()
    await repository.write('acme/shop/pr-7.yaml', environment('pr-7-shop', 'v1'))
    await run(['push', ...where], { ...token, '-': environment('shop-7-1a2b3c4d', 'v2') })
    expect(await repository.git('show', file)).toBe(environment('"pr-7-shop"', 'v2'))
    expect((await repository.log()).at(-1)?.message).toContain('Tronador-Environment: pr-7-shop\n')
  })

  it('leaves a file alone that is no environment', async () => {
    const { repository, where, token } = await setStage()
    await repository.write('acme/shop/pr-7.yaml', 'kind: Secret\n')
    for (const command of ['push', 'remove']) {
      const said = await run([command, ...where], { ...token, '-': environment() })
      expect(said).toMatchObject({ out: '', code: 1 })
      expect(said.err).toMatch(/^tronador: GitOpsFileForeign: The file acme\/shop\/pr-7\.yaml is no environment/)
    }
    expect(await repository.git('show', file)).toBe('kind: Secret\n')
  })

  it('says that the credential is wrong, without showing it', async () => {
    const { repository, where } = await setStage()
    const said = await run(['push', ...where], { token: 'canary-wrong', '-': environment() })
    expect(said).toMatchObject({ out: '', code: 1 })
    expect(said.err).toMatch(/^tronador: GitAuthenticationFailed: /)
    expect(said.err).not.toContain('canary')
    expect(await repository.log()).toEqual([])
  })

  it('takes the credential from the environment too', async () => {
    const { repository, where } = await setStage()
    const env = { TRONADOR_GITOPS_USERNAME: 'tronador', TRONADOR_GITOPS_PASSWORD: password }
    const said = await run(['push', ...where.slice(0, 6)], { '-': environment() }, env)
    expect(said).toEqual({ out: `${await repository.head()}\n`, err: '', code: 0 })
  })

  it.each([
    ['ext::sh -c touch% /tmp/x', 'GitUrlRefused'],
    ['EXT::sh', 'GitUrlRefused'],
    ['file:///etc', 'GitUrlRefused'],
    ['--upload-pack=touch', 'GitUrlRefused'],
    ['/etc', 'GitUrlRefused'],
    ['git://git.example.com/a/b', 'GitUrlRefused'],
    ['http://git.example.com/a/b', 'GitUrlRefused'],
    ['https://canary:canary@git.example.com/a/b', 'GitUrlRefused'],
    ['https://canary@git.example.com/a/b', 'GitUrlRefused'],
    ['https://git.example.com/a/b?canary=1', 'GitUrlRefused'],
    ['https://git.example.com', 'GitUrlRefused'],
    ['https://git.example.com/a/b\n', 'GitUrlRefused'],
    ['ssh://-oProxyCommand=touch/a', 'GitUrlRefused'],
    ['-oProxyCommand=touch@host:a/b', 'GitUrlRefused'],
    ['git@-oProxyCommand=touch:a/b', 'GitUrlRefused'],
    ['git@git.example.com:-a/b', 'GitUrlRefused'],
    ['git@git.example.com:a/b', 'GitAuthenticationFailed'],
  ])('refuses the URL %j', async (url, code) => {
    const said = await run(['push', `--gitops-url=${url}`, '--branch', 'm', '--path', 'x.yaml'], { '-': environment() })
    expect(said).toMatchObject({ out: '', code: 1 })
    expect(said.err).toMatch(new RegExp(`^tronador: ${code}: `))
    expect(said.err).not.toContain('canary')
  })

  it('teaches its use', async () => {
    const said = await run(['push', '--help'])
    expect(said.code).toBe(0)
    for (const word of [
      '--gitops-url',
      '--known-hosts-file',
      'TRONADOR_GITOPS_PASSWORD',
      'tronador render … | tronador push',
    ])
      expect(said.out).toContain(word)
    expect(await run(['push'])).toMatchObject({ out: '', code: 2 })
  })
})

describe('tronador remove', () => {
  it('removes the file in one commit, names the environment, and prints the commit', async () => {
    const { repository, where, token } = await setStage()
    await repository.write('acme/shop/pr-7.yaml', environment())
    const said = await run(['remove', ...where], token)
    expect(said).toEqual({ out: `${await repository.head()}\n`, err: '', code: 0 })
    expect(await repository.git('ls-tree', '-r', '--name-only', 'main')).toBe('README.md\n')
    expect((await repository.log()).at(-1)).toEqual({
      message:
        'Remove shop-7-1a2b3c4d\n\n' +
        'Tronador-Environment: shop-7-1a2b3c4d\n' +
        'Tronador-Pull-Request: git.example.com/acme/shop pull 7\n' +
        `Tronador-Commit: ${commit}\n`,
      paths: ['acme/shop/pr-7.yaml'],
    })
  })

  it('is content where there is nothing to remove', async () => {
    const { repository, where, token } = await setStage()
    expect(await run(['remove', ...where], token)).toEqual({
      out: `${await repository.head()}\n`,
      err: 'acme/shop/pr-7.yaml is as wanted already; no commit was made.\n',
      code: 0,
    })
  })
})

/** Starts the real command with a real token file; TMPDIR is `folder`. */
async function startReal(where: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'tronador-push-'))
  folders.push(folder)
  await Promise.all([writeFile(join(folder, 'token'), password), writeFile(join(folder, 'o.yaml'), environment())])
  const main = join(import.meta.dirname, '..', 'main.ts')
  const args = ['push', ...where.slice(0, -1), join(folder, 'token'), '--file', join(folder, 'o.yaml')]
  const child = spawn(process.execPath, [main, ...args], { env: { PATH: process.env.PATH, TMPDIR: folder } })
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    said.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    said.err += chunk
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { child, folder, end: async () => ({ code: await ended, ...said, left: (await readdir(folder)).sort() }) }
}

describe('the real command', () => {
  it('reads a token from a file, prints the commit and leaves nothing behind', async () => {
    const { repository, where } = await setStage()
    const real = await startReal(where)
    const done = await real.end()
    expect(done).toEqual({ code: 0, out: `${await repository.head()}\n`, err: '', left: ['o.yaml', 'token'] })
  })

  it('stops when asked to, even where the host hangs, and leaves nothing behind', async () => {
    const { repository, host, where } = await setStage()
    const asked = new Promise<void>((resolve) => {
      host.fault = () => {
        resolve()
        return true
      }
    })
    const real = await startReal(where)
    await asked
    real.child.kill('SIGINT')
    expect(await real.end()).toEqual({
      code: 1,
      out: '',
      err: expect.stringMatching(/^tronador: GitInterrupted: Stopped before /),
      left: ['o.yaml', 'token'],
    })
    expect(await repository.log()).toEqual([])
  })
})
