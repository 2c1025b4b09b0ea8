/** What an EnvironmentProvisioner costs that Helm Operator runs: its objects carry no label, so they are asked for. */
import { expect, test } from 'vitest'
import type { KubeObject } from '../kube/cluster.ts'
import { environmentProvisioners, events, helmReleasesV1, statefulSets } from '../kube/resources.ts'

import { second } from './testing/operator.ts'
import { at, requested, setUpProvisioner, shop, success } from './testing/provisioner.ts'

/** The lists of a look at what carries no label of ours; a cluster without the last two kinds is asked for five. */
const lookAtWorkloads = [
  'list deployments',
  'list statefulsets',
  'list daemonsets',
  'list jobs',
  'list ingresses',
  'list httproutes',
  'list routes',
]

test('Workloads that were asked for before Helm Operator was done make nothing Ready', async () => {
  const { cluster, clock, create, deploy, say, released, read, stop } = await setUpProvisioner()
  await create()
  await say({ ...success, observedGeneration: 0 })
  const intervene = cluster.intercept(async ({ verb, resource }) => {
    if (verb !== 'list' || resource !== statefulSets) return undefined
    intervene()
    await deploy(0)
    await released()
    return undefined
  })
  await say({ observedGeneration: 0, releaseStatus: 'deployed' })
  await clock.advance(second)
  expect((await read())?.stages?.[4]).toMatchObject({ state: 'Running' })
  const news = (await cluster.list<KubeObject & { reason: string }>(events)).items
  expect(news.map(({ reason }) => reason)).toEqual(['NamespaceCreated', 'ReleaseDeployed'])
  await stop()
})

test('A pass over a preview that runs costs one look at its workloads, and so does the pass that finds it so', async () => {
  const { cluster, clock, create, deploy, released, say, read, requestsSince, stop } = await setUpProvisioner()
  await create()
  await deploy(1)
  let before = cluster.requests.length
  await released()
  expect((await read())?.phase).toBe('Ready')
  expect(requestsSince(before).filter((request) => !/^get /.test(request))).toEqual([
    'patchStatus helmreleases',
    ...lookAtWorkloads,
    'patchStatus environmentprovisioners',
    'create events',
  ])
  await clock.advance(second)
  before = cluster.requests.length
  await say({ releaseStatus: 'deployed' })
  expect(requestsSince(before)).toEqual(['get helmreleases', 'patchStatus helmreleases', ...lookAtWorkloads])
  await stop()
})

test('Workloads are asked for every two seconds while one is missing, and not while Helm is at work', async () => {
  const { cluster, clock, create, deploy, released, say, requestsSince, stop } = await setUpProvisioner()
  await create()
  await deploy(0)
  await released()
  await clock.advance(5 * second)
  let before = cluster.requests.length
  await clock.advance(20 * second)
  const looks = () => requestsSince(before).filter((request) => request === 'list deployments').length
  expect(looks()).toBe(10)

  await cluster.patch(environmentProvisioners, { name: 'shop-7' }, { metadata: { annotations: { [requested]: 'x' } } })
  const conditions = [at('Deployed', 'Unknown', 'Upgrading', 'Running upgrade.')]
  const { generation = 0 } = (await cluster.get(helmReleasesV1, shop))?.metadata ?? {}
  await say({ observedGeneration: generation - 1, phase: 'Upgrading', conditions })
  await clock.advance(5 * second)
  before = cluster.requests.length
  await clock.advance(60 * second)
  expect(looks()).toBe(0)
  await stop()
})

test('Idle is nearly idle: an hour in which nothing happens costs two looks at the workloads, and no write', async () => {
  const { cluster, clock, create, deploy, released, open, stop } = await setUpProvisioner()
  await create()
  await deploy(1)
  await released()
  expect([...open]).toEqual([])
  const before = cluster.requests.length
  await clock.advance(3600 * second)
  const requests = cluster.requests.slice(before)
  expect(requests.filter(({ verb }) => verb !== 'list' && verb !== 'watch')).toEqual([])
  const own = requests.filter(({ namespace, name }) => namespace !== undefined || name !== undefined)
  expect(own.map(({ verb, resource }) => `${verb} ${resource.plural}`)).toEqual([
    ...lookAtWorkloads,
    ...lookAtWorkloads,
  ])
  await stop()
})
