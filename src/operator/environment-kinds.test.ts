/** Both kinds side by side, and two objects of one name. */
import { expect, test } from 'vitest'
import type { KubeObject, Resource } from '../kube/cluster.ts'
import {
  deployments,
  environmentProvisioners,
  environments,
  helmReleases,
  helmReleasesV1,
  namespaces,
  secrets,
} from '../kube/resources.ts'
import type { AnyEnvironment } from './environment-kinds.ts'
import { type Engines, prepareCluster, second } from './testing/operator.ts'

const commit = 'b'.repeat(40)
const url = 'https://git.example.test/acme/shop'
const values = { valuesFrom: [{ kind: 'Secret', name: 'db' }] }

function environment(name = 'shop-7'): KubeObject {
  return {
    apiVersion: 'tronador.stakater.com/v1alpha2',
    kind: 'Environment',
    metadata: { name },
    spec: {
      application: {
        gitRepository: { url, ref: { branch: 'feature', commit } },
        release: { chart: { spec: { chart: 'deploy' } }, releaseName: 'shop', ...values },
      },
    },
  } as KubeObject
}

function provisioner(name = 'shop-7'): KubeObject {
  return {
    apiVersion: 'tronador.stakater.com/v1alpha1',
    kind: 'EnvironmentProvisioner',
    metadata: { name },
    spec: {
      application: { release: { chart: { git: url, path: 'deploy', ref: commit }, releaseName: 'shop', ...values } },
    },
  } as KubeObject
}

const usual = { Environment: 'flux', EnvironmentProvisioner: 'helm-operator' } as const

async function setUp(engines: Engines = usual) {
  const { startOperator, ...stage } = await prepareCluster()
  const { clock, cluster } = stage
  let operator = await startOperator(engines)
  const read = async (resource: Resource, name = 'shop-7') =>
    (await cluster.get<AnyEnvironment>(resource, { name }))?.status
  return {
    ...stage,
    read,
    ready: async (resource: Resource, name?: string) => (await read(resource, name))?.conditions?.[0],
    /** Creates both, the owner of the namespace first. */
    async createBoth(first: 'Environment' | 'EnvironmentProvisioner') {
      const both = [
        [environments, environment()],
        [environmentProvisioners, provisioner()],
      ] as const
      for (const [resource, object] of first === 'Environment' ? both : both.toReversed()) {
        await cluster.create<KubeObject>(resource, object)
        await clock.advance(second)
      }
    },
    async restart(...given: Parameters<typeof startOperator>) {
      await operator.stop()
      operator = await startOperator(...given)
      await clock.advance(second)
    },
    stop: () => operator.stop(),
  }
}

test('Both kinds share one set of watches: each resource is listed and watched once', async () => {
  const { cluster, clock, stop } = await setUp()
  await clock.advance(second)
  const opened = cluster.requests
    .filter(({ verb }) => verb === 'list' || verb === 'watch')
    .map(({ verb, resource: { group, plural } }) => `${verb} ${group === '' ? plural : `${plural}.${group}`}`)
  const resources = [
    ...['environments', 'environmentprovisioners'].map((plural) => `${plural}.tronador.stakater.com`),
    ...['namespaces', 'serviceaccounts', 'resourcequotas', 'limitranges', 'rolebindings.rbac.authorization.k8s.io'],
    ...['networkpolicies', 'ingresses'].map((plural) => `${plural}.networking.k8s.io`),
    ...['deployments', 'statefulsets', 'daemonsets'].map((plural) => `${plural}.apps`),
    ...['jobs.batch', 'httproutes.gateway.networking.k8s.io', 'routes.route.openshift.io'],
    ...['gitrepositories', 'helmcharts'].map((plural) => `${plural}.source.toolkit.fluxcd.io`),
    ...['helmreleases.helm.toolkit.fluxcd.io', 'helmreleases.helm.fluxcd.io'],
  ]
  expect(opened.toSorted()).toEqual(resources.flatMap((name) => [`list ${name}`, `watch ${name}`]).toSorted())
  await stop()
})

test('What happens in the namespace of one kind’s object is no business of the other kind’s controller', async () => {
  const { cluster, clock, passes, stop } = await setUp()
  await cluster.create<KubeObject>(environments, environment('blue'))
  await cluster.create<KubeObject>(environmentProvisioners, provisioner('green'))
  await clock.advance(10 * second)
  const woken = async (namespace: string) => {
    passes.length = 0
    const labels = { 'tronador.stakater.com/environment': namespace }
    const metadata = { name: 'web', namespace, labels }
    await cluster.create<KubeObject>(deployments, { apiVersion: 'apps/v1', kind: 'Deployment', metadata })
    await clock.settle()
    return [...passes]
  }
  expect(await woken('blue')).toEqual(['environment'])
  expect(await woken('green')).toEqual(['environmentprovisioner'])
  await stop()
})

