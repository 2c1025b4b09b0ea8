import { expect, test } from 'vitest'
import type { Environment } from '../api/environment.ts'
import type { Clock } from '../kube/clock.ts'
import { KubeError, type KubeObject } from '../kube/cluster.ts'
import type { MemoryCluster } from '../kube/memory.ts'
import {
  environments,
  events,
  gitRepositories,
  helmReleases,
  namespaces,
  roleBindings,
  secrets,
} from '../kube/resources.ts'
import { prepareCluster, second } from './testing/operator.ts'

const commit = 'b'.repeat(40)
const shop = { name: 'shop', namespace: 'shop-7' }

/** The operator, and Environments that Flux runs. */
async function setUp() {
  const { startOperator, ...stage } = await prepareCluster()
  const { clock, cluster, open } = stage
  const { stop } = await startOperator({ Environment: 'flux', EnvironmentProvisioner: 'flux' })

  async function change(spec: object): Promise<void> {
    await cluster.patch(environments, { name: 'shop-7' }, { spec })
    await clock.advance(second)
  }

  return {
    ...stage,
    change,
    stop,
    async create(spec: object = {}, metadata: object = {}) {
      await cluster.create(environments, newEnvironment(spec, metadata))
      await clock.advance(second)
    },
    read: async () => (await cluster.get<Environment>(environments, { name: 'shop-7' }))?.status,
    /** Creates it, and has its source fetched and its release take long. */
    async begin() {
      await cluster.create(environments, newEnvironment({}, {}))
      await clock.advance(second)
      await cluster.patchStatus(gitRepositories, shop, { status: { artifact: { revision: `feature@sha1:${commit}` } } })
      await clock.advance(5 * second)
      expect([...open].sort()).toEqual(['events', 'pods', 'secrets'])
    },
    /** What Flux would say once all is released. */
    async deploy() {
      const { generation } = (await cluster.get(helmReleases, shop))?.metadata ?? {}
      const chartVersion = `0.1.0+${commit.slice(0, 12)}`
      await cluster.patchStatus(helmReleases, shop, {
        status: {
          history: [{ status: 'deployed', chartVersion }],
          lastAttemptedGeneration: generation,
          lastAttemptedRevision: chartVersion,
        },
      })
      await clock.advance(second)
    },
  }
}

function newEnvironment(spec: object, metadata: object): Environment {
  return {
    apiVersion: 'tronador.stakater.com/v1alpha2',
    kind: 'Environment',
    metadata: { name: 'shop-7', ...metadata },
    spec: {
      application: {
        gitRepository: { url: 'https://git.example.test/acme/shop', ref: { branch: 'feature', commit } },
        release: { chart: { spec: { chart: 'deploy' } }, valuesFrom: [{ kind: 'Secret', name: 'db' }] },
      },
      ...spec,
    },
  } as Environment
}

test('A namespace is looked at closely only until all runs there', async () => {
  const { begin, read, open, deploy, stop } = await setUp()
  await begin()
  await deploy()
  expect((await read())?.phase).toBe('Ready')
  expect([...open]).toEqual([])
  await stop()
})

test('Nor is that of a preview that runs and is suspended', async () => {
  const { begin, change, read, open, deploy, stop } = await setUp()
  await begin()
  await change({ suspend: true })
  await deploy()
  expect((await read())?.conditions?.[0]?.status).toBe('True')
  expect((await read())?.phase).toBe('Suspended')
  expect([...open]).toEqual([])
  await stop()
})

test('Nor is that of a preview whose object cannot be used any more', async () => {
  const { begin, change, read, open, stop } = await setUp()
  await begin()
  await change({ namespaceLabels: { 'kubernetes.io/x': 'y' } })
  expect((await read())?.phase).toBe('Stalled')
  expect([...open]).toEqual([])
  await stop()
})

test('Nor is that of an environment whose finalizer someone has taken off', async () => {
  const { begin, cluster, open, removeObject, stop } = await setUp()
  await begin()
  await cluster.patch(environments, { name: 'shop-7' }, { metadata: { finalizers: null } })
  await removeObject(environments, { name: 'shop-7' })
  expect(await cluster.get(environments, { name: 'shop-7' })).toBeUndefined()
  expect([...open]).toEqual([])
  await stop()
})

test('Idle means idle: an hour in which nothing happens costs a running preview no request and no write', async () => {
  const { begin, cluster, clock, deploy, stop } = await setUp()
  await begin()
  await deploy()
  const before = cluster.requests.length
  await clock.advance(3600 * second)
  const requests = cluster.requests.slice(before)
  expect(requests.filter(({ verb }) => verb !== 'list' && verb !== 'watch')).toEqual([])
  expect(requests.filter(({ namespace, name }) => namespace !== undefined || name !== undefined)).toEqual([])
  await stop()
})

