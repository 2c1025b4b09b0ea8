import { expect, test } from 'vitest'
import { sleep } from '../../kube/clock.ts'
import { KubeError, type KubeObject } from '../../kube/cluster.ts'
import { createMemoryCluster } from '../../kube/memory.ts'
import { configMaps, deployments, events } from '../../kube/resources.ts'
import { createVirtualClock } from '../../kube/virtual-clock.ts'
import { type ControllerOptions, createController } from './controller.ts'
import type { Log } from './log.ts'
import { createMetrics } from './metrics.ts'
import type { CleanupOutcome, Outcome } from './reconciler.ts'
import { watchFor } from './watch-for.ts'

interface Thing extends KubeObject {
  spec?: { size?: number }
  status?: Record<string, unknown>
}

interface Setting {
  apply?: (thing: Thing) => Promise<Outcome> | Outcome
  cleanup?: (thing: Thing) => Promise<CleanupOutcome> | CleanupOutcome
  options?: (
    setting: Pick<ControllerOptions<Thing>, 'cluster' | 'clock' | 'random'>,
  ) => Partial<ControllerOptions<Thing>>
}

const finalizer = 'example.com/things'

/** A cluster of things (Deployments, for what a kind needs is a spec and a status) and a controller of them. */
function setUp({ apply, cleanup, options }: Setting = {}) {
  const clock = createVirtualClock()
  const cluster = createMemoryCluster({ clock })
  const random = () => 0
  const calls: string[] = []
  const logged: string[] = []
  const say = (fields: object, message: string) => {
    const { key, error = '' } = fields as { key?: string; error?: string }
    logged.push(`${key}: ${message} ${error.split('\n')[0]}`)
  }
  const log: Log = { debug: () => {}, info: () => {}, warn: say, error: say }
  const start = () =>
    createController<Thing>({
      name: 'things',
      cluster,
      resource: deployments,
      clock,
      random,
      finalizer,
      log,
      reporter: { controller: 'example.com/things', instance: 'test' },
      reconciler: {
        async apply(thing) {
          calls.push(`apply ${thing.metadata.name}`)
          return (await apply?.(thing)) ?? { status: { seen: thing.metadata.generation } }
        },
        async cleanup(thing) {
          calls.push(`cleanup ${thing.metadata.name}`)
          return (await cleanup?.(thing)) ?? { done: true }
        },
      },
      ...options?.({ cluster, clock, random }),
    })
  const ref = (name: string) => ({ name, namespace: 'default' })
  return {
    clock,
    cluster,
    calls,
    logged,
    start,
    create: (name: string) =>
      cluster.create<Thing>(deployments, {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: ref(name),
        spec: { size: 1 },
      }),
    patch: (name: string, patch: object) => cluster.patch<Thing>(deployments, ref(name), patch),
    get: (name: string) => cluster.get<Thing>(deployments, ref(name)),
    async remove(name: string) {
      const found = await cluster.get(deployments, ref(name))
      await cluster.delete(deployments, ref(name), { uid: found?.metadata.uid ?? '' })
    },
    /** Writes since the last call of this function. */
    writes: (() => {
      let told = 0
      return () => {
        const all = cluster.writes().map(({ verb, name }) => `${verb} ${name}`)
        const fresh = all.slice(told)
        told = all.length
        return fresh
      }
    })(),
  }
}

test('a new object gets the finalizer before the first apply, then its status in one patch; one pass does it', async () => {
  const finalizersSeen: unknown[] = []
  const { clock, create, get, calls, writes, start } = setUp({
    apply(thing) {
      finalizersSeen.push(thing.metadata.finalizers)
      return { status: { phase: 'Ready' } }
    },
  })
  await create('a')
  writes()
  const controller = start()
  await controller.ready
  await clock.advance(1000)

  expect(calls).toEqual(['apply a'])
  expect(finalizersSeen).toEqual([[finalizer]])
  expect(writes()).toEqual(['patch a', 'patchStatus a'])
  expect((await get('a'))?.status).toEqual({ phase: 'Ready' })
  await controller.stop()
})

