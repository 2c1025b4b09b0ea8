import { expect, test } from 'vitest'
import { readChange, writeChange } from './change-annotations.ts'

const change = {
  provider: 'gitea',
  repository: 'git.example.com/acme/shop',
  number: 7,
  commit: 'b'.repeat(40),
  branch: 'feature/login',
  url: 'https://git.example.com/acme/shop/pulls/7',
}
const annotations = {
  'tronador.stakater.com/provider': 'gitea',
  'tronador.stakater.com/repository': 'git.example.com/acme/shop',
  'tronador.stakater.com/pull-request': '7',
  'tronador.stakater.com/commit': 'b'.repeat(40),
  'tronador.stakater.com/branch': 'feature/login',
  'tronador.stakater.com/pull-request-url': 'https://git.example.com/acme/shop/pulls/7',
}

test('A pull request is written as annotations, and read back from them', () => {
  expect(writeChange(change)).toEqual(annotations)
  expect(readChange(annotations)).toEqual(change)
})

test('What the code host’s kind, branch and page are need not be said', () => {
  const { provider: _, branch: __, url: ___, ...least } = change
  expect(readChange(writeChange(least))).toEqual(least)
})

test.each([
  ['there are none', undefined],
  ['one that is needed is absent', { ...annotations, 'tronador.stakater.com/commit': undefined as never }],
  ['the number is none', { ...annotations, 'tronador.stakater.com/pull-request': 'seven' }],
])('No pull request is named where %s', (_, given) => {
  expect(readChange(given)).toBeUndefined()
})
