/** Over ssh, with a program in ssh's place that writes down how it was called and then runs what the host would. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { makeGit, makeRepository, put } from './testing/open-git.ts'

const credentials = { kind: 'ssh', privateKey: 'canary-key', knownHosts: 'git.example.com ssh-ed25519 AAAA' } as const

/** A folder with a program `ssh`, and what it saw at its first call. */
async function placeSsh() {
  const folder = await mkdtemp(join(tmpdir(), 'tronador-ssh-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const record = join(folder, 'record.json')
  const program = `#!${process.execPath}
const { spawnSync } = require('node:child_process')
const { readFileSync, statSync, existsSync, writeFileSync } = require('node:fs')
const argv = process.argv.slice(2)
const config = readFileSync(argv[1], 'utf8')
const named = (option) => new RegExp('^  ' + option + ' "(.*)"$', 'm').exec(config)[1]
const file = (path) => ({ text: readFileSync(path, 'utf8'), mode: (statSync(path).mode & 0o777).toString(8) })
const seen = { argv, config, key: file(named('IdentityFile')), hosts: file(named('UserKnownHostsFile')), env: process.env }
if (!existsSync(${JSON.stringify(record)})) writeFileSync(${JSON.stringify(record)}, JSON.stringify(seen))
process.exit(spawnSync('sh', ['-c', argv.at(-1)], { stdio: 'inherit' }).status)
`
  await writeFile(join(folder, 'ssh'), program, { mode: 0o755 })
  return { folder, seen: async () => JSON.parse(await readFile(record, 'utf8')) }
}

it('pushes over ssh with one key, the given hosts and nothing of the user’s own', async () => {
  const ssh = await placeSsh()
  const repository = await makeRepository()
  const git = await makeGit({ environment: { PATH: `${ssh.folder}:${process.env.PATH}`, SSH_AUTH_SOCK: '/agent' } })
  const url = `ssh://git@git.example.com:2222${repository.path}`
  const gitops = await git.open({ url, branch: 'main', credentials })
  expect(await gitops.change(put('pr-7.yaml', 'a: 1\n'))).toEqual({ commit: await repository.head(), changed: true })

  const { argv, config, key, hosts, env } = await ssh.seen()
  expect(argv).toEqual([
    '-F',
    argv[1],
    '-o',
    'SendEnv=GIT_PROTOCOL',
    '-p',
    '2222',
    'git@git.example.com',
    `git-upload-pack '${repository.path}'`,
  ])
  expect(key).toEqual({ text: 'canary-key\n', mode: '600' })
  expect(hosts).toEqual({ text: 'git.example.com ssh-ed25519 AAAA\n', mode: '600' })
  for (const line of ['StrictHostKeyChecking yes', 'IdentitiesOnly yes', 'IdentityAgent none', 'BatchMode yes']) {
    expect(config).toContain(`\n  ${line}\n`)
  }
  expect(env.SSH_AUTH_SOCK).toBeUndefined()
  expect(JSON.stringify([argv, config, env])).not.toContain('canary-key')
})

it('asks for a key and known hosts before it connects', async () => {
  const git = await makeGit()
  const target = { url: 'git@git.example.com:acme/gitops.git', branch: 'main' }
  const password = { kind: 'password', username: 'x', password: 'y' } as const
  for (const given of [undefined, password]) {
    await expect(git.open({ ...target, credentials: given })).rejects.toMatchObject({ code: 'GitAuthenticationFailed' })
  }
})
