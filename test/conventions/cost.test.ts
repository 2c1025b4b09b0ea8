/** What Tronador costs, counted and without a clock, against the budget in `bench/budget.json`. */
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { newEnvironment } from '../../bench/environments.ts'
import { childResources } from '../../bench/sightings.ts'
import { bundleOptions } from '../../scripts/bundle.ts'
import type { Cluster, KubeObject, Selection } from '../../src/kube/cluster.ts'
import { createMemoryCluster, type MemoryRequest } from '../../src/kube/memory.ts'
import { environments, gitRepositories, helmReleases } from '../../src/kube/resources.ts'
import { createVirtualClock } from '../../src/kube/virtual-clock.ts'
import { startEnvironmentControllers } from '../../src/operator/environment-controller.ts'
import { createListWatch } from '../../src/operator/runtime/list-watch.ts'
import { read } from './sources.ts'

const budget = JSON.parse(read('bench/budget.json'))
const name = 'shop-0007'
const ofRelease = { name: 'shop', namespace: name }
const second = 1000

/** The operator over a cluster in memory. `during` has the world make one request, and gives all that the operator asks then. */
async function setUp() {
  const clock = createVirtualClock()
  const cluster = createMemoryCluster({ clock })
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
  const atStart = [...cluster.requests]

  async function during(oneRequest: () => Promise<unknown>): Promise<MemoryRequest[]> {
    const before = cluster.requests.length
    await oneRequest()
    await clock.advance(second)
    return cluster.requests.slice(before + 1)
  }

  const create = () => during(() => cluster.create(environments, newEnvironment(name, 7)))
  return {
    clock,
    cluster,
    atStart,
    during,
    create,
    stop: controllers.stop,
    /** Flux fetches the source, and releases it. */
    async deploy() {
      const { spec } = newEnvironment(name, 7)
      const commit = spec.application.gitRepository.ref?.commit ?? ''
      const chartVersion = `0.1.0+${commit.slice(0, 12)}`
      const artifact = { revision: `feature-7@sha1:${commit}` }
      const fetched = await during(() => cluster.patchStatus(gitRepositories, ofRelease, { status: { artifact } }))
      const status = {
        history: [{ status: 'deployed', chartVersion }],
        lastAttemptedGeneration: 1,
        lastAttemptedRevision: chartVersion,
      }
      return [...fetched, ...(await during(() => cluster.patchStatus(helmReleases, ofRelease, { status })))]
    },
  }
}

const isRead = ({ verb }: MemoryRequest) => ['get', 'list', 'watch', 'serves'].includes(verb)

/** Requests by `verb Kind`, sorted. */
function count(requests: readonly MemoryRequest[], by: (request: MemoryRequest) => string = describe) {
  const found: Record<string, number> = {}
  for (const request of requests) found[by(request)] = (found[by(request)] ?? 0) + 1
  return Object.fromEntries(Object.entries(found).sort())
}

const describe = ({ verb, resource }: MemoryRequest) => `${verb} ${resource.kind}`

test('A new environment takes one write for each of its objects, and no read', async () => {
  const { create, stop } = await setUp()
  const requests = await create()
  expect(count(requests.filter((request) => !isRead(request)))).toEqual(budget.writesToCreate.count)
  expect(count(requests.filter(isRead))).toEqual(budget.readsToCreate.count)
  await stop()
})

test('Until it is ready, each step that is passed takes one write of its status', async () => {
  const { create, deploy, stop } = await setUp()
  await create()
  expect(count(await deploy())).toEqual(budget.requestsUntilReady.count)
  await stop()
})

test('Another look at an environment that is ready asks for nothing', async () => {
  const { cluster, during, create, deploy, stop } = await setUp()
  await create()
  await deploy()
  const looked = await during(() => cluster.patch(environments, { name }, { metadata: { annotations: { a: 'b' } } }))
  expect(count(looked)).toEqual(budget.requestsOfAnotherLook.count)
  await stop()
})

test('An operator that starts lists and watches each kind once', async () => {
  const { atStart, stop } = await setUp()
  expect(count(atStart, ({ verb }) => verb)).toEqual(budget.requestsAtStart.count)
  await stop()
})

test('What is kept of an environment in memory is what is read of it', async () => {
  const { clock, cluster, create, stop } = await setUp()
  await create()
  const copies = [environments, ...childResources].map((resource) =>
    createListWatch<KubeObject>({
      cluster: asServed(cluster),
      resource,
      selection: resource === environments ? {} : { labelSelector: `tronador.stakater.com/environment=${name}` },
      clock,
      random: () => 0,
    }),
  )
  await clock.settle()
  const kept = copies.flatMap((copy) => copy.list())
  const bytes = Buffer.byteLength(kept.map((object) => JSON.stringify(object)).join(''))
  expect(kept).toHaveLength(budget.bytesInMemory.objects)
  expect(bytes).toBeLessThanOrEqual(budget.bytesInMemory.atMost)
  await Promise.all(copies.map((copy) => copy.stop()))
  await stop()
})

test('The bundle is no larger than it was', async () => {
  const { outputFiles } = await build({ ...bundleOptions, write: false })
  const bytes = outputFiles.reduce((sum, { contents }) => sum + contents.byteLength, 0)
  expect(Math.round(bytes / 1024)).toBeLessThanOrEqual(budget.bundleKibibytes.atMost)
})

/** Every object with the list of field managers that a real API server adds: half as long again as the object. */
function asServed(cluster: Cluster): Cluster {
  return {
    ...cluster,
    async list<T extends KubeObject>(resource: Parameters<Cluster['list']>[0], selection?: Selection) {
      const { items, resourceVersion } = await cluster.list<T>(resource, selection)
      const managedFields = [
        { manager: 'tronador-operator', operation: 'Apply', fieldsV1: { 'f:spec': 'x'.repeat(700) } },
      ]
      const served = items.map((item) => ({ ...item, metadata: { ...item.metadata, managedFields } }))
      return { items: served, resourceVersion }
    },
  }
}
