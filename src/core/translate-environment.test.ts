import { describe, expect, test } from 'vitest'
import type { Environment } from '../api/environment.ts'
import { translateEnvironment } from './translate-environment.ts'

const settings = {
  ownNamespace: 'tronador-system',
  trustedRepositories: ['git.example.com/acme/platform'],
  engines: { Environment: 'flux', EnvironmentProvisioner: 'helm-operator' },
} as const

function environment(spec: unknown, name = 'shop-7-1a2b3c4d'): Environment {
  return {
    apiVersion: 'tronador.stakater.com/v1alpha2',
    kind: 'Environment',
    metadata: { name, uid: 'u1', generation: 3 },
    spec,
  } as Environment
}

const git = { url: 'https://git.example.com/acme/shop.git', ref: { branch: 'feature/x', commit: 'c'.repeat(40) } }
const chart = { spec: { chart: './deploy/' } }

test('An environment as it is rendered becomes what it asks for', () => {
  const values = { image: { tag: 'x' } }
  expect(
    translateEnvironment(
      environment({
        application: {
          gitRepository: { ...git, interval: '1m', gitImplementation: 'go-git', secretRef: { name: 'repo' } },
          release: { chart, releaseName: 'shop', interval: '1m0s', values, valuesFrom: null },
        },
        namespaceLabels: { team: 'gabbar' },
      }),
      settings,
    ),
  ).toEqual({
    owner: { kind: 'Environment', name: 'shop-7-1a2b3c4d', uid: 'u1', generation: 3 },
    namespace: 'shop-7-1a2b3c4d',
    namespaceLabels: { team: 'gabbar' },
    engine: 'flux',
    profile: 'confined',
    repositoryProfile: 'confined',
    source: {
      name: 'shop',
      url: 'https://git.example.com/acme/shop.git',
      ref: { branch: 'feature/x', commit: 'c'.repeat(40) },
      interval: '1h',
      timeout: '60s',
      secretName: 'repo',
    },
    release: {
      name: 'shop',
      chartPath: 'deploy',
      reconcileStrategy: 'Revision',
      interval: '1m0s',
      values: { image: { tag: 'x' } },
      valuesFrom: [],
    },
    change: undefined,
    suspended: false,
    requestedAt: undefined,
  })
})

test('Raw branch names in an old object are made legal once', () => {
  const desired = translateEnvironment(
    environment({
      application: {
        gitRepository: { url: git.url, ref: { branch: 'Feature/New_Thing' } },
        release: {
          chart: { spec: { chart: 'deploy', sourceRef: { kind: 'GitRepository', name: 'dte-Feature/New_Thing' } } },
          releaseName: `Feature/${'x'.repeat(60)}`,
        },
      },
    }),
    settings,
  )
  expect(desired.source.name).toBe('dte-feature-new-thing')
  expect(desired.source.interval).toBe('1m')
  expect(desired.release.name).toBe(`feature-${'x'.repeat(45)}`)
  expect(desired.release.reconcileStrategy).toBe('ChartVersion')
})

test('The previews of a repository that an administrator trusts are not confined', () => {
  const spec = {
    application: { gitRepository: { url: 'git@git.example.com:Acme/Platform.git' }, release: { chart } },
  }
  expect(translateEnvironment(environment(spec), settings).profile).toBe('trusted')
})

test('Run by Helm Operator, a preview cannot be confined, and what that has no word for is refused', () => {
  const engines = { Environment: 'helm-operator', EnvironmentProvisioner: 'helm-operator' } as const
  const asked = (ref: object) => ({ application: { gitRepository: { ...git, ref }, release: { chart } } })
  expect(translateEnvironment(environment(asked({ branch: 'main' })), { ...settings, engines })).toMatchObject({
    engine: 'helm-operator',
    profile: 'trusted',
    repositoryProfile: 'confined',
  })
  expect(() => translateEnvironment(environment(asked({ semver: '1.x' })), { ...settings, engines })).toThrow(
    expect.objectContaining({ code: 'EnvironmentInvalid' }),
  )
})