test('the event of an own write that overtakes the answer to it brings no second pass', async () => {
  const { clock, create, get, calls, start } = setUp({
    options: ({ cluster, clock }) => ({
      cluster: {
        ...cluster,
        async patch(resource, ref, patch) {
          const answer = await cluster.patch(resource, ref, patch)
          await sleep(clock, 100)
          return answer as never
        },
      },
    }),
  })
  await create('a')
  const controller = start()
  await clock.advance(1000)

  expect(calls).toEqual(['apply a'])
  expect((await get('a'))?.status).toEqual({ seen: 1 })
  await controller.stop()
})

test('a status that stands already costs no request', async () => {
  const { clock, create, patch, calls, writes, start } = setUp({
    apply: () => ({ status: { list: [1], phase: 'Ready' } }),
  })
  await create('a')
  const controller = start()
  await clock.advance(1000)
  writes()

  await patch('a', { spec: { size: 2 } })
  await clock.advance(1000)

  expect(calls).toEqual(['apply a', 'apply a'])
  expect(writes()).toEqual(['patch a'])
  await controller.stop()
})

test('idle means idle: no request for an object to which nothing happens', async () => {
  const { clock, cluster, create, start } = setUp()
  await create('a')
  const controller = start()
  await clock.advance(1000)
  const before = cluster.requests.length

  await clock.advance(25 * 60_000)

  expect(cluster.requests.slice(before)).toEqual([])
  await controller.stop()
})

test('fields and list entries that left the status are removed', async () => {
  const statuses = [
    { urls: ['a', 'b'], message: 'wait', nested: { x: 1, y: 2 } },
    { urls: ['b'], nested: { y: 2 } },
  ]
  const { clock, create, get, patch, start } = setUp({
    apply: ({ spec }) => ({ status: statuses[(spec?.size ?? 1) - 1] ?? {} }),
  })
  await create('a')
  const controller = start()
  await clock.advance(1000)
  await patch('a', { spec: { size: 2 } })
  await clock.advance(1000)

  expect((await get('a'))?.status).toEqual({ urls: ['b'], nested: { y: 2 } })
  await controller.stop()
})

test('a status is never written over an object that changed meanwhile: it is looked at anew, silently', async () => {
  let meddle = true
  const { clock, create, get, patch, calls, logged, start } = setUp({
    async apply({ spec }) {
      if (meddle) await patch('a', { spec: { size: 7 } })
      meddle = false
      return { status: { size: spec?.size } }
    },
  })
  await create('a')
  const controller = start()
  await clock.advance(1000)

  expect(calls).toEqual(['apply a', 'apply a'])
  expect((await get('a'))?.status).toEqual({ size: 7 })
  expect(logged).toEqual([])
  await controller.stop()
})

test('a conflict that stays is met ever more rarely', async () => {
  const { clock, create, calls, start } = setUp({
    apply() {
      throw new KubeError('Conflict', 'always', { status: 409 })
    },
  })
  await create('a')
  const controller = start()
  await clock.advance(10 * 60_000)

  expect(calls.length).toBeGreaterThan(10)
  expect(calls.length).toBeLessThan(60)
  await controller.stop()
})

test('one bad object fails alone and is tried again; the others go on', async () => {
  let mended = false
  const { clock, create, get, logged, start } = setUp({
    apply({ metadata }) {
      if (metadata.name === 'bad' && !mended) throw new TypeError('cannot read it')
      return { status: { phase: 'Ready' } }
    },
  })
  await create('bad')
  await create('good')
  const controller = start()
  await clock.advance(100)
  expect((await get('good'))?.status).toEqual({ phase: 'Ready' })
  expect(logged).toEqual(['default/bad: pass failed TypeError: cannot read it'])

  mended = true
  await clock.advance(10_000)
  expect((await get('bad'))?.status).toEqual({ phase: 'Ready' })
  await controller.stop()
})

