import { expect, test } from 'vitest'
import { type Cluster, KubeError, type KubeObject } from '../../kube/cluster.ts'
import { createMemoryCluster } from '../../kube/memory.ts'
import { configMaps, secrets } from '../../kube/resources.ts'
import { createVirtualClock } from '../../kube/virtual-clock.ts'
import { listWatchContract } from './contract.ts'
import { createListWatch, type ListWatchOptions, withoutSecretData } from './list-watch.ts'

const minute = 60_000

listWatchContract('In memory', async () => {
  const clock = createVirtualClock()
  const cluster = createMemoryCluster({ clock })
  let failing = 0
  let broken = false
  cluster.intercept(({ verb }) => {
    if (verb === 'watch' && failing-- > 0) throw new KubeError('ServerError', 'etcd is busy', { status: 500 })
    return undefined
  })
  const downError = () => new KubeError('Unreachable', 'the network is down')
  const faulty: Cluster = {
    ...cluster,
    list: (resource, selection) => (broken ? Promise.reject(downError()) : cluster.list(resource, selection)),
    async *watch(resource, options) {
      if (broken) throw downError()
      yield* cluster.watch(resource, options)
    },
  }
  return {
    cluster: faulty,
    direct: cluster,
    clock,
    async eventually(check) {
      for (let attempt = 0; ; attempt++) {
        try {
          return check()
        } catch (error) {
          if (attempt === 60) throw error
          await clock.advance(10_000)
        }
      }
    },
    cut(how) {
      if (how === 'error') failing = 3
      cluster.cutWatches(how === 'error' ? new KubeError('ServerError', 'etcd is busy', { status: 500 }) : how)
    },
    breakNetwork() {
      broken = true
      cluster.cutWatches('reset')
      return () => {
        broken = false
      }
    },
    expireHistory: cluster.compact,
    stop: async () => {},
  }
})

function setUp(options: Partial<ListWatchOptions<KubeObject>> = {}) {
  const clock = createVirtualClock()
  const cluster = createMemoryCluster({ clock })
  const told: string[] = []
  const start = () =>
    createListWatch<KubeObject>({
      cluster,
      resource: configMaps,
      clock,
      random: () => 0.5,
      onEvent: ({ type, object }) => void told.push(`${type} ${object.metadata.name}`),
      ...options,
    })
  const create = (name: string, labels?: Record<string, string>) =>
    cluster.create<KubeObject>(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: 'default', ...(labels && { labels }) },
    })
  const asked = () => cluster.requests.filter(({ verb }) => verb === 'list' || verb === 'watch').map(({ verb }) => verb)
  return { clock, cluster, told, start, create, asked }
}

test('when nothing happens nothing is asked: bookmarks keep the one watch alive', async () => {
  const { clock, start, asked } = setUp()
  const watch = start()

  await clock.advance(20 * minute)

  expect(asked()).toEqual(['list', 'watch'])
  await watch.stop()
})

test('every half hour it compares itself with the server and tells every object again', async () => {
  const { clock, start, create, told, asked } = setUp()
  await create('a')
  const watch = start()

  await clock.advance(31 * minute)

  expect(told).toEqual(['added a', 'resynced a'])
  expect(asked()).toEqual(['list', 'watch', 'list', 'watch'])
  await watch.stop()
})

test('an object a write returned is seen at once, and its event is no news', async () => {
  const { clock, cluster, start, create, told } = setUp()
  await create('a')
  const watch = start()
  await clock.settle()

  const written = await cluster.patch(
    configMaps,
    { name: 'a', namespace: 'default' },
    { metadata: { labels: { own: 'yes' } } },
  )
  watch.note(written)

  expect(watch.get('default/a')?.metadata.labels).toEqual({ own: 'yes' })
  await clock.settle()
  expect(told).toEqual(['added a'])
  await watch.stop()
})

test('an older state never replaces a newer one', async () => {
  const { clock, cluster, start, create } = setUp()
  const old = await create('a')
  const watch = start()
  await clock.settle()
  await cluster.patch(configMaps, { name: 'a', namespace: 'default' }, { metadata: { labels: { new: 'yes' } } })
  await clock.settle()

  watch.note(old)

  expect(watch.get('default/a')?.metadata.labels).toEqual({ new: 'yes' })
  await watch.stop()
})

test('objects are found by index, also after they changed and went', async () => {
  const { clock, cluster, start, create } = setUp({
    indexes: { team: ({ metadata }) => (metadata.labels?.team === undefined ? [] : [metadata.labels.team]) },
  })
  await create('a', { team: 'red' })
  const b = await create('b', { team: 'red' })
  const watch = start()
  await clock.settle()
  const members = (team: string) => watch.byIndex('team', team).map(({ metadata }) => metadata.name)
  expect(members('red')).toEqual(['a', 'b'])

  await cluster.patch(configMaps, { name: 'a', namespace: 'default' }, { metadata: { labels: { team: 'blue' } } })
  await cluster.delete(configMaps, { name: 'b', namespace: 'default' }, { uid: b.metadata.uid ?? '' })
  await clock.settle()

  expect([members('red'), members('blue')]).toEqual([[], ['a']])
  await watch.stop()
})

test('the data of Secrets does not stay in memory, their keys do', async () => {
  const { clock, cluster, start } = setUp({ resource: secrets, transform: withoutSecretData })
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', namespace: 'default' },
    data: { key: 'c2VjcmV0' },
  }
  await cluster.create(secrets, secret)
  const watch = start()
  await clock.settle()

  expect(watch.get('default/s')).toMatchObject({ data: { key: '' } })
  expect(JSON.stringify(watch.list())).not.toContain('c2VjcmV0')
  await watch.stop()
})

test('a server that ends every watch at once is asked ever more rarely', async () => {
  const { clock, cluster, start, asked } = setUp()
  cluster.intercept(({ verb }) => {
    if (verb === 'watch') throw new KubeError('ServerError', 'no', { status: 500 })
    return undefined
  })
  const watch = start()

  await clock.advance(10 * minute)

  expect(asked().filter((verb) => verb === 'list')).toHaveLength(1)
  // 0.15 s, 0.3 s … 19.2 s, then one each 22.5 s: 8 + (600 - 38) / 22.5.
  expect(asked().filter((verb) => verb === 'watch')).toHaveLength(33)
  await watch.stop()
})

test('a stopped watch tells nothing more', async () => {
  const { clock, start, create, told } = setUp()
  const watch = start()
  await clock.settle()

  await watch.stop()
  await create('late')
  await clock.advance(60 * minute)

  expect(told).toEqual([])
  expect(clock.sleepers).toBe(0)
})
