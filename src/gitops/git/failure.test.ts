import { expect, it } from 'vitest'
import { cleanWords, explainFailure, readPush } from './failure.ts'

const context = { url: 'https://git.example.com/acme/gitops.git', branch: 'main', secrets: ['s3cret'] }

it.each([
  ["fatal: couldn't find remote ref refs/heads/main", 'GitBranchMissing'],
  ['Host key verification failed.\nfatal: Could not read from remote repository.', 'GitHostUnverified'],
  ["fatal: unable to access 'https://x/': SSL certificate problem: self-signed certificate", 'GitHostUnverified'],
  ["fatal: Authentication failed for 'https://git.example.com/acme/gitops.git/'", 'GitAuthenticationFailed'],
  ["fatal: could not read Username for 'https://x': terminal prompts disabled", 'GitAuthenticationFailed'],
  ["fatal: unable to access 'https://x/': The requested URL returned error: 403", 'GitAuthenticationFailed'],
  ['git@x: Permission denied (publickey).', 'GitAuthenticationFailed'],
  ["fatal: unable to access 'https://x/': The requested URL returned error: 302", 'GitUrlRefused'],
  ["remote: Repository not found.\nfatal: repository 'https://x/' not found", 'GitRepositoryMissing'],
  ["fatal: '/x' does not appear to be a git repository", 'GitRepositoryMissing'],
  ['remote: The project you were looking for could not be found', 'GitRepositoryMissing'],
  ["fatal: unable to access 'https://x/': Could not resolve host: x", 'GitUnreachable'],
  ["fatal: unable to access 'https://x/': The requested URL returned error: 503", 'GitUnreachable'],
  ['fatal: the remote end hung up unexpectedly', 'GitUnreachable'],
  ['ssh: connect to host x port 22: Connection refused', 'GitUnreachable'],
  ['fatal: something new', 'GitFailed'],
])('reads %j as %s', (stderr, code) => {
  expect(explainFailure({ code: 128, stdout: Buffer.alloc(0), stderr, timedOut: false }, context).code).toBe(code)
})

it('tells what git said in one bounded line, without secrets, colours and advice', () => {
  const stderr =
    'hint: try s3cret\n\u001b[31merror:\u001b[0m token s3cret is bad\r\nremote: error:\nremote: error: no\nDone\n'
  expect(cleanWords(stderr, ['s3cret'])).toBe('token … is bad | no')
  expect(cleanWords('x'.repeat(10_000), [])).toHaveLength(500)
})

it.each([
  ['To x\n \ta:refs/heads/main\t1..2\nDone', { kind: 'landed' }],
  ['To x\n=\ta:refs/heads/main\t[up to date]\nDone', { kind: 'landed' }],
  ['To x\n!\ta:refs/heads/main\t[rejected] (stale info)\nDone', { kind: 'lost' }],
  ['To x\n!\ta:refs/heads/main\t[rejected] (fetch first)\nDone', { kind: 'lost' }],
  ['To x\n!\ta:refs/heads/main\t[remote rejected] (failed to update ref)\nDone', { kind: 'lost' }],
  ['To x\n!\ta:refs/heads/main\t[remote rejected] (incorrect old value provided)\nDone', { kind: 'lost' }],
  [
    'To x\n!\ta:refs/heads/main\t[remote rejected] (protected branch hook declined)\nDone',
    { kind: 'refused', reason: '[remote rejected] (protected branch hook declined)' },
  ],
  ['To x\n!\ta:refs/heads/main\t[remote failure] (remote failed to report status)\nDone', undefined],
  ['', undefined],
])('reads the push report %j', (stdout, outcome) => {
  expect(readPush(stdout)).toEqual(outcome)
})