test('Values from either shape of reference are read from the environment’s own namespace', () => {
  const valuesFrom = [
    { secretKeyRef: { name: 'a', namespace: 'shop-7-1a2b3c4d', key: 'x.yaml', optional: true } },
    { configMapKeyRef: { name: 'b' } },
    { kind: 'Secret', name: 'c', valuesKey: 'y', targetPath: 'z', optional: false },
  ]
  const spec = { application: { gitRepository: git, release: { chart, valuesFrom } } }
  expect(translateEnvironment(environment(spec), settings).release.valuesFrom).toEqual([
    { kind: 'Secret', name: 'a', valuesKey: 'x.yaml', optional: true },
    { kind: 'ConfigMap', name: 'b' },
    { kind: 'Secret', name: 'c', valuesKey: 'y', targetPath: 'z' },
  ])
})

test.each<[string, string | undefined, string | undefined, string | undefined]>([
  ['none', undefined, undefined, undefined],
  ['ours', 'now', undefined, 'now'],
  ['Flux’s', undefined, 'now', 'now'],
  ['the later', '2026-01-01T12:00:00Z', '2026-01-01T13:00:00+00:00', '2026-01-01T13:00:00+00:00'],
  ['the later', '2026-01-01T14:00:00Z', '2026-01-01T13:00:00Z', '2026-01-01T14:00:00Z'],
  ['ours where neither is a time', 'a', 'b', 'a'],
])('Of the wishes to look again %s counts', (_, ours, flux, expected) => {
  const annotations = {
    ...(ours !== undefined && { 'reconcile.tronador.stakater.com/requestedAt': ours }),
    ...(flux !== undefined && { 'reconcile.fluxcd.io/requestedAt': flux }),
  }
  const { metadata, ...rest } = environment({ application: { gitRepository: git, release: { chart } } })
  const wished = { ...rest, metadata: { ...metadata, annotations } }
  expect(translateEnvironment(wished, settings).requestedAt).toBe(expected)
})

describe('What cannot be is refused with a code', () => {
  const release = { chart }
  test.each([
    ['EnvironmentInvalid', 'no application', {}, undefined],
    ['EnvironmentInvalid', 'values that are a list', { gitRepository: git, release: { chart, values: [] } }, undefined],
    [
      'EnvironmentInvalid',
      'an interval of words',
      { gitRepository: git, release: { chart, interval: 'often' } },
      undefined,
    ],
    [
      'EnvironmentInvalid',
      'a time-out that Go cannot hold',
      { gitRepository: { ...git, timeout: '9999999999h' }, release },
      undefined,
    ],
    [
      'EnvironmentInvalid',
      'an interval in which Flux would do nothing else',
      { gitRepository: git, release: { chart, interval: '1ms' } },
      undefined,
    ],
    [
      'EnvironmentInvalid',
      'a chart from a bucket',
      { gitRepository: git, release: { chart: { spec: { chart: 'deploy', sourceRef: { kind: 'Bucket' } } } } },
      undefined,
    ],
    ['RepositoryUrlInvalid', 'a local path', { gitRepository: { url: '/srv/git/shop' }, release }, undefined],
    [
      'ChartPathInvalid',
      'a way out',
      { gitRepository: git, release: { chart: { spec: { chart: 'a/../../b' } } } },
      undefined,
    ],
    ['ReleaseNameInvalid', 'dashes alone', { gitRepository: git, release: { chart, releaseName: '--' } }, undefined],
    ['NamespaceReserved', 'a reserved name', { gitRepository: git, release }, 'kube-system'],
    ['NamespaceReserved', 'the operator’s own name', { gitRepository: git, release }, 'tronador-system'],
    ['EnvironmentNameInvalid', 'a name with a dot', { gitRepository: git, release }, 'shop.7'],
    ['EnvironmentNameInvalid', 'a name of 64', { gitRepository: git, release }, 'x'.repeat(64)],
    [
      'ValuesFromForeignNamespace',
      'values elsewhere',
      { gitRepository: git, release: { chart, valuesFrom: [{ secretKeyRef: { name: 'a', namespace: 'prod' } }] } },
      undefined,
    ],
    [
      'ValuesFromUnsupported',
      'a file of the chart',
      { gitRepository: git, release: { chart, valuesFrom: [{ chartFileRef: { path: '../../etc' } }] } },
      undefined,
    ],
    ['ValuesFromInvalid', 'values of nothing', { gitRepository: git, release: { chart, valuesFrom: [{}] } }, undefined],
  ])('%s: %s', (code, _, application, name) => {
    const spec = Object.keys(application).length === 0 ? {} : { application }
    expect(() => translateEnvironment(environment(spec, name), settings)).toThrow(expect.objectContaining({ code }))
  })
})
