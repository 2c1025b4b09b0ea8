import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { mapPullRequest } from './map.ts'
import { GiteaPullRequest } from './schema.ts'

interface Recorded {
  readonly head: object
}

const open = JSON.parse(readFileSync(new URL('./fixtures/pull-open.json', import.meta.url), 'utf8')) as Recorded

test('a pull request that was pushed to refs/for, for which the right to read is enough, is held for a fork', () => {
  // As Gitea tells it: the head's repository is the base's own.
  const head = { ...open.head, label: '', ref: 'refs/pull/1/head' }

  expect(mapPullRequest(GiteaPullRequest.parse({ ...open, head })).source.fork).toBe(true)
  expect(mapPullRequest(GiteaPullRequest.parse(open)).source.fork).toBe(false)
})
