import { expect, test } from 'vitest'
import type { KubeObject } from '../../kube/cluster.ts'
import { createMemoryCluster } from '../../kube/memory.ts'
import { configMaps } from '../../kube/resources.ts'
import { createVirtualClock } from '../../kube/virtual-clock.ts'
import { createScopedWatches } from './scoped-watches.ts'

test('a namespace is watched from the first want to the release, once, and its changes carry its scope', async () => {
  const clock = createVirtualClock()
  const cluster = createMemoryCluster({ clock })
  const told: string[] = []
  const watches = createScopedWatches<KubeObject>({
    cluster,
    resource: configMaps,
    clock,
    random: () => 0,
    onChange: (scope, { type, object }) => void told.push(`${scope}: ${type} ${object.metadata.name}`),
    onSynced: (scope) => void told.push(`${scope}: synced`),
  })
  const create = (name: string) =>
    cluster.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } })
  const open = () => cluster.requests.filter(({ verb }) => verb === 'watch').length

  await create('a')
  const first = watches.want('red', { namespace: 'default' })
  await clock.settle()
  expect(watches.want('red', { namespace: 'default' })).toBe(first)
  expect(first.list().map(({ metadata }) => metadata.name)).toEqual(['a'])
  expect(open()).toBe(1)

  watches.release('red')
  watches.release('red')
  await create('b')
  await clock.settle()
  expect(told).toEqual(['red: added a', 'red: synced'])
  expect(watches.scopes()).toEqual([])
  expect(clock.sleepers).toBe(0)

  watches.want('red', { namespace: 'default' })
  await clock.settle()
  expect(told.slice(2)).toEqual(['red: added a', 'red: added b', 'red: synced'])
  await watches.stop()
})

test('an empty list is told of too', async () => {
  const clock = createVirtualClock()
  const told: string[] = []
  const watches = createScopedWatches<KubeObject>({
    cluster: createMemoryCluster({ clock }),
    resource: configMaps,
    clock,
    random: () => 0,
    onChange: () => {},
    onSynced: (scope) => void told.push(scope),
  })
  watches.want('red', { namespace: 'default' })
  watches.want('blue', { namespace: 'default' })
  watches.release('blue')
  await clock.settle()
  expect(told).toEqual(['red'])
  await watches.stop()
})
