import { describe, expect, test } from 'vitest'
import type { EnvironmentProvisioner } from '../api/environment-provisioner.ts'
import { translateProvisioner } from './translate-provisioner.ts'

const settings = {
  ownNamespace: 'tronador-system',
  trustedRepositories: ['git.example.com/acme/platform'],
  engines: { Environment: 'flux', EnvironmentProvisioner: 'helm-operator' },
} as const
const onFlux = { ...settings, engines: { ...settings.engines, EnvironmentProvisioner: 'flux' } } as const

function provisioner(spec: unknown, metadata: object = {}): EnvironmentProvisioner {
  return {
    apiVersion: 'tronador.stakater.com/v1alpha1',
    kind: 'EnvironmentProvisioner',
    metadata: { name: 'shop-7-1a2b3c4d', uid: 'u1', generation: 3, ...metadata },
    spec,
  } as EnvironmentProvisioner
}

const commit = 'c'.repeat(40)
const chart = { git: 'https://git.example.com/acme/shop.git', path: './deploy/' }
const asking = (release: object, metadata?: object) => provisioner({ application: { release } }, metadata)
const annotations = {
  'tronador.stakater.com/repository': 'git.example.com/acme/shop',
  'tronador.stakater.com/pull-request': '7',
  'tronador.stakater.com/commit': commit,
  'tronador.stakater.com/branch': 'feature/x',
  'reconcile.tronador.stakater.com/requestedAt': 'now',
}
const change = { repository: 'git.example.com/acme/shop', number: 7, commit, branch: 'feature/x' }

test('An object as it is rendered becomes what it asks for', () => {
  const values = { image: { tag: 'x' } }
  const valuesFrom = [{ secretKeyRef: { name: 'db', key: 'x.yaml' } }, { kind: 'ConfigMap', name: 'common' }]
  const release = {
    chart: { ...chart, ref: commit, secretRef: { name: 'repo' } },
    releaseName: 'shop',
    values,
    valuesFrom,
  }
  const object = provisioner({ application: { release }, namespaceLabels: { team: 'gabbar' } }, { annotations })
  expect(translateProvisioner(object, settings)).toEqual({
    owner: { kind: 'EnvironmentProvisioner', name: 'shop-7-1a2b3c4d', uid: 'u1', generation: 3 },
    namespace: 'shop-7-1a2b3c4d',
    namespaceLabels: { team: 'gabbar' },
    engine: 'helm-operator',
    profile: 'trusted',
    repositoryProfile: 'confined',
    source: {
      name: 'shop',
      url: 'https://git.example.com/acme/shop.git',
      ref: { branch: 'feature/x', commit },
      interval: '1h',
      timeout: '60s',
      secretName: 'repo',
    },
    release: {
      name: 'shop',
      chartPath: 'deploy',
      reconcileStrategy: 'Revision',
      interval: '10m',
      values: { image: { tag: 'x' } },
      valuesFrom: [
        { kind: 'Secret', name: 'db', valuesKey: 'x.yaml' },
        { kind: 'ConfigMap', name: 'common' },
      ],
    },
    change,
    suspended: false,
    requestedAt: 'now',
  })
})

test('An object of the original Tronador, with nothing but a branch and values, does too', () => {
  const old = asking({
    chart: { ...chart, ref: 'Feature/New_Thing' },
    releaseName: 'Feature/New_Thing',
    values: null,
    valuesFrom: null,
  })
  const { source, release, ...rest } = translateProvisioner(old, settings)
  expect(source).toEqual({
    name: 'shop',
    url: 'https://git.example.com/acme/shop.git',
    ref: { branch: 'Feature/New_Thing' },
    interval: '1m',
    timeout: '60s',
  })
  expect(release).toEqual({
    name: 'feature-new-thing',
    chartPath: 'deploy',
    reconcileStrategy: 'Revision',
    interval: '10m',
    values: {},
    valuesFrom: [],
  })
  expect(rest).toMatchObject({ namespaceLabels: {}, change: undefined, requestedAt: undefined })
})

