import { expect, test } from 'vitest'
import { maskSecrets } from './mask.ts'

test.each([
  ['fatal: https://dana:hunter2@git.example.com/a.git failed', 'fatal: https://***@git.example.com/a.git failed'],
  ['Authorization: Bearer abc.def', 'Authorization: Bearer ***'],
  ['curl -H "authorization: token 0123"', 'curl -H "authorization: token ***"'],
  ['sent Bearer 0123456789abcdef0', 'sent Bearer ***'],
  ['DB_PASSWORD=hunter2 NEXT=1', 'DB_PASSWORD=*** NEXT=1'],
  ['{"apiKey": "hunter2", "name": "shop"}', '{"apiKey": "***", "name": "shop"}'],
  [
    '{"auths": {"registry.example.com": {"auth": "dXNlcjpodW50ZXIy"}}}',
    '{"auths": {"registry.example.com": {"auth": "***"}}}',
  ],
  ['npm_token: hunter2', 'npm_token: ***'],
  ['push with ghp_0123456789abcdefghij now', 'push with *** now'],
  ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nend', '***\nend'],
  ['-----BEGIN PRIVATE KEY-----\nMIIE and no end', '***'],
  ['-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----', '***'],
  ['the commit 4f0c7a1d9b3e5f60718293a4b5c6d7e8f9012345', 'the commit 4f0c7a1d9b3e5f60718293a4b5c6d7e8f9012345'],
])('%j becomes %j', (text, masked) => {
  expect(maskSecrets(text, [])).toBe(masked)
})

test('a key is whole whatever lines of it are known, and of two secrets the longer goes', () => {
  const [begin, end] = ['-----BEGIN OPENSSH PRIVATE KEY-----', '-----END OPENSSH PRIVATE KEY-----']

  expect(maskSecrets(`${begin}\nanother’s\n${end}\nstays`, [begin, end])).toBe('***\nstays')
  expect(maskSecrets('login hunter2-of-dana', ['hunter2', 'hunter2-of-dana'])).toBe('login ***')
})

test.each([
  ['a long word', 'a'.repeat(65_536)],
  ['many dots', '-.'.repeat(32_768)],
  ['a scheme without end', 'a+'.repeat(32_768)],
  ['an address without end', `https://${'a'.repeat(65_536)}`],
  ['many addresses', 'a://'.repeat(16_384)],
  ['many names', 'token'.repeat(13_000)],
  ['many spaces', `authorization${' '.repeat(65_536)}`],
  ['many keys', '-----BEGIN PRIVATE KEY-----'.repeat(2400)],
])('%s of 64 KiB comes to an end', (_, text) => {
  expect(maskSecrets(text, [])).toMatch(/./)
})

test('what is known to be secret goes wherever it stands, unless it is a word like any other', () => {
  expect(maskSecrets('a canary-of-gitops, twice: canary-of-gitops', ['canary-of-gitops', 'a'])).toBe(
    'a ***, twice: ***',
  )
})
