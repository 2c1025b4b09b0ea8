/** `tronador push` and the adapter behind it, against a real code host over HTTP. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type GiteaApi, giteaApi } from '../../local/gitea/api.ts'
import { createWorkingCopy } from '../../local/gitea/working-copy.ts'
import { createGit, type GitTarget } from '../../src/gitops/git.ts'
import { makeBareRepository } from '../../src/gitops/testing/bare-repository.ts'

const run = promisify(execFile)
const owner = `org-${randomBytes(4).toString('hex')}`
const user = `bot-${owner}`
const reader = `reader-${owner}`
const password = randomBytes(12).toString('hex')

let admin: GiteaApi
let folder: string
let url: string
let token: string
let readerToken: string

beforeAll(async () => {
  const gitea = inject('gitea')
  folder = await mkdtemp(join(tmpdir(), 'push-test-'))
  admin = giteaApi(gitea.url, { name: gitea.adminUser, password: gitea.adminPassword })
  await admin.createOrganisation(owner)
  await admin.createRepository(owner, 'gitops', { private: true })
  await admin.createRepository(owner, 'empty', { private: true })
  await Promise.all([admin.createUser(user, password), admin.createUser(reader, password)])
  await admin.addCollaborator(owner, 'gitops', user, 'write')
  await admin.addCollaborator(owner, 'empty', user, 'write')
  await admin.addCollaborator(owner, 'gitops', reader, 'read')
  token = await admin.createToken(user, ['write:repository'])
  readerToken = await admin.createToken(reader, ['write:repository'])
  url = `${gitea.url}/${owner}/gitops.git`
  const copy = await createWorkingCopy({
    folder,
    cloneUrl: url,
    user,
    token,
    author: { name: 'Dev', email: 'dev@example.com' },
  })
  await copy.commitAndPush('main', 'First', { 'README.md': 'previews\n' })
})

afterAll(() => rm(folder, { recursive: true, force: true }))

const object = `apiVersion: tronador.stakater.com/v1alpha2
kind: Environment
metadata:
  name: shop-7-1a2b3c4d
spec:
  application:
    gitRepository:
      url: https://git.example.com/acme/shop
    release:
      chart:
        spec:
          chart: deploy
`

/** Runs the real command; a failure gives its exit code and what it said. */
async function tronador(command: string, options: { url?: string; branch?: string; token?: string; path?: string }) {
  await writeFile(join(folder, 'object.yaml'), object)
  const where = ['--gitops-url', options.url ?? url, '--branch', options.branch ?? 'main']
  const args = [command, ...where, '--path', options.path ?? 'acme/shop/pr-7.yaml']
  if (command === 'push') args.push('--file', join(folder, 'object.yaml'))
  const env = { PATH: process.env.PATH, TRONADOR_GITOPS_PASSWORD: options.token ?? token }
  const main = join(import.meta.dirname, '../../src/main.ts')
  return run(process.execPath, [main, ...args], { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  )
}

test('push and remove each make one commit on the code host, and none where nothing changes', async () => {
  const pushed = await tronador('push', {})
  expect(pushed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[0-9a-f]{40}\n$/), stderr: '' })
  expect(await admin.file(owner, 'gitops', 'acme/shop/pr-7.yaml', pushed.stdout.trim())).toBe(object)
  expect((await tronador('push', {})).stdout).toBe(pushed.stdout)
  const removed = await tronador('remove', {})
  expect(removed.stdout).not.toBe(pushed.stdout)
  expect(await admin.files(owner, 'gitops', 'main')).toEqual(['README.md'])
  expect((await tronador('remove', {})).stdout).toBe(removed.stdout)
})

test('a rejected credential, a missing right, repository, branch and first commit are told apart', async () => {
  const gitea = inject('gitea').url
  const attempts = {
    GitAuthenticationFailed: { token: 'canary-wrong' },
    GitAuthenticationFailedForPush: { token: readerToken },
    GitRepositoryMissing: { url: `${gitea}/${owner}/nothing.git` },
    GitBranchMissing: { branch: 'nothing' },
    GitBranchMissingBecauseEmpty: { url: `${gitea}/${owner}/empty.git` },
  }
  for (const [code, options] of Object.entries(attempts)) {
    const failed = await tronador('push', { path: 'acme/shop/pr-8.yaml', ...options })
    expect(failed).toMatchObject({ code: 1, stdout: '' })
    expect(failed.stderr).toMatch(new RegExp(`^tronador: ${code.replace(/(ForPush|BecauseEmpty)$/, '')}: `))
    for (const secret of ['canary', token, readerToken]) expect(failed.stderr).not.toContain(secret)
  }
  expect(await admin.files(owner, 'gitops', 'main')).not.toContain('acme/shop/pr-8.yaml')
})

/** That many writers, each with a git of its own, each with one file, all at once; gives the commits they made. */
async function race(count: number, target: GitTarget, folderOfClone: string): Promise<string[][]> {
  const writers = Array.from({ length: count }, (_, index) => ({
    path: `race/pr-${index}.yaml`,
    git: createGit({
      folder,
      environment: { PATH: process.env.PATH },
      now: () => new Date(),
      random: Math.random,
      sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      allowFile: true,
    }),
  }))
  await Promise.all(
    writers.map(async ({ git, path }) => {
      const gitops = await git.open(target)
      const message = { subject: `Deploy ${path}`, trailers: {} }
      expect(await gitops.change({ path, edit: () => `${path}\n`, message })).toMatchObject({ changed: true })
      await git.close()
    }),
  )
  const header = `http.extraHeader=Authorization: Basic ${Buffer.from(`${user}:${token}`).toString('base64')}`
  await run('git', ['-c', header, 'clone', '--quiet', '--branch', 'main', target.url, folderOfClone])
  const log = ['log', '--first-parent', '--format=>%s', '--name-only', `-${count}`]
  const { stdout } = await run('git', ['-C', folderOfClone, ...log])
  const commits = stdout.split('>').slice(1)
  return commits.map((entry) => entry.trim().split(/\n+/)).sort()
}

const eachOnce = (count: number) =>
  Array.from({ length: count }, (_, index) => [`Deploy race/pr-${index}.yaml`, `race/pr-${index}.yaml`]).sort()

test('five writers at once on a code host lose nothing, and each commit touches one file', async () => {
  const credentials = { kind: 'password', username: user, password: token } as const
  expect(await race(5, { url, branch: 'main', credentials }, join(folder, 'race'))).toEqual(eachOnce(5))
})

test('twenty writers at once on one repository lose nothing, and each commit touches one file', async () => {
  const bare = await makeBareRepository()
  expect(await race(20, { url: bare.url, branch: 'main' }, join(folder, 'race-of-twenty'))).toEqual(eachOnce(20))
  await bare.close()
})
