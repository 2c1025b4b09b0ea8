import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../api/object.ts'
import type { DesiredEnvironment } from '../model.ts'
import type { Ownership } from '../ownership.ts'
import { planEnvironment } from './environment-plan.ts'
import type { Plan } from './plan.ts'

const operator = { namespace: 'tronador-system', serviceAccount: 'tronador-operator' }
const engine = {
  plan: [
    {
      name: 'release',
      steps: [{ do: 'delete' as const, of: { apiVersion: 'v2', kind: 'X', metadata: { name: 'x' } } }],
    },
  ],
  suspend: [],
}
const desired: DesiredEnvironment = {
  owner: { kind: 'Environment', name: 'shop-7', uid: 'u1', generation: 1 },
  namespace: 'shop-7',
  namespaceLabels: { team: 'gabbar' },
  engine: 'flux',
  profile: 'confined',
  repositoryProfile: 'confined',
  source: { name: 'shop', url: 'https://x/acme/shop', ref: {}, interval: '1m' },
  release: {
    name: 'shop',
    chartPath: 'deploy',
    reconcileStrategy: 'Revision',
    interval: '10m',
    values: {},
    valuesFrom: [],
  },
  change: undefined,
  suspended: false,
  requestedAt: undefined,
}

function plan(ownership: Ownership, namespace?: KubeObject, change: Partial<DesiredEnvironment> = {}): Plan {
  return planEnvironment({ ...desired, ...change }, { ownership, namespace, contents: [] }, engine, operator)
}

const appliedLabels =
  'app.kubernetes.io/managed-by,pod-security.kubernetes.io/enforce,pod-security.kubernetes.io/enforce-version,team,tronador.stakater.com/environment'

function standing(change: { labels?: Record<string, string>; annotations?: Record<string, string> } = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: 'shop-7',
      uid: 'n1',
      labels: {
        team: 'gabbar',
        'app.kubernetes.io/managed-by': 'tronador.stakater.com',
        'pod-security.kubernetes.io/enforce': 'baseline',
        'pod-security.kubernetes.io/enforce-version': 'v1.31',
        'tronador.stakater.com/environment': 'shop-7',
        ...change.labels,
      },
      annotations: {
        'tronador.stakater.com/owner': 'Environment/shop-7',
        'tronador.stakater.com/owner-uid': 'u1',
        'tronador.stakater.com/applied-labels': appliedLabels,
        ...change.annotations,
      },
    },
  }
}

test('A namespace comes first, then what holds the preview in it, then the release', () => {
  expect(plan('absent').map(({ name, steps }) => `${name}: ${steps.map((step) => step.do).join(' ')}`)).toEqual([
    'namespace: create',
    'confinement: apply apply apply apply apply apply',
    'release: delete',
  ])
})

test('A trusted preview gets nothing but the operator’s right to look', () => {
  const [, contents] = plan('absent', undefined, { profile: 'trusted' })
  expect(
    contents?.steps.map((step) => step.do === 'apply' && `${step.object.kind} ${step.object.metadata.name}`),
  ).toEqual(['RoleBinding tronador-operator-environment'])
})

test('A preview that is trusted now loses its limits, and keeps the account that its release may still name', () => {
  const trusted: DesiredEnvironment = { ...desired, profile: 'trusted' }
  const labels = { 'app.kubernetes.io/managed-by': 'tronador.stakater.com' }
  const contents: KubeObject[] = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'tronador-confined', uid: 'a', labels } },
    { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'tronador-confined', uid: 'b', labels } },
    { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'of-the-chart', uid: 'c' } },
  ]
  const namespace = standing()
  const outdated = (wanted: DesiredEnvironment) =>
    planEnvironment(wanted, { ownership: 'ours', namespace, contents }, engine, operator).at(-1)
  expect(outdated(trusted)).toEqual({
    name: 'old confinement',
    steps: [
      {
        do: 'delete',
        of: { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'tronador-confined', uid: 'b' } },
      },
    ],
  })
  expect(outdated(desired)?.name).toBe('release')
})

