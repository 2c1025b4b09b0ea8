import { expect, it } from 'vitest'
import { checkGitUrl } from '../target.ts'
import { prepareCredentials } from './credentials.ts'

it('gives a password to its own scheme, host and port and to nobody else', async () => {
  const url = checkGitUrl('https://git.example.com:8443/acme/gitops.git')
  const given = { kind: 'password', username: 'bot', password: 's3cret' } as const
  expect(await prepareCredentials(url, given, '/nowhere')).toEqual({
    config: { 'http.https://git.example.com:8443/.extraHeader': 'Authorization: Basic Ym90OnMzY3JldA==' },
    variables: {},
    secrets: ['s3cret', 'Ym90OnMzY3JldA==', 's3cret'],
  })
})

it.each([
  { username: 'bo:t', password: 'x' },
  { username: 'bot', password: 'x\r\nX-Other: y' },
])('refuses %j, which would be read as something else', async (given) => {
  const url = checkGitUrl('https://git.example.com/acme/gitops.git')
  await expect(prepareCredentials(url, { kind: 'password', ...given }, '/nowhere')).rejects.toMatchObject({
    code: 'GitAuthenticationFailed',
  })
})
