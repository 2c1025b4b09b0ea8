import { expect, test } from 'vitest'
import type { EnvironmentKind } from '../api/environment-kind.ts'
import { readEnvironmentFile } from './environment-file.ts'
import { environmentYaml, renderEnvironment } from './render.ts'

const commit = '4f0c7a1d9b3e5f60718293a4b5c6d7e8f9012345'

/** What is rendered for pull request 7. */
function file(kind: EnvironmentKind): string {
  const { environment } = renderEnvironment(kind, {
    configText: 'application:\n  chart_path: {{APPLICATION_IMAGE_TAG}}\n',
    change: { repositoryUrl: 'https://git.example.com/acme/shop', number: 7, branch: 'main', commit },
    image: { name: 'shop', tag: '1' },
  })
  return environment === undefined ? '' : environmentYaml(environment)
}

test.each([
  ['Environment', { release: 'shop', source: 'shop' }],
  ['EnvironmentProvisioner', { release: 'shop', source: undefined }],
] as const)('whose environment it is can be read back from a rendered %s', (kind, inner) => {
  expect(readEnvironmentFile(file(kind))).toEqual({
    kind,
    name: 'shop-7-19f53e97',
    inner,
    repository: 'git.example.com/acme/shop',
    change: { number: 7, commit },
  })
})

const earlierProvisioner = `apiVersion: tronador.stakater.com/v1alpha1
kind: EnvironmentProvisioner
metadata:
  name: stakater-nordmart-inventory-74
  annotations:
spec:
  application:
    release:
      chart:
        git: 'git@git.example.com:acme/shop.git'
        path: deploy
        ref: run-pipeline
      releaseName: Run/Pipeline-
      valuesFrom: null
`

const earlierEnvironment = `apiVersion: tronador.stakater.com/v1alpha2
kind: Environment
metadata:
  name: pr-7-shop-1a2b3c4d
spec:
  application:
    gitRepository:
      ref: { branch: Feature/Login }
      url: https://git.example.com/acme/shop
    release:
      chart:
        spec:
          chart: deploy
          sourceRef: { kind: GitRepository, name: dte-Feature/Login }
      releaseName: ${'x'.repeat(60)}
`

test.each([
  [
    'EnvironmentProvisioner',
    earlierProvisioner,
    'stakater-nordmart-inventory-74',
    { release: 'run-pipeline', source: undefined },
  ],
  ['Environment', earlierEnvironment, 'pr-7-shop-1a2b3c4d', { release: 'x'.repeat(53), source: 'dte-feature-login' }],
])(
  'An %s of the original Tronador names no pull request; its chart names the repository',
  (kind, text, name, inner) => {
    const repository = 'git.example.com/acme/shop'
    expect(readEnvironmentFile(text)).toEqual({ kind, name, inner, repository, change: undefined })
  },
)

test.each([
  ['no name of its own', '      releaseName: Run/Pipeline-\n', '', { release: 'shop', source: undefined }],
  ['no letter or digit', 'Run/Pipeline-', '--', { release: 'shop', source: undefined }],
])('A release that has %s is called like the repository', (_, written, instead, inner) => {
  expect(readEnvironmentFile(earlierProvisioner.replace(written, instead))?.inner).toEqual(inner)
})

test('Of a chart whose repository cannot be read nothing is known', () => {
  const text = earlierProvisioner.replace('git@git.example.com:acme/shop.git', '/srv/shop').replace(/releaseName.*/, '')
  expect(readEnvironmentFile(text)).toMatchObject({
    inner: { release: undefined, source: undefined },
    repository: undefined,
  })
})

test.each([
  ['nothing', ''],
  ['no YAML', 'a: ['],
  ['two objects', `${earlierProvisioner}---\n${earlierEnvironment}`],
  ['another kind of object', file('Environment').replace('kind: Environment\n', 'kind: Pod\n')],
])('a file that holds %s is no environment', (_, text) => {
  expect(readEnvironmentFile(text)).toBeUndefined()
})
