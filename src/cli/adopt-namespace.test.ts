import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../kube/cluster.ts'
import { createMemoryCluster } from '../kube/memory.ts'
import { environmentProvisioners, environments, helmReleases, helmReleasesV1, namespaces } from '../kube/resources.ts'
import { type AdoptRequest, adoptNamespace } from './adopt-namespace.ts'

const managedBy = { 'app.kubernetes.io/managed-by': 'tronador.stakater.com' }
const usual: AdoptRequest = {
  name: 'shop-7',
  namespace: 'tronador-system',
  serviceAccount: 'tronador-operator',
  trustedRepositories: [],
  engines: { Environment: 'flux', EnvironmentProvisioner: 'auto' },
  isMeant: false,
}

function environment(name = 'shop-7', spec: object = {}): KubeObject {
  return {
    apiVersion: 'tronador.stakater.com/v1alpha2',
    kind: 'Environment',
    metadata: { name },
    spec: {
      application: {
        gitRepository: { url: 'https://git.example.test/acme/shop', ref: { branch: 'feature' } },
        release: { chart: { spec: { chart: 'deploy' } }, releaseName: 'shop' },
      },
      namespaceLabels: { team: 'gabbar' },
      ...spec,
    },
  } as KubeObject
}

const provisioner = {
  apiVersion: 'tronador.stakater.com/v1alpha1',
  kind: 'EnvironmentProvisioner',
  metadata: { name: 'shop-7' },
  spec: {
    application: {
      release: { chart: { git: 'https://git.example.test/acme/shop', path: 'deploy' }, releaseName: 'shop' },
    },
  },
} as KubeObject

/** A cluster with the object (an Environment where none is named) and a namespace of these labels and annotations. */
async function setUp(of: { object?: KubeObject; metadata?: object; releases?: readonly KubeObject[] } = {}) {
  const cluster = createMemoryCluster()
  const { object = environment(), metadata = {}, releases = [] } = of
  await cluster.create(object.kind === 'Environment' ? environments : environmentProvisioners, object)
  await cluster.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop-7', ...metadata } })
  for (const release of releases) {
    await cluster.create(release.apiVersion.startsWith('helm.fluxcd.io') ? helmReleasesV1 : helmReleases, release)
  }
  const before = cluster.writes().length
  return {
    cluster,
    adopt: (change: Partial<AdoptRequest> = {}) => adoptNamespace(cluster, { ...usual, ...change }),
    namespace: () => cluster.get<KubeObject>(namespaces, { name: 'shop-7' }),
    writes: () =>
      cluster
        .writes()
        .slice(before)
        .map(({ verb, resource, name }) => `${verb} ${resource.kind} ${name}`),
  }
}

function release(name: string, labels: Record<string, string> = {}, apiVersion = 'helm.toolkit.fluxcd.io/v2') {
  return { apiVersion, kind: 'HelmRelease', metadata: { name, namespace: 'shop-7', labels }, spec: {} } as KubeObject
}

test('Without --yes it says what would be done, and changes nothing', async () => {
  const { cluster, adopt, writes } = await setUp({
    metadata: { labels: { team: 'other', ours: 'yes', 'app.kubernetes.io/managed-by': 'Helm' } },
    releases: [release('shop'), release('other'), release('old', managedBy)],
  })
  const owner = await cluster.get<KubeObject>(environments, { name: 'shop-7' })
  expect(await adopt()).toBe(`Environment shop-7 takes over the namespace shop-7:
  label       ~ app.kubernetes.io/managed-by=tronador.stakater.com (was Helm)
  label       + pod-security.kubernetes.io/enforce=baseline
  label       + pod-security.kubernetes.io/enforce-version=v1.31
  label       ~ team=gabbar (was other)
  label       + tronador.stakater.com/environment=shop-7
  annotation  + tronador.stakater.com/applied-labels=app.kubernetes.io/managed-by,pod-security.kubernetes.io/enforce,pod-security.kubernetes.io/enforce-version,team,tronador.stakater.com/environment
  annotation  + tronador.stakater.com/owner=Environment/shop-7
  annotation  + tronador.stakater.com/owner-uid=${owner?.metadata.uid}
Then the operator will, by itself:
  uninstall HelmRelease old (Flux), which has Tronador’s label and not the name shop (to keep it, write releaseName: old into the object first)
  leave HelmRelease other (Flux) as it stands, beside shop
  take over HelmRelease shop (Flux) as it runs
  add RoleBinding tronador-operator-environment, ServiceAccount tronador-confined, RoleBinding tronador-confined, NetworkPolicy tronador-confined, ResourceQuota tronador-confined, LimitRange tronador-confined
When the object is deleted, the namespace goes with everything in it.
Nothing was changed. Run it again with --yes to do it.
`)
  expect(writes()).toEqual([])
})