test.each(['foreign', 'terminating'] as const)('Nothing is written to a namespace that is %s', (ownership) => {
  expect(plan(ownership, standing())).toEqual([])
})

test('A suspended environment that is not there yet is not made', () => {
  expect(plan('absent', undefined, { suspended: true })).toEqual([])
})

describe('The namespace’s labels', () => {
  const changes = (namespace: KubeObject, change: Partial<DesiredEnvironment> = {}) =>
    plan('ours', namespace, change).find(({ name }) => name === 'namespace')?.steps

  test('are left alone where they stand, with labels of others', () => {
    expect(changes(standing({ labels: { 'example.com/x': 'y' } }))).toBeUndefined()
  })

  test('change by one patch: what is new, what is different, what has left', () => {
    expect(changes(standing(), { namespaceLabels: { kind: 'pr' } })).toEqual([
      {
        do: 'patch',
        of: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop-7', uid: 'n1' } },
        patch: {
          metadata: {
            labels: { kind: 'pr', team: null },
            annotations: {
              'tronador.stakater.com/applied-labels':
                'app.kubernetes.io/managed-by,kind,pod-security.kubernetes.io/enforce,pod-security.kubernetes.io/enforce-version,tronador.stakater.com/environment',
            },
          },
        },
      },
    ])
  })

  test('of pod security come back when someone lowers them', () => {
    expect(changes(standing({ labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } }))).toEqual([
      expect.objectContaining({
        patch: { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'baseline' }, annotations: {} } },
      }),
    ])
  })

  test('of an inherited namespace stay, and the annotation names the new owner', () => {
    const inherited = standing({ annotations: { 'tronador.stakater.com/owner-uid': 'u0' } })
    expect(plan('inherited', inherited)[0]?.steps).toEqual([
      expect.objectContaining({
        patch: { metadata: { labels: {}, annotations: { 'tronador.stakater.com/owner-uid': 'u1' } } },
      }),
    ])
  })
})

test('What an earlier Tronador made is labelled: the namespace as it was seen, then its releases and sources', () => {
  const object = (kind: string, labels: Record<string, string>): KubeObject => ({
    apiVersion: 'x/v1',
    kind,
    metadata: { name: 'shop', namespace: 'shop-7', uid: kind, labels },
  })
  const managedBy = { 'app.kubernetes.io/managed-by': 'tronador.stakater.com' }
  const namespace: KubeObject = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop-7', uid: 'n1', resourceVersion: '41', labels: { team: 'gabbar', 'example.com/x': 'y' } },
  }
  const left = {
    engine: [object('HelmRelease', managedBy), object('GitRepository', {})],
    workloads: [object('Deployment', managedBy)],
  }
  const adopted = { ownership: 'adoptable' as const, namespace, contents: [], left }
  const [first, second, third] = planEnvironment({ ...desired, profile: 'trusted' }, adopted, engine, operator)
  expect([first, second]).toEqual([
    {
      name: 'namespace',
      steps: [
        {
          do: 'patch',
          of: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop-7', uid: 'n1' } },
          patch: {
            metadata: {
              resourceVersion: '41',
              labels: { ...managedBy, 'tronador.stakater.com/environment': 'shop-7' },
              annotations: {
                'tronador.stakater.com/owner': 'Environment/shop-7',
                'tronador.stakater.com/owner-uid': 'u1',
                'tronador.stakater.com/applied-labels':
                  'app.kubernetes.io/managed-by,team,tronador.stakater.com/environment',
              },
            },
          },
        },
      ],
    },
    {
      name: 'adopted releases',
      steps: [
        {
          do: 'patch',
          of: {
            apiVersion: 'x/v1',
            kind: 'HelmRelease',
            metadata: { name: 'shop', namespace: 'shop-7', uid: 'HelmRelease' },
          },
          patch: { metadata: { labels: { ...managedBy, 'tronador.stakater.com/environment': 'shop-7' } } },
        },
      ],
    },
  ])
  expect(third?.name).toBe('confinement')
})