test.each<[string, string | null | undefined, object]>([
  ['a branch', 'main', { branch: 'main' }],
  ['a tag in full', 'refs/tags/v1.0', { name: 'refs/tags/v1.0' }],
  ['a reference of a pull request', 'refs/pull/7/head', { name: 'refs/pull/7/head' }],
  ['a short hash, which only a branch can be called', 'c'.repeat(12), { branch: 'c'.repeat(12) }],
  ['a commit', commit, { commit }],
  ['a commit of a repository with longer hashes', 'c'.repeat(64), { commit: 'c'.repeat(64) }],
  ['nothing', undefined, {}],
  ['nothing', null, {}],
  ['nothing', '', {}],
])('A ref that is %s: %s', (_, ref, expected) => {
  expect(translateProvisioner(asking({ chart: { ...chart, ref } }), settings).source.ref).toEqual(expected)
})

test('Without a name for the release the repository’s is taken', () => {
  expect(translateProvisioner(asking({ chart }), settings).release.name).toBe('shop')
})

test.each([
  ['Helm Operator', settings, 'acme/shop', 'helm-operator trusted'],
  ['Flux', onFlux, 'acme/shop', 'flux confined'],
  ['Flux, for a repository that an administrator trusts', onFlux, 'Acme/Platform', 'flux trusted'],
])('It runs with %s', (_, given, repository, expected) => {
  const release = { chart: { ...chart, git: `https://git.example.com/${repository}` } }
  const { engine, profile } = translateProvisioner(asking(release), given)
  expect(`${engine} ${profile}`).toBe(expected)
})

describe('What cannot be is refused with a code', () => {
  const foreign = [{ secretKeyRef: { name: 'a', namespace: 'prod' } }]
  test.each<[string, string, object, string?]>([
    ['EnvironmentInvalid', 'no chart', {}],
    ['EnvironmentInvalid', 'values that are a list', { chart, values: [] }],
    ['RepositoryUrlInvalid', 'a local path', { chart: { ...chart, git: '/srv/git/shop' } }],
    ['ChartPathInvalid', 'a way out', { chart: { ...chart, path: 'a/../../b' } }],
    ['ReleaseNameInvalid', 'dashes alone', { chart, releaseName: '--' }],
    ['ValuesFromForeignNamespace', 'values elsewhere', { chart, valuesFrom: foreign }],
    ['ValuesFromUnsupported', 'values from a URL', { chart, valuesFrom: [{ externalSourceRef: { url: 'x' } }] }],
    [
      'ValuesFromUnsupported',
      'a value at a path, of Helm Operator',
      { chart, valuesFrom: [{ kind: 'Secret', name: 'a', targetPath: 'b' }] },
    ],
    ['NamespaceReserved', 'a reserved name', { chart }, 'kube-system'],
    ['EnvironmentNameInvalid', 'a name with a dot', { chart }, 'shop.7'],
  ])('%s: %s', (code, _, release, name = 'shop-7') => {
    expect(() => translateProvisioner(asking(release, { name }), settings)).toThrow(expect.objectContaining({ code }))
  })

  test('LabelReserved: a label of the cluster’s', () => {
    const object = provisioner({ application: { release: { chart } }, namespaceLabels: { 'kubernetes.io/x': 'y' } })
    expect(() => translateProvisioner(object, settings)).toThrow(expect.objectContaining({ code: 'LabelReserved' }))
  })

  test('EngineMissing: where the cluster serves none', () => {
    const engines = { Environment: 'flux', EnvironmentProvisioner: undefined } as const
    expect(() => translateProvisioner(asking({ chart }), { ...settings, engines })).toThrow(
      expect.objectContaining({
        code: 'EngineMissing',
        message: 'This cluster serves no engine that may run an EnvironmentProvisioner.',
      }),
    )
  })
})