test('an object that is deleted is cleaned up until that is done, then the finalizer goes and it vanishes', async () => {
  let left = 2
  const { clock, create, remove, get, calls, start } = setUp({
    cleanup: () => (left-- > 0 ? { done: false, status: { left: left + 1 }, againAfter: 5000 } : { done: true }),
  })
  await create('a')
  const controller = start()
  await clock.advance(1000)
  await remove('a')
  await clock.advance(1000)
  expect((await get('a'))?.status).toEqual({ left: 2 })
  await clock.advance(5000)
  expect((await get('a'))?.status).toEqual({ left: 1 })
  await clock.advance(5000)

  expect(await get('a')).toBeUndefined()
  expect(calls).toEqual(['apply a', 'cleanup a', 'cleanup a', 'cleanup a'])
  expect(controller.objects.list()).toEqual([])
  await controller.stop()
})

test('the finalizers of others stay when ours goes', async () => {
  const { clock, create, patch, remove, get, calls, start } = setUp()
  await create('a')
  const controller = start()
  await clock.advance(1000)
  await patch('a', { metadata: { finalizers: [finalizer, 'example.com/other'] } })
  await remove('a')
  await clock.advance(1000)

  expect((await get('a'))?.metadata.finalizers).toEqual(['example.com/other'])
  expect(calls.filter((call) => call === 'cleanup a')).toHaveLength(1)
  await controller.stop()
})

test('an object without our finalizer is left alone when it is deleted', async () => {
  const { clock, create, patch, remove, get, calls, start } = setUp()
  await create('a')
  await patch('a', { metadata: { finalizers: ['example.com/other'] } })
  await remove('a')
  const controller = start()
  await clock.advance(1000)

  expect(calls).toEqual([])
  expect((await get('a'))?.metadata.finalizers).toEqual(['example.com/other'])
  await controller.stop()
})

test('when it is not known whether a write was done, the object is read before the next pass', async () => {
  const { clock, cluster, create, get, calls, start } = setUp({
    apply: ({ status }) => ({ status: { n: status?.n === 1 ? 2 : 1 } }),
  })
  await create('a')
  let lose = true
  cluster.intercept(({ verb }) => {
    if (verb !== 'patchStatus' || !lose) return undefined
    lose = false
    return 'lose-reply'
  })
  const controller = start()
  await clock.advance(10_000)

  expect(calls).toEqual(['apply a', 'apply a'])
  expect((await get('a'))?.status).toEqual({ n: 2 })
  expect(cluster.requests.filter(({ verb, name }) => verb === 'get' && name === 'a')).toHaveLength(2)
  await controller.stop()
})

test('it comes back when the reconciler asks for it', async () => {
  const { clock, create, calls, start } = setUp({ apply: () => ({ status: {}, againAfter: 60_000 }) })
  await create('a')
  const controller = start()
  await clock.advance(150_000)

  expect(calls).toEqual(['apply a', 'apply a', 'apply a'])
  await controller.stop()
})

test('other resources wake the objects they bear on; one that cannot be read stops nobody', async () => {
  const { clock, cluster, create, calls, logged, start } = setUp({
    options: (deps) => ({
      watches: [
        watchFor({ ...deps, resource: configMaps, keysOf: ({ metadata }) => [(metadata.labels as { of: string }).of] }),
      ],
    }),
  })
  await create('a')
  await create('b')
  const controller = start()
  await clock.advance(1000)
  calls.splice(0)

  const configMap = (name: string, labels?: Record<string, string>): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', ...(labels && { labels }) },
  })
  await cluster.create(configMaps, configMap('unreadable'))
  await cluster.create(configMaps, configMap('readable', { of: 'default/b' }))
  await clock.advance(1000)

  expect(calls).toEqual(['apply b'])
  expect(logged).toHaveLength(1)
  expect(logged[0]).toContain('default/unreadable: object cannot be read')
  await controller.stop()
})

