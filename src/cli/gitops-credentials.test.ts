import { expect, test } from 'vitest'
import { type CredentialOptions, readAuthority, readCredentials } from './gitops-credentials.ts'
import { ioForTests } from './testing.ts'

const gitopsUrl = 'https://git.example.com/acme/gitops.git'
const read = (files: Record<string, string>, options: Partial<CredentialOptions> = {}, env = {}) =>
  readCredentials(
    { gitopsUrl, credentialsFolder: '/secret', ...options },
    ioForTests({
      env,
      readFile: async (path) => {
        const text = files[path.replace('/secret/', '')]
        if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
        return new TextEncoder().encode(text)
      },
    }),
  )

test('a mounted Secret with password and user name is a credential for https', async () => {
  expect(await read({ username: 'ann\n', password: 's3cret\n' })).toEqual({
    kind: 'password',
    username: 'ann',
    password: 's3cret',
  })
  expect(await read({ password: 's3cret' })).toEqual({ kind: 'password', username: 'tronador', password: 's3cret' })
  expect(await read({ username: 'ann', password: 's3cret' }, { username: 'bot' })).toMatchObject({ username: 'bot' })
})

test.each(['identity', 'ssh-privatekey'])('a mounted Secret with %s and known hosts is one for ssh', async (key) => {
  expect(await read({ [key]: 'KEY\n', known_hosts: 'git.example.com ssh-ed25519 A\n' })).toEqual({
    kind: 'ssh',
    privateKey: 'KEY\n',
    knownHosts: 'git.example.com ssh-ed25519 A\n',
  })
})

test('of stored credentials the line for the repository’s own scheme, host and port counts', async () => {
  const lines = [
    'https://eve:other@git.example.com.evil.example',
    'http://eve:plain@git.example.com',
    'https://eve:port@git.example.com:8443',
    'no URL',
    'https://ann:p%40ss@git.example.com',
    'https://bot:second@git.example.com',
  ].join('\n')

  expect(await read({ '.git-credentials': lines, '.gitconfig': '' })).toEqual({
    kind: 'password',
    username: 'ann',
    password: 'p@ss',
  })
  expect(await read({ '.git-credentials': lines }, { username: 'bot' })).toMatchObject({ password: 'second' })
})

test.each([
  [{}, 'The folder /secret holds no credential for the repository.'],
  [
    { '.git-credentials': 'https://a:canary@else.example' },
    'The folder /secret holds no credential for the repository.',
  ],
  [{ identity: 'canary' }, 'The folder /secret has an ssh key and no known_hosts.'],
])('a folder that is of no use is said to be so, and nothing of it is repeated: %j', async (files, message) => {
  await expect(read(files)).rejects.toEqual(expect.objectContaining({ code: 'GitAuthenticationFailed', message }))
})

test('an empty text for the folder stands for none', async () => {
  expect(await read({ password: 's3cret' }, { credentialsFolder: '' })).toBeUndefined()
  expect(await read({}, { credentialsFolder: '' }, { TRONADOR_GITOPS_PASSWORD: 'x' })).toMatchObject({ password: 'x' })
})

test('an authority in the mounted Secret is the one that git trusts', async () => {
  const options = { gitopsUrl, credentialsFolder: '/secret' }
  const realPath = async (path: string) => path.replace('/secret/', '/secret/..data/')
  expect(await readAuthority(options, ioForTests({ realPath }))).toEqual({ GIT_SSL_CAINFO: '/secret/..data/ca.crt' })
})

test('without one in it git trusts whom it did', async () => {
  const realPath = () => Promise.reject(Object.assign(new Error('no such file'), { code: 'ENOENT' }))
  expect(await readAuthority({ gitopsUrl, credentialsFolder: '/secret' }, ioForTests({ realPath }))).toEqual({})
  expect(await readAuthority({ gitopsUrl }, ioForTests({}))).toEqual({})
})
