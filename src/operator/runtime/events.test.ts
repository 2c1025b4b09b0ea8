import { expect, test } from 'vitest'
import type { KubeObject } from '../../kube/cluster.ts'
import { createMemoryCluster } from '../../kube/memory.ts'
import { events } from '../../kube/resources.ts'
import { createVirtualClock } from '../../kube/virtual-clock.ts'
import { createEventRecorder } from './events.ts'

function setUp() {
  const clock = createVirtualClock()
  const cluster = createMemoryCluster({ clock })
  const recorder = createEventRecorder({ cluster, clock, controller: 'example.com/things', instance: 'test' })
  const list = async () => (await cluster.list<KubeObject & { note?: string }>(events, { namespace: 'default' })).items
  return { clock, cluster, recorder, list }
}

const thing: KubeObject = { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a', uid: 'u' } }

test('an event that the API server has forgotten since is made anew', async () => {
  const { clock, cluster, recorder, list } = setUp()
  const note = { type: 'Normal', reason: 'Done', message: 'done' } as const

  await recorder.record(thing, [note])
  await recorder.record(thing, [])
  const [{ metadata } = thing] = await list()
  await cluster.delete(events, { name: metadata.name, namespace: 'default' }, { uid: metadata.uid ?? '' })
  await clock.advance(3_600_000)

  await recorder.record(thing, [note])
  expect(await list()).toEqual([expect.objectContaining({ reason: 'Done', eventTime: '2026-01-01T13:00:00.000000Z' })])
})

test('a long note is cut to the bytes that the API server takes, between two characters', async () => {
  const { recorder, list } = setUp()
  await recorder.record(thing, [{ type: 'Warning', reason: 'Broken', message: `the chart’s ${'é'.repeat(1024)}` }])
  const [event] = await list()
  expect(event?.note).toBe(`the chart’s ${'é'.repeat(505)}`)
  expect(Buffer.byteLength(event?.note ?? '')).toBe(1024)
})
