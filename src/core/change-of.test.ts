import { expect, test } from 'vitest'
import { changeOf } from './change-of.ts'

const change = { repository: 'git.example.com/acme/shop', number: 7, commit: 'b'.repeat(40) }
const annotations = {
  'tronador.stakater.com/repository': 'git.example.com/acme/shop',
  'tronador.stakater.com/pull-request': '7',
  'tronador.stakater.com/commit': 'b'.repeat(40),
}

test('an Environment names its pull request in its spec, and nowhere else', () => {
  expect(changeOf({ kind: 'Environment', metadata: {}, spec: { change } })).toEqual(change)
  expect(changeOf({ kind: 'Environment', metadata: { annotations }, spec: {} })).toBeUndefined()
})

test('an EnvironmentProvisioner names its pull request in its annotations, and nowhere else', () => {
  expect(changeOf({ kind: 'EnvironmentProvisioner', metadata: { annotations }, spec: {} })).toEqual(change)
  expect(changeOf({ kind: 'EnvironmentProvisioner', metadata: {}, spec: { change } })).toBeUndefined()
})

test('what is not valid names no pull request', () => {
  expect(changeOf({ kind: 'Environment', metadata: {}, spec: { change: { ...change, number: 0 } } })).toBeUndefined()
  expect(changeOf({ kind: 'Environment', metadata: {}, spec: undefined })).toBeUndefined()
})
