import { expect, test } from 'vitest'
import type { KubeObject } from '../../api/object.ts'
import { type ObservedTeardown, planTeardown } from './teardown-plan.ts'

const operator = { namespace: 'tronador-system', serviceAccount: 'tronador-operator' }
const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop-7', uid: 'n1' } }
const removal = (name: string, ...remaining: string[]) => ({ stages: [{ name, steps: [] }], remaining })

function teardown(change: Partial<ObservedTeardown> = {}, profile: 'confined' | 'trusted' = 'trusted') {
  const observed: ObservedTeardown = {
    ownership: 'ours',
    namespace,
    contents: [],
    releases: removal('release'),
    sources: removal('source'),
    storage: [],
    ...change,
  }
  return planTeardown({ namespace: 'shop-7', profile }, observed, operator)
}

test.each(['absent', 'foreign'] as const)(
  'A namespace that is %s is no concern of the environment that goes',
  (ownership) => {
    expect(teardown({ ownership })).toEqual({ done: true })
  },
)

test('The release goes first', () => {
  expect(
    teardown({ releases: removal('release', 'HelmRelease shop'), sources: removal('source', 'GitRepository shop') }),
  ).toMatchObject({
    done: false,
    stage: 'release',
    remaining: ['HelmRelease shop'],
  })
})

test('The account that Flux acts as is put back before the release goes, or Flux would skip the uninstall', () => {
  const result = teardown({ releases: removal('release', 'HelmRelease shop') }, 'confined')
  const steps = result.done ? [] : (result.plan[0]?.steps ?? [])
  expect(steps.map((step) => step.do === 'apply' && `${step.object.kind} ${step.object.metadata.name}`)).toEqual([
    'RoleBinding tronador-operator-environment',
    'ServiceAccount tronador-confined',
    'RoleBinding tronador-confined',
  ])
})

test('Helm’s records must be gone before the source goes', () => {
  const sources = removal('source', 'GitRepository shop')
  expect(teardown({ storage: ['sh.helm.release.v1.shop.v1'], sources })).toEqual({
    done: false,
    stage: 'release',
    remaining: ['Secret sh.helm.release.v1.shop.v1 of Helm'],
    plan: [],
  })
  expect(teardown({ storage: undefined, sources })).toMatchObject({ stage: 'release' })
})

test('The namespace goes last, by its UID', () => {
  expect(teardown({ sources: removal('source', 'GitRepository shop') })).toMatchObject({ stage: 'source' })
  expect(teardown()).toEqual({
    done: false,
    stage: 'namespace',
    remaining: ['Namespace shop-7'],
    plan: [
      {
        name: 'remove namespace',
        steps: [{ do: 'delete', of: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop-7', uid: 'n1' } } }],
      },
    ],
  })
})

test('What holds a namespace that is going is named', () => {
  const going = {
    ...namespace,
    metadata: { ...namespace.metadata, deletionTimestamp: 'now', finalizers: ['example.com/backup'] },
    status: {
      conditions: [
        { type: 'NamespaceContentRemaining', status: 'True', message: 'Some resources are remaining: pods. has 1' },
        { type: 'NamespaceDeletionDiscoveryFailure', status: 'False', message: 'All good' },
      ],
    },
  }
  expect(teardown({ namespace: going })).toEqual({
    done: false,
    stage: 'namespace',
    remaining: [
      'Namespace shop-7 (held by the finalizer example.com/backup; Some resources are remaining: pods. has 1)',
    ],
    plan: [],
  })
})