test('With --yes it changes the namespace alone, and leaves labels of others', async () => {
  const { cluster, adopt, namespace, writes } = await setUp({ metadata: { labels: { ours: 'yes' } } })
  const owner = await cluster.get<KubeObject>(environments, { name: 'shop-7' })
  expect(await adopt({ isMeant: true })).toMatch(
    /\n {2}install shop with Flux\n[\s\S]*\nDone: the namespace shop-7 is its own/,
  )
  expect(writes()).toEqual(['patch Namespace shop-7'])
  expect((await namespace())?.metadata).toMatchObject({
    labels: {
      ours: 'yes',
      team: 'gabbar',
      ...managedBy,
      'pod-security.kubernetes.io/enforce': 'baseline',
      'tronador.stakater.com/environment': 'shop-7',
    },
    annotations: {
      'tronador.stakater.com/owner': 'Environment/shop-7',
      'tronador.stakater.com/owner-uid': owner?.metadata.uid,
    },
  })
  expect(await adopt({ isMeant: true })).toBe('Environment shop-7 has this namespace already; nothing is to be done.\n')
})

test('A namespace that changes between look and write is not taken', async () => {
  const { cluster, adopt, namespace } = await setUp()
  cluster.intercept(async ({ verb, resource }) => {
    if (verb === 'list' && resource === helmReleases) {
      await cluster.patch(namespaces, { name: 'shop-7' }, { metadata: { labels: { moved: 'yes' } } })
    }
    return undefined
  })
  await expect(adopt({ isMeant: true })).rejects.toMatchObject({ reason: 'Conflict' })
  expect((await namespace())?.metadata.labels).toEqual({ moved: 'yes' })
})

describe('What follows for a release', () => {
  const v1 = 'helm.fluxcd.io/v1'
  test.each<[string, KubeObject, KubeObject, Partial<AdoptRequest>, string]>([
    [
      'of Helm Operator',
      provisioner,
      release('shop', {}, v1),
      {},
      'take over HelmRelease shop (Helm Operator) as it runs',
    ],
    [
      'of another engine',
      environment(),
      release('shop', {}, v1),
      {},
      'hand HelmRelease shop (Helm Operator) over to Flux, as it runs',
    ],
    [
      'that Helm has under another name',
      environment(),
      { ...release('shop'), spec: { releaseName: 'other' } } as KubeObject,
      {},
      'take over HelmRelease shop (Flux), whose release Helm has under another name or elsewhere: it is installed anew',
    ],
  ])('%s', async (_, object, standing, change, line) => {
    const { adopt } = await setUp({ object, releases: [standing] })
    expect(await adopt(change)).toContain(`\n  ${line}\n`)
  })

  test('of a suspended environment waits until that is resumed', async () => {
    const { adopt } = await setUp({ object: environment('shop-7', { suspend: true }) })
    expect(await adopt()).toContain('\nIt is suspended: the operator does so once spec.suspend is false.\n')
  })
})

describe('It refuses', () => {
  test.each<[string, string, Parameters<typeof setUp>[0], Partial<AdoptRequest>]>([
    ['a namespace of the cluster’s own', 'NamespaceReserved', {}, { name: 'kube-system' }],
    ['the operator’s own namespace', 'NamespaceReserved', {}, { namespace: 'shop-7' }],
    ['an object that is not there', 'EnvironmentMissing', {}, { name: 'shop-8' }],
    ['an object of the other kind alone', 'EnvironmentMissing', {}, { kind: 'EnvironmentProvisioner' }],
    ['a namespace that is not there', 'NamespaceMissing', { object: environment('cart-3') }, { name: 'cart-3' }],
    [
      'where the object cannot be used',
      'LabelReserved',
      { object: environment('shop-7', { namespaceLabels: { 'kubernetes.io/x': 'y' } }) },
      {},
    ],
  ])('%s', async (_, code, of, change) => {
    const { adopt, writes } = await setUp(of)
    await expect(adopt({ isMeant: true, ...change })).rejects.toMatchObject({ code })
    expect(writes()).toEqual([])
  })

  test('a namespace that belongs to an object which exists', async () => {
    const { cluster, adopt, writes } = await setUp({ object: environment('cart-3') })
    const owner = await cluster.create(environments, environment())
    const annotations = {
      'tronador.stakater.com/owner': 'Environment/shop-7',
      'tronador.stakater.com/owner-uid': owner.metadata.uid ?? '',
    }
    await cluster.create(namespaces, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'cart-3', labels: managedBy, annotations },
    })
    await expect(adopt({ name: 'cart-3', isMeant: true })).rejects.toMatchObject({
      code: 'NamespaceOwned',
      message: 'The namespace cart-3 belongs to Environment/shop-7, which exists.',
    })
    expect(writes().filter((write) => write.startsWith('patch'))).toEqual([])
  })

  test('to choose between two objects', async () => {
    const { cluster, adopt } = await setUp()
    await cluster.create(environmentProvisioners, provisioner)
    await expect(adopt()).rejects.toMatchObject({ code: 'EnvironmentAmbiguous' })
    expect(await adopt({ kind: 'EnvironmentProvisioner' })).toContain('EnvironmentProvisioner shop-7 takes over')
  })
})
