import { describe, expect, test } from 'vitest'
import { messageFor } from '../gitops/commit-message.ts'
import { putObject, removeObject } from './environment-object.ts'

const path = 'acme/shop/pr-7.yaml'
const commit = '0123456789abcdef0123456789abcdef01234567'

function environment(name = 'shop-7-1a2b3c4d'): string {
  return `apiVersion: tronador.stakater.com/v1alpha2
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
  change:
    repository: git.example.com/acme/shop
    number: 7
    commit: "${commit}"
`
}

/** The same environment as an object of the original kind. */
function provisioner(name = 'shop-7-1a2b3c4d'): string {
  return `apiVersion: tronador.stakater.com/v1alpha1
kind: EnvironmentProvisioner
metadata:
  name: ${name}
  annotations:
    tronador.stakater.com/repository: git.example.com/acme/shop
    tronador.stakater.com/pull-request: "7"
    tronador.stakater.com/commit: "${commit}"
spec:
  application:
    release:
      chart:
        git: https://git.example.com/acme/shop
        path: deploy
`
}

const trailers = (name: string) =>
  `Tronador-Environment: ${name}\nTronador-Pull-Request: git.example.com/acme/shop pull 7\nTronador-Commit: ${commit}\n`

/** What a change makes of the file that stands, and what its commit says. */
function made(change: ReturnType<typeof putObject>, current: string | undefined) {
  const text = change.edit(current)
  return { text, message: messageFor(change, current, text) }
}

describe.each([
  ['Environment', environment, provisioner],
  ['EnvironmentProvisioner', provisioner, environment],
])('an object of the kind %s', (_kind, own, other) => {
  test('is committed with its pull request and commit in the message', () => {
    expect(made(putObject(path, own()), undefined)).toEqual({
      text: own(),
      message: `Deploy shop-7-1a2b3c4d at 0123456789ab\n\n${trailers('shop-7-1a2b3c4d')}`,
    })
  })

  test('takes the place of one of the other kind, and keeps its name', () => {
    expect(made(putObject(path, own()), other('pr-7-shop'))).toEqual({
      text: own('"pr-7-shop"'),
      message: `Deploy pr-7-shop at 0123456789ab\n\n${trailers('pr-7-shop')}`,
    })
  })

  test('is removed with its pull request and commit in the message', () => {
    expect(made(removeObject(path), own())).toEqual({
      text: undefined,
      message: `Remove shop-7-1a2b3c4d\n\n${trailers('shop-7-1a2b3c4d')}`,
    })
  })
})

test.each([
  ['has no annotations', provisioner().replace(/ {2}annotations:\n(?: {4}.*\n){3}/, '')],
  ['has annotations that are no text', provisioner().replace('"7"', '7')],
  ['is of the old Tronador and not valid', provisioner().replace('path: deploy', 'path: null')],
])('an EnvironmentProvisioner that %s can be replaced and removed', (_, text) => {
  expect(made(putObject(path, provisioner('shop-8')), text).text).toBe(provisioner('"shop-7-1a2b3c4d"'))
  expect(made(removeObject(path), text).text).toBeUndefined()
})

/** The Environment with its release and source under these names. */
function named(release: string, source: string): string {
  return environment().replace(
    'chart: deploy\n',
    `chart: deploy
          sourceRef:
            kind: GitRepository
            name: ${source}
      releaseName: ${release}
`,
  )
}

const called = (releaseName: string) => `${provisioner()}      releaseName: ${releaseName}\n`

test.each([
  [
    'an Environment’s',
    named('shop', 'shop'),
    named('Run/Pipeline', 'dte-Run/Pipeline'),
    named('"run-pipeline"', '"dte-run-pipeline"'),
  ],
  ['an EnvironmentProvisioner’s', called('shop'), called('Run/Pipeline'), called('"run-pipeline"')],
  ['one of the other kind’s', called('shop'), named('run-pipeline', 'dte-run-pipeline'), called('"run-pipeline"')],
  ['the repository’s, where it has none of its own', called('run-pipeline'), provisioner(), called('"shop"')],
  ['the same by another spelling', named('run-pipeline', 'x'), named('Run/Pipeline', 'X'), named('run-pipeline', 'x')],
])('a release and its source keep the name they have: %s', (_, pushed, standing, expected) => {
  expect(made(putObject(path, pushed), standing).text).toBe(expected)
})
