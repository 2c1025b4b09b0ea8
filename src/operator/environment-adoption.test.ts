/** Adoption, step by step: who gets a namespace that two ask for, and what an adoption leaves that is cut short. */
import { expect, test } from 'vitest'
import { KubeError, type KubeObject, type Resource } from '../kube/cluster.ts'
import { createMemoryCluster, type MemoryRequest } from '../kube/memory.ts'
import {
  environmentProvisioners,
  environments,
  events,
  gitRepositories,
  helmReleases,
  namespaces,
} from '../kube/resources.ts'
import { createVirtualClock } from '../kube/virtual-clock.ts'
import { startEnvironmentControllers } from './environment-controller.ts'
import type { AnyEnvironment } from './environment-kinds.ts'

const second = 1000
const name = 'shop-7'
const shop = { name: 'shop', namespace: name }
const managedBy = { 'app.kubernetes.io/managed-by': 'tronador.stakater.com' }

/** A namespace of an earlier Tronador with a release of that name, and the operator, which has not started yet. */
async function setUp(releaseName = 'shop') {
  const clock = createVirtualClock()
  const cluster = createMemoryCluster({ clock })
  const start = async () => {
    const controllers = await startEnvironmentControllers({
      cluster,
      settings: {
        ownNamespace: 'tronador-system',
        trustedRepositories: [],
        engines: { Environment: 'flux', EnvironmentProvisioner: 'flux' },
      },
      served: new Set(['flux']),
      identity: { namespace: 'tronador-system', serviceAccount: 'tronador-operator' },
      clock,
      random: () => 0,
      instance: 'test',
    })
    await clock.advance(second)
    return controllers
  }
  await cluster.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  const metadata = { name: releaseName, namespace: name, labels: managedBy }
  await cluster.create(helmReleases, {
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata,
    spec: {},
  } as KubeObject)
  return {
    clock,
    cluster,
    start,
    read: (resource: Resource) => cluster.get<AnyEnvironment>(resource, { name }),
    namespace: () => cluster.get<KubeObject>(namespaces, { name }),
    release: () => cluster.get<KubeObject>(helmReleases, { ...shop, name: releaseName }),
  }
}

const environment = {
  apiVersion: 'tronador.stakater.com/v1alpha2',
  kind: 'Environment',
  metadata: { name },
  spec: {
    application: {
      gitRepository: { url: 'https://git.example.test/acme/shop', ref: { branch: 'feature' } },
      release: { chart: { spec: { chart: 'deploy' } }, releaseName: 'shop', valuesFrom: null },
    },
  },
}
const provisioner = {
  apiVersion: 'tronador.stakater.com/v1alpha1',
  kind: 'EnvironmentProvisioner',
  metadata: { name },
  spec: {
    application: {
      release: { chart: { git: 'https://git.example.test/acme/shop', path: 'deploy' }, releaseName: 'shop' },
    },
  },
} as KubeObject

test('An environment takes over what an earlier Tronador made, and says so once', async () => {
  const { cluster, start, namespace, release } = await setUp()
  const before = await release()
  const { metadata } = await cluster.create<KubeObject>(environments, environment)
  const { stop } = await start()
  expect((await namespace())?.metadata).toMatchObject({
    labels: { ...managedBy, 'tronador.stakater.com/environment': name },
    annotations: { 'tronador.stakater.com/owner-uid': metadata.uid },
  })
  expect((await release())?.metadata).toMatchObject({
    uid: before?.metadata.uid,
    labels: { ...managedBy, 'tronador.stakater.com/environment': name },
  })
  const { items } = await cluster.list<KubeObject & { reason: string }>(events)
  expect(items.map(({ reason }) => reason)).toEqual(['EnvironmentAdopted'])
  await stop()
})

test('Of two objects that ask for one namespace the first gets it, and the other is a conflict', async () => {
  const { cluster, start, namespace, read } = await setUp()
  const objects = [await cluster.create<KubeObject>(environments, environment)]
  objects.push(await cluster.create(environmentProvisioners, provisioner))
  const { stop } = await start()
  const owner = (await namespace())?.metadata.annotations?.['tronador.stakater.com/owner-uid']
  expect(objects.map(({ metadata }) => metadata.uid)).toContain(owner)
  const reasons = [await read(environments), await read(environmentProvisioners)].map((object) => ({
    isOwner: object?.metadata.uid === owner,
    reason: object?.status?.conditions?.[0]?.reason,
  }))
  expect(reasons.filter(({ isOwner }) => isOwner).map(({ reason }) => reason)).toEqual(['EnvironmentProgressing'])
  expect(reasons.filter(({ isOwner }) => !isOwner).map(({ reason }) => reason)).toEqual(['NamespaceConflict'])
  await stop()
})