test('What holds a namespace that goes is named, though the right to look at its Secrets is gone', async () => {
  const { create, cluster, clock, read, removeObject, stop } = await setUp()
  cluster.intercept(async ({ verb, resource, namespace }) => {
    const binding = { name: 'tronador-operator-environment', namespace: namespace ?? '' }
    if (verb !== 'list' || resource !== secrets || (await cluster.get(roleBindings, binding))) return undefined
    throw new KubeError('Forbidden', 'secrets is forbidden', { status: 403 })
  })
  await create()
  await cluster.patch(namespaces, { name: 'shop-7' }, { metadata: { finalizers: ['example.com/backup'] } })
  await removeObject(environments, { name: 'shop-7' })
  await clock.advance(60 * second)
  expect((await read())?.conditions?.[0]).toMatchObject({
    reason: 'RemovalBlocked',
    message: expect.stringContaining('Namespace shop-7 (held by the finalizer example.com/backup)'),
  })

  await cluster.patch(namespaces, { name: 'shop-7' }, { metadata: { finalizers: null } })
  await clock.advance(60 * second)
  expect(await cluster.get(environments, { name: 'shop-7' })).toBeUndefined()
  await stop()
})

test('Records of Helm that stay are looked for every second at first, and then seldom', async () => {
  const { create, cluster, clock, removeObject, stop } = await setUp()
  await create()
  const metadata = { name: 'sh.helm.release.v1.shop.v1', namespace: 'shop-7', labels: { owner: 'helm', name: 'shop' } }
  await cluster.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata })
  await removeObject(environments, { name: 'shop-7' })
  const looks = () => cluster.requests.filter(({ verb, resource }) => verb === 'list' && resource === secrets).length
  const before = looks()
  await clock.advance(50 * second)
  expect(looks() - before).toBe(50)
  await clock.advance(60 * second)
  const blocked = looks()
  await clock.advance(600 * second)
  expect(looks() - blocked).toBe(40)
  await stop()
})

test('Records of Helm are waited for also where the object can no longer be read', async () => {
  const { create, change, cluster, removeObject, stop } = await setUp()
  await create()
  const metadata = { name: 'sh.helm.release.v1.shop.v1', namespace: 'shop-7', labels: { owner: 'helm', name: 'shop' } }
  await cluster.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata })
  await change({ namespaceLabels: { 'kubernetes.io/x': 'y' } })
  await removeObject(environments, { name: 'shop-7' })
  expect((await cluster.get(namespaces, { name: 'shop-7' }))?.metadata.deletionTimestamp).toBeUndefined()
  await removeObject(secrets, { name: metadata.name, namespace: 'shop-7' })
  expect(await cluster.get(namespaces, { name: 'shop-7' })).toBeUndefined()
  await stop()
})

test('A wish to look again is told as it was made, whatever the engine was asked besides', async () => {
  const { create, cluster, clock, read, stop } = await setUp()
  await create({}, { annotations: { 'reconcile.tronador.stakater.com/requestedAt': 'now' } })
  const failure = { type: 'Ready', status: 'False', reason: 'ValuesError', message: 'no Secret', observedGeneration: 1 }
  await cluster.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db', namespace: 'shop-7' } })
  await cluster.patchStatus(helmReleases, shop, { status: { conditions: [failure] } })
  await clock.advance(second)
  const asked = (await cluster.get(helmReleases, shop))?.metadata.annotations?.['reconcile.fluxcd.io/requestedAt']
  expect(asked).toMatch(/^now values-/)
  expect((await read())?.lastHandledReconcileAt).toBe('now')
  await stop()
})

/** Has the API server answer "not found" to so many writes of a role binding; the time of each is kept. */
function refuseBinding(cluster: MemoryCluster, clock: Clock, message: string, times: number): number[] {
  const tries: number[] = []
  cluster.intercept(({ verb, name }) => {
    if (verb !== 'apply' || name !== 'tronador-operator-environment' || tries.length >= times) return undefined
    tries.push(clock.now())
    throw new KubeError('NotFound', `PATCH /apis/…: ${message}`, { status: 404 })
  })
  return tries
}

/** Whether a pass failed: then the environment is read anew before the next. */
function hasFailed(cluster: MemoryCluster): boolean {
  return cluster.requests.some(({ verb, resource }) => verb === 'get' && resource === environments)
}

test.each(['namespace "shop-7" not found', 'namespaces "shop-7" not found'])(
  'A write that meets an API server which has not heard of the new namespace yet (%s) is tried again',
  async (message) => {
    const { create, cluster, clock, stop } = await setUp()
    refuseBinding(cluster, clock, message, 2)
    await create()
    const applied = cluster.requests.filter(({ verb, resource }) => verb === 'apply' && resource === roleBindings)
    expect(applied.map(({ name }) => name).sort()).toEqual([
      'tronador-confined',
      'tronador-operator-environment',
      'tronador-operator-environment',
      'tronador-operator-environment',
    ])
    expect(hasFailed(cluster)).toBe(false)
    const news = (await cluster.list<KubeObject & { reason: string }>(events)).items
    expect(news.map(({ reason }) => reason)).toEqual(['NamespaceCreated', 'ValuesMissing'])
    await stop()
  },
)

test.each([
  { what: 'a namespace that stays unknown', message: 'namespace "shop-7" not found', waited: [0, 50, 150, 350, 750] },
  { what: 'a kind that is not served', message: 'the server could not find the requested resource', waited: [0] },
])('A pass fails for $what', async ({ message, waited }) => {
  const { cluster, clock, stop } = await setUp()
  const begun = clock.now()
  const tries = refuseBinding(cluster, clock, message, waited.length)
  await cluster.create(environments, newEnvironment({}, {}))
  await clock.advance(second)
  expect(tries.map((at) => at - begun)).toEqual(waited)
  expect(hasFailed(cluster)).toBe(true)
  await stop()
})