test('nothing is worked on before every watch has its first list', async () => {
  const { clock, cluster, create, calls, start } = setUp({
    options: (deps) => ({ watches: [watchFor({ ...deps, resource: configMaps, keysOf: () => [] })] }),
  })
  await create('a')
  let isDown = true
  cluster.intercept(({ resource, verb }) => {
    if (isDown && resource === configMaps && verb === 'list')
      throw new KubeError('ServerError', 'down', { status: 500 })
    return undefined
  })
  const controller = start()
  await clock.advance(10_000)
  expect(calls).toEqual([])
  expect(controller.isReady()).toBe(false)

  isDown = false
  await clock.advance(30_000)
  expect(calls).toEqual(['apply a'])
  expect(controller.isReady()).toBe(true)
  await controller.stop()
})

test('an event is recorded once while its note stands, and counted when it comes back', async () => {
  const broken = { type: 'Warning', reason: 'Broken', message: 'the chart is missing' } as const
  const { clock, cluster, create, patch, start } = setUp({
    apply: ({ spec }) => ({ status: {}, events: (spec?.size ?? 0) % 3 === 0 ? [] : [broken] }),
  })
  await create('a')
  const controller = start()
  for (let size = 2; size <= 4; size++) {
    await clock.advance(1000)
    await patch('a', { spec: { size } })
  }
  await clock.advance(1000)

  const { items } = await cluster.list<KubeObject & Record<string, unknown>>(events, { namespace: 'default' })
  expect(
    items.map(({ type, reason, note, regarding, reportingController, action, eventTime, series }) => ({
      type,
      reason,
      note,
      regarding,
      reportingController,
      action,
      eventTime,
      series,
    })),
  ).toEqual([
    {
      type: 'Warning',
      reason: 'Broken',
      note: 'the chart is missing',
      regarding: expect.objectContaining({ kind: 'Deployment', name: 'a', namespace: 'default' }),
      reportingController: 'example.com/things',
      action: 'Apply',
      eventTime: '2026-01-01T12:00:00.000000Z',
      series: { count: 2, lastObservedTime: '2026-01-01T12:00:03.000000Z' },
    },
  ])
  await controller.stop()
})

test('an event that cannot be recorded fails nothing', async () => {
  const { clock, cluster, create, get, start } = setUp({
    apply: () => ({ status: { phase: 'Ready' }, events: [{ type: 'Normal', reason: 'Done', message: 'done' }] }),
  })
  cluster.intercept(({ resource }) => {
    if (resource === events) throw new KubeError('Forbidden', 'no', { status: 403 })
    return undefined
  })
  await create('a')
  const controller = start()
  await clock.advance(1000)

  expect((await get('a'))?.status).toEqual({ phase: 'Ready' })
  await controller.stop()
})

test('stopping waits for the pass under way, and leaves no timer', async () => {
  const { promise: held, resolve: release } = Promise.withResolvers<void>()
  const { clock, create, get, start } = setUp({
    async apply() {
      await held
      return { status: { phase: 'Ready' }, againAfter: 1000 }
    },
  })
  await create('a')
  const controller = start()
  await clock.advance(100)
  const stopped = controller.stop()
  release()
  await stopped

  expect((await get('a'))?.status).toEqual({ phase: 'Ready' })
  expect(clock.sleepers).toBe(0)
})

test('passes and the queue are measured under the names that dashboards know', async () => {
  const metrics = createMetrics()
  const { clock, create, start } = setUp({ options: () => ({ metrics }) })
  await create('a')
  const controller = start()
  await clock.advance(1000)

  const text = await metrics.registry.metrics()
  expect(text).toContain('controller_runtime_reconcile_total{controller="things",result="success"} 1')
  expect(text).toContain('workqueue_adds_total{name="things"} 1')
  expect(text).toContain('workqueue_depth{name="things"} 0')
  expect(text).toContain('controller_runtime_active_workers{controller="things"} 0')
  await controller.stop()
})