test.each([
  ['Environment', environments, environmentProvisioners],
  ['EnvironmentProvisioner', environmentProvisioners, environments],
] as const)(
  'Of two objects of one name, the first is %s: the second is a conflict and touches nothing',
  async (first, own, other) => {
    const { cluster, clock, createBoth, ready, stop } = await setUp()
    await createBoth(first)
    await clock.advance(10 * second)
    expect(await ready(other)).toMatchObject({
      reason: 'NamespaceConflict',
      message: expect.stringMatching(/^The namespace shop-7 exists and is not this environment’s own\. /),
    })
    const owner = (await cluster.get<KubeObject>(namespaces, { name: 'shop-7' }))?.metadata.annotations
    expect(owner?.['tronador.stakater.com/owner']).toBe(`${first}/shop-7`)
    expect((await ready(own))?.reason).not.toBe('NamespaceConflict')
    const [mine, theirs] = first === 'Environment' ? [helmReleases, helmReleasesV1] : [helmReleasesV1, helmReleases]
    expect(await cluster.get(mine, { name: 'shop', namespace: 'shop-7' })).toBeDefined()
    expect(await cluster.get(theirs, { name: 'shop', namespace: 'shop-7' })).toBeUndefined()
    await stop()
  },
)

test('The second of one name goes without a trace, and leaves the first and its namespace alone', async () => {
  const { cluster, createBoth, removeObject, read, stop } = await setUp()
  await createBoth('Environment')
  const before = [await cluster.get(namespaces, { name: 'shop-7' }), await read(environments)]
  const writes = cluster.writes().length
  await removeObject(environmentProvisioners, { name: 'shop-7' })
  expect(await read(environmentProvisioners)).toBeUndefined()
  expect([await cluster.get(namespaces, { name: 'shop-7' }), await read(environments)]).toEqual(before)
  const touched = cluster
    .writes()
    .slice(writes)
    .map(({ resource }) => resource.plural)
  expect([...new Set(touched)]).toEqual(['environmentprovisioners'])
  await stop()
})

test('Once the first of one name is gone the second gets the name', async () => {
  const { cluster, clock, createBoth, removeObject, read, ready, stop } = await setUp()
  await createBoth('Environment')
  await removeObject(environments, { name: 'shop-7' })
  expect(await read(environments)).toBeUndefined()
  await clock.advance(61 * second)
  const owner = (await cluster.get<KubeObject>(namespaces, { name: 'shop-7' }))?.metadata.annotations
  expect(owner?.['tronador.stakater.com/owner']).toBe('EnvironmentProvisioner/shop-7')
  expect((await ready(environmentProvisioners))?.reason).not.toBe('NamespaceConflict')
  await stop()
})

test('The second of one name looks away from the namespace, and the first goes on looking', async () => {
  const { cluster, clock, createBoth, ready, open, removeObject, stop } = await setUp()
  await createBoth('Environment')
  await clock.advance(70 * second)
  expect((await ready(environments))?.message).toBe(
    'Waiting for Secret db in the namespace. Have it made in the environment’s namespace; the release goes on by itself when it is there.',
  )
  expect(open.has('secrets')).toBe(true)
  await removeObject(environmentProvisioners, { name: 'shop-7' })
  expect(open.has('secrets')).toBe(true)
  await cluster.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db', namespace: 'shop-7' } })
  await clock.settle()
  expect((await ready(environments))?.message).not.toMatch(/Secret db/)
  await stop()
})

test('An environment whose kind has no engine says so, and is left as it stands', async () => {
  const { cluster, clock, ready, stop } = await setUp({ Environment: 'flux', EnvironmentProvisioner: undefined })
  await cluster.create<KubeObject>(environmentProvisioners, provisioner())
  await clock.advance(second)
  expect(await ready(environmentProvisioners)).toMatchObject({
    reason: 'EngineMissing',
    message: expect.stringMatching(/^This cluster serves no engine that may run an EnvironmentProvisioner\. /),
  })
  expect(await cluster.get(namespaces, { name: 'shop-7' })).toBeUndefined()
  await stop()
})

test('Deleted, it goes all the same: with its releases where their engine is served', async () => {
  const { cluster, clock, removeObject, read, restart, stop } = await setUp()
  await cluster.create<KubeObject>(environmentProvisioners, provisioner())
  await clock.advance(second)
  const release = { name: 'shop', namespace: 'shop-7' }
  await cluster.patchStatus(helmReleasesV1, release, { status: { observedGeneration: 1 } })
  await restart({ Environment: 'flux', EnvironmentProvisioner: undefined }, ['flux', 'helm-operator'])
  expect(await cluster.get(helmReleasesV1, release)).toBeDefined()
  await removeObject(environmentProvisioners, { name: 'shop-7' })
  await clock.advance(10 * second)
  expect(await cluster.get(helmReleasesV1, release)).toBeUndefined()
  expect(await cluster.get(namespaces, { name: 'shop-7' })).toBeUndefined()
  expect(await read(environmentProvisioners)).toBeUndefined()
  await stop()
})

test('Where that engine is gone from the cluster, what Helm recorded of a release is named and waited for', async () => {
  const { cluster, clock, removeObject, ready, read, restart, stop } = await setUp()
  await cluster.create<KubeObject>(environmentProvisioners, provisioner())
  await clock.advance(second)
  const metadata = { name: 'sh.helm.release.v1.shop.v1', namespace: 'shop-7', labels: { owner: 'helm', name: 'shop' } }
  await cluster.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata })
  await restart({ Environment: 'flux', EnvironmentProvisioner: undefined })
  await removeObject(environmentProvisioners, { name: 'shop-7' })
  await clock.advance(10 * second)
  expect((await ready(environmentProvisioners))?.message).toBe(
    'Still there: Secret sh.helm.release.v1.shop.v1 of Helm.',
  )
  await removeObject(secrets, { name: metadata.name, namespace: 'shop-7' })
  await clock.advance(10 * second)
  expect(await read(environmentProvisioners)).toBeUndefined()
  await stop()
})