test('An adoption that is cut short after the namespace goes on with the release as it stands', async () => {
  const { cluster, clock, start, namespace, release } = await setUp()
  const before = await release()
  await cluster.create<KubeObject>(environments, environment)
  const allow = cluster.intercept(({ verb, resource }) => {
    if (verb !== 'patch' || resource.plural !== 'helmreleases') return undefined
    throw new KubeError('Unreachable', 'the connection was cut')
  })
  const first = await start()
  expect((await namespace())?.metadata.labels).toMatchObject(managedBy)
  expect((await release())?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion)
  await first.stop()
  allow()
  const { stop } = await start()
  await clock.advance(second)
  expect(cluster.writes().filter(({ resource }) => resource.plural === 'helmreleases')[2]).toMatchObject({
    verb: 'patch',
    name: 'shop',
  })
  expect((await release())?.metadata.uid).toBe(before?.metadata.uid)
  await stop()
})

test.each<[string, (request: MemoryRequest) => boolean]>([
  ['its source could not be marked', ({ verb, resource }) => verb === 'patch' && resource.plural === 'gitrepositories'],
  [
    'its source is long in coming to sight',
    ({ verb, resource }) => verb === 'watch' && resource.plural === 'gitrepositories',
  ],
])('A release of the commit that is asked for is not held, though %s', async (_, isCut) => {
  const { cluster, clock, start } = await setUp()
  const pinned = { branch: 'feature', commit: 'b'.repeat(40) }
  const revision = `feature@sha1:${pinned.commit}`
  await cluster.create(gitRepositories, {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { ...shop, labels: managedBy },
    spec: { url: environment.spec.application.gitRepository.url, ref: pinned },
  } as KubeObject)
  await cluster.patchStatus(gitRepositories, shop, { status: { artifact: { revision } } })
  await cluster.patch(helmReleases, shop, { spec: { chart: { spec: { reconcileStrategy: 'ChartVersion' } } } })
  await cluster.patchStatus(helmReleases, shop, {
    status: { history: [{ status: 'deployed', chartVersion: '0.1.0' }] },
  })
  const { application } = environment.spec
  const gitRepository = { ...application.gitRepository, ref: pinned }
  await cluster.create(environments, {
    ...environment,
    spec: { application: { ...application, gitRepository } },
  } as KubeObject)
  const allow = cluster.intercept((request) => {
    if (isCut(request)) throw new KubeError('Unreachable', 'the connection was cut')
    return undefined
  })
  const { stop } = await start()
  await clock.advance(10 * second)
  await cluster.patch(helmReleases, shop, { metadata: { annotations: { news: 'yes' } } })
  await clock.advance(second)
  allow()
  await clock.advance(120 * second)
  const release = await cluster.get<KubeObject & { spec: object }>(helmReleases, shop)
  expect(release?.spec).toMatchObject({ suspend: false, chart: { spec: { reconcileStrategy: 'ChartVersion' } } })
  await stop()
})

test('A namespace with a release of another name stays a conflict until that release has the expected one', async () => {
  const { cluster, clock, start, namespace, read } = await setUp('other')
  const before = await namespace()
  await cluster.create<KubeObject>(environments, environment)
  const { stop } = await start()
  expect((await read(environments))?.status?.conditions?.[0]?.reason).toBe('NamespaceConflict')
  expect(await namespace()).toEqual(before)
  await cluster.create(helmReleases, {
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { ...shop, labels: managedBy },
    spec: {},
  } as KubeObject)
  await clock.advance(70 * second)
  expect((await read(environments))?.status?.conditions?.[0]?.reason).toBe('EnvironmentProgressing')
  await stop()
})

test('Labels that an earlier Tronador had put on the namespace, and that left the object meanwhile, leave it', async () => {
  const { cluster, start, namespace } = await setUp()
  const labels = { gone: 'yes', theirs: 'yes', 'kubernetes.io/x': 'y' }
  await cluster.patch(namespaces, { name }, { metadata: { labels } })
  await cluster.create<KubeObject>(environments, environment)
  await cluster.patchStatus(
    environments,
    { name },
    { status: { namespaceLabels: { gone: 'yes', 'kubernetes.io/x': 'y' } } },
  )
  const { stop } = await start()
  expect((await namespace())?.metadata.labels).toEqual({
    theirs: 'yes',
    'kubernetes.io/x': 'y',
    ...managedBy,
    'pod-security.kubernetes.io/enforce': 'baseline',
    'pod-security.kubernetes.io/enforce-version': 'v1.31',
    'tronador.stakater.com/environment': name,
  })
  await stop()
})

test.each([
  ['was never adopted', environment],
  ['cannot be used', { ...environment, spec: { ...environment.spec, namespaceLabels: { 'kubernetes.io/x': 'y' } } }],
] as const)('An object that goes and %s takes what an earlier Tronador made for it along', async (_, object) => {
  const { cluster, clock, start, namespace, release, read } = await setUp()
  const metadata = { name, finalizers: ['tronador.stakater.com/finalizer'] }
  const { metadata: created } = await cluster.create(environments, { ...object, metadata } as KubeObject)
  await cluster.delete(environments, { name }, { uid: created.uid ?? '' })
  const { stop } = await start()
  await clock.advance(60 * second)
  expect([await release(), await namespace(), await read(environments)]).toEqual([undefined, undefined, undefined])
  await stop()
})
