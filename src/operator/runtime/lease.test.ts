import { expect, test } from 'vitest'
import { KubeError, type KubeObject } from '../../kube/cluster.ts'
import { createMemoryCluster } from '../../kube/memory.ts'
import { leases } from '../../kube/resources.ts'
import { createVirtualClock } from '../../kube/virtual-clock.ts'
import { electLeader } from './lease.ts'

function setUp() {
  const clock = createVirtualClock()
  const cluster = createMemoryCluster({ clock })
  let cutOff: string | undefined
  const stand = (identity: string) => {
    const reach = <R>(deed: () => Promise<R>) =>
      cutOff === identity ? Promise.reject(new KubeError('Unreachable', 'cut off')) : deed()
    const own: typeof cluster = {
      ...cluster,
      get: (resource, ref) => reach(() => cluster.get(resource, ref)),
      patch: (resource, ref, patch) => reach(() => cluster.patch(resource, ref, patch)),
      create: (resource, object) => reach(() => cluster.create(resource, object)),
    }
    const election = electLeader({
      cluster: own,
      namespace: 'default',
      name: 'operator',
      identity,
      clock,
      random: () => 0,
    })
    let isLost = false
    void election.lost.then(() => {
      isLost = true
    })
    return Object.assign(election, { isLost: () => isLost })
  }
  const holder = async () => {
    const lease = await cluster.get<KubeObject & { spec?: object }>(leases, { name: 'operator', namespace: 'default' })
    return lease?.spec
  }
  const cutOffFrom = (identity: string | undefined) => {
    cutOff = identity
  }
  return { clock, cluster, stand, holder, cutOff: cutOffFrom }
}

test('the first to stand leads, the second waits', async () => {
  const { clock, stand, holder } = setUp()
  const one = stand('one')
  const two = stand('two')
  await clock.advance(60_000)

  expect([one.isLeading(), two.isLeading()]).toEqual([true, false])
  expect(await holder()).toMatchObject({ holderIdentity: 'one', leaseDurationSeconds: 15, leaseTransitions: 0 })
})

test('a leader asks once every two seconds, no more', async () => {
  const { clock, cluster, stand } = setUp()
  stand('one')
  await clock.advance(10_000)
  const before = cluster.requests.length

  await clock.advance(60_000)

  expect(cluster.requests.slice(before).map(({ verb }) => verb)).toEqual(Array.from({ length: 30 }, () => 'patch'))
})

test('a lease that is given back is taken over within a retry period', async () => {
  const { clock, stand, holder } = setUp()
  const one = stand('one')
  await clock.advance(3_000)
  const two = stand('two')
  await clock.advance(3_000)

  const released = one.release()
  await clock.advance(2_100)
  await released

  expect([one.isLeading(), two.isLeading()]).toEqual([false, true])
  expect(await holder()).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 })
  expect(one.isLost()).toBe(false)
})

test('a leader that is cut off stops within ten seconds, before another may begin', async () => {
  const { clock, stand, cutOff } = setUp()
  const one = stand('one')
  await clock.advance(3_000)
  const two = stand('two')
  await clock.advance(3_000)
  cutOff('one')

  const history: string[] = []
  for (let second = 1; second <= 20; second++) {
    await clock.advance(1_000)
    history.push(`${one.isLeading() ? 1 : 0}${two.isLeading() ? 1 : 0}`)
  }

  expect(history).not.toContain('11')
  expect(history.indexOf('00')).toBeLessThanOrEqual(10)
  expect(history.at(-1)).toBe('01')
  expect(one.isLost()).toBe(true)
})

test('a leader whose server hangs stops within ten seconds too', async () => {
  const { clock, cluster, stand } = setUp()
  const one = stand('one')
  await clock.advance(3_000)
  cluster.intercept(() => new Promise(() => {}))

  await clock.advance(11_000)

  expect(one.isLost()).toBe(true)
})

test('a short failure costs nobody the lease', async () => {
  const { clock, stand, cutOff } = setUp()
  const one = stand('one')
  const two = stand('two')
  await clock.advance(3_000)
  cutOff('one')
  await clock.advance(6_000)
  cutOff(undefined)
  await clock.advance(60_000)

  expect([one.isLeading(), two.isLeading(), one.isLost()]).toEqual([true, false, false])
})
