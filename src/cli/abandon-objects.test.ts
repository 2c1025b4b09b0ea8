import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../kube/cluster.ts'
import { createMemoryCluster } from '../kube/memory.ts'
import { environmentProvisioners, environments, leases } from '../kube/resources.ts'
import { type AbandonRequest, abandonObjects } from './abandon-objects.ts'
import { runInMemory } from './testing.ts'

const ours = 'tronador.stakater.com/finalizer'
const now = new Date('2026-01-01T12:00:00Z')

/** Three objects of which two are held, and the lease of an operator that renewed it at that time. */
async function setUp(renewTime?: string, holderIdentity = 'operator-1') {
  const cluster = createMemoryCluster()
  const make = (kind: string, name: string, finalizers: string[]): KubeObject => ({
    apiVersion: `tronador.stakater.com/${kind === 'Environment' ? 'v1alpha2' : 'v1alpha1'}`,
    kind,
    metadata: { name, finalizers },
  })
  await cluster.create(environments, make('Environment', 'shop-7', [ours, 'example.com/audit']))
  await cluster.create(environments, make('Environment', 'cart-3', []))
  await cluster.create(environmentProvisioners, make('EnvironmentProvisioner', 'shop-7', [ours]))
  if (renewTime !== undefined) {
    await cluster.create(leases, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'tronador-operator', namespace: 'default' },
      spec: { holderIdentity, renewTime, leaseDurationSeconds: 15 },
    } as KubeObject)
  }
  return {
    abandon: (change: Partial<AbandonRequest> = {}) =>
      abandonObjects(cluster, {
        names: undefined,
        kind: undefined,
        namespace: 'default',
        isMeant: true,
        now,
        ...change,
      }),
    finalizers: async () => {
      const lists = [
        await cluster.list<KubeObject>(environments),
        await cluster.list<KubeObject>(environmentProvisioners),
      ]
      return lists.flatMap(({ items }) => items.map(({ metadata }) => [metadata.name, ...(metadata.finalizers ?? [])]))
    },
    cluster,
  }
}

const untouched = [['cart-3'], ['shop-7', ours, 'example.com/audit'], ['shop-7', ours]]

test('Without --yes it says which objects, and changes nothing', async () => {
  const { abandon, finalizers } = await setUp()
  expect(await abandon({ isMeant: false })).toBe(`Tronador’s finalizer would be taken off 2 objects:
  Environment shop-7
  EnvironmentProvisioner shop-7
What they made would stay and run on. Nothing was changed. Run it again with --yes to do it.
`)
  expect(await finalizers()).toEqual(untouched)
})

test('With --yes Tronador’s finalizer is off, and no other', async () => {
  const { abandon, finalizers } = await setUp()
  expect(await abandon()).toBe(`Tronador’s finalizer is off 2 objects:
  Environment shop-7
  EnvironmentProvisioner shop-7
What they made stays and runs on.
`)
  expect(await finalizers()).toEqual([['cart-3'], ['shop-7', 'example.com/audit'], ['shop-7']])
  expect(await abandon()).toBe('None of 3 objects has Tronador’s finalizer.\n')
})

test('An object that is being deleted goes at once, and the reader is told', async () => {
  const { cluster, abandon } = await setUp()
  const object = await cluster.get<KubeObject>(environmentProvisioners, { name: 'shop-7' })
  await cluster.delete(environmentProvisioners, { name: 'shop-7' }, { uid: object?.metadata.uid ?? '' })
  expect(await abandon({ names: ['shop-7'], kind: 'EnvironmentProvisioner' })).toContain(
    '  EnvironmentProvisioner shop-7, which is being deleted and goes at once\n',
  )
  expect(await cluster.get(environmentProvisioners, { name: 'shop-7' })).toBeUndefined()
})

test('An object that somebody writes to meanwhile is read anew', async () => {
  const { cluster, abandon, finalizers } = await setUp()
  let writes = 0
  cluster.intercept(async ({ verb, resource }) => {
    if (verb === 'patch' && resource === environments && writes++ === 0) {
      await cluster.patch(environments, { name: 'shop-7' }, { metadata: { labels: { moved: 'yes' } } })
    }
    return undefined
  })
  await abandon({ names: ['shop-7'], kind: 'Environment' })
  expect((await finalizers())[1]).toEqual(['shop-7', 'example.com/audit'])
})

describe('While an operator is at work', () => {
  test('it refuses, and a dry run says that it would', async () => {
    const { abandon, finalizers } = await setUp('2026-01-01T11:59:50.000000Z')
    await expect(abandon()).rejects.toMatchObject({
      code: 'OperatorAtWork',
      message: 'operator-1 holds the lease tronador-operator in namespace default.',
    })
    expect(await abandon({ isMeant: false })).toContain('That will be refused while an operator is at work: operator-1')
    expect(await finalizers()).toEqual(untouched)
  })

  test.each([
    ['has run out', '2026-01-01T11:59:44.000000Z', 'operator-1'],
    ['was given back', '2026-01-01T11:59:59.000000Z', ''],
  ])('a lease that %s is no hindrance', async (_, renewTime, holder) => {
    const { abandon } = await setUp(renewTime, holder)
    expect(await abandon()).toContain('Tronador’s finalizer is off 2 objects:')
  })
})

test.each([
  ['EnvironmentMissing', ['pay-1']],
  ['EnvironmentAmbiguous', ['shop-7']],
])('%s is said before anything is changed', async (code, names) => {
  const { abandon, finalizers } = await setUp()
  await expect(abandon({ names: ['cart-3', ...names] })).rejects.toMatchObject({ code })
  expect(await finalizers()).toEqual(untouched)
})

test.each([[['abandon']], [['abandon', 'shop-7', '--all']]])('%j is wrong usage', async (argv) => {
  const run = await runInMemory({ abandon: () => import('./abandon.ts') }, argv)
  expect(run).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('give either names or --all') })
})
