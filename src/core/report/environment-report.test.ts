import { describe, expect, test } from 'vitest'
import type { Environment, EnvironmentStatus } from '../../api/environment.ts'
import { TronadorError } from '../errors.ts'
import type { DesiredEnvironment } from '../model.ts'
import type { Workload } from '../workloads.ts'
import { newsBetween, reportEnvironment, reportRefusal, reportRemoval } from './environment-report.ts'
import type { Observations } from './stages.ts'

const early = '2026-01-01T12:00:00Z'
const now = '2026-01-01T12:00:30Z'
const commit = 'b'.repeat(40)
const desired = {
  namespace: 'shop-7',
  namespaceLabels: { team: 'gabbar' },
  suspended: false,
} as unknown as DesiredEnvironment

function environment(status?: EnvironmentStatus, metadata: object = {}): Environment {
  return {
    apiVersion: 'tronador.stakater.com/v1alpha2',
    kind: 'Environment',
    metadata: { name: 'shop-7', generation: 2, ...metadata },
    spec: {},
    ...(status && { status }),
  } as Environment
}

const ingress = {
  apiVersion: 'v1',
  kind: 'Ingress',
  metadata: { name: 'shop' },
  spec: { rules: [{ host: 'a.example' }] },
}
const deployed = { state: 'Done', progress: '', isDeployed: true, commit } as const
const running: Observations = {
  ownership: 'ours',
  source: { state: 'Done', progress: '' },
  release: deployed,
  missing: undefined,
  workloads: [],
  routes: [ingress],
  symptoms: undefined,
}

function report(change: Partial<Observations>, before?: EnvironmentStatus, written: string[] = []): EnvironmentStatus {
  return reportEnvironment(environment(before), desired, { ...running, ...change }, new Set(written), now)
}

const stagesOf = (status: EnvironmentStatus) => status.stages?.map(({ name, state }) => `${name} ${state}`)
const conditionsOf = (status: EnvironmentStatus) =>
  status.conditions?.map(({ type, status, reason }) => `${type}=${status} ${reason}`)

test('An environment of which everything runs is Ready, says where, and which commit', () => {
  expect(report({})).toEqual({
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'EnvironmentReady',
        message: 'Everything runs at http://a.example/.',
        lastTransitionTime: now,
        observedGeneration: 2,
      },
    ],
    observedGeneration: 2,
    stages: ['namespace', 'secrets', 'source', 'release', 'workloads'].map((name) => ({
      name,
      state: 'Done',
      since: now,
    })),
    phase: 'Ready',
    urls: ['http://a.example/'],
    url: 'http://a.example/',
    commit,
    namespaceLabels: { team: 'gabbar' },
  })
})

test('Ready says besides that nothing confines a preview, and that it shall be run by another engine', () => {
  const note = { code: 'EngineHandoverRefused', message: 'It stays with Helm Operator.' } as const
  const ready = (engine: 'flux' | 'helm-operator', release: Observations['release']) => {
    const seen = { ...running, release, routes: [] }
    return reportEnvironment(environment(), { ...desired, engine }, seen, new Set(), now).conditions?.[0]?.message
  }
  const unconfined = 'Helm Operator runs it with its own rights, so nothing confines it.'
  const mend = 'To move it all the same, delete the environment’s object and let it be applied again.'
  expect(ready('flux', deployed)).toBe('Everything runs.')
  expect(ready('helm-operator', deployed)).toBe(`Everything runs. ${unconfined}`)
  expect(ready('flux', { ...deployed, note })).toBe(`Everything runs. It stays with Helm Operator. ${mend}`)
  expect(ready('helm-operator', { ...deployed, note })).toBe(
    `Everything runs. It stays with Helm Operator. ${mend} ${unconfined}`,
  )
})

test('A report of the same state is the same report, times included', () => {
  const before = reportEnvironment(environment(), desired, running, new Set(), early)
  expect(report({}, before)).toEqual(before)
})

describe('Stages', () => {
  test('wait for the one before', () => {
    const status = report({
      source: { state: 'Running', progress: '', message: 'Fetching.' },
      release: { ...deployed, isDeployed: false, state: 'Pending' },
    })
    expect(stagesOf(status)).toEqual([
      'namespace Done',
      'secrets Done',
      'source Running',
      'release Pending',
      'workloads Pending',
    ])
    expect(conditionsOf(status)).toEqual([
      'Ready=False EnvironmentProgressing',
      'Reconciling=True EnvironmentProgressing',
    ])
    expect(status.conditions?.[0]?.message).toBe('Fetching.')
  })

  test('that were written just now are running, whatever the engine still says of what was before', () => {
    const failed = {
      ...deployed,
      state: 'Failed',
      code: 'ReleaseFailed',
      message: 'Old failure.',
      progress: 'Waiting.',
    } as const
    expect(report({ release: failed }, undefined, ['release']).stages?.[3]).toEqual({
      name: 'release',
      state: 'Running',
      since: now,
      message: 'Waiting.',
    })
  })

  test('of a namespace that is someone else’s stop everything', () => {
    const status = report({ ownership: 'foreign' })
    expect(stagesOf(status)).toEqual([
      'namespace Failed',
      'secrets Pending',
      'source Pending',
      'release Pending',
      'workloads Pending',
    ])
    expect(conditionsOf(status)).toEqual(['Ready=False NamespaceConflict', 'Stalled=True NamespaceConflict'])
    expect(status.namespaceLabels).toBeUndefined()
  })

  test('name the Secrets that are waited for', () => {
    const status = report({ missing: ['Secret db'], release: { ...deployed, state: 'Failed', isDeployed: false } })
    expect(status.stages?.[1]).toEqual({
      name: 'secrets',
      state: 'Running',
      since: now,
      message: 'Waiting for Secret db in the namespace.',
    })
    expect(stagesOf(status)?.[3]).toBe('release Pending')
  })
})

describe('Workloads', () => {
  const deployment: Workload = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'shop', generation: 1 } }
  const pulling = {
    pods: [
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'shop-1' },
        status: {
          containerStatuses: [
            { name: 'web', state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } } },
          ],
        },
      },
    ],
    events: [],
  }

  test('that are not current are waited for', () => {
    const status = report({ workloads: [deployment] })
    expect(status.stages?.[4]).toMatchObject({
      state: 'Running',
      message: 'Deployment shop: its controller has not seen the newest change.',
    })
  })

  test('that cannot run fail with object and reason, and the commit before stays the one that runs', () => {
    const status = report({ workloads: [deployment], symptoms: pulling }, { commit: 'a'.repeat(40) })
    expect(status.stages?.[4]).toMatchObject({
      state: 'Failed',
      message:
        'Deployment shop: its controller has not seen the newest change. ' +
        'Pod shop-1: ImagePullBackOff: container web: no such image.',
    })
    expect(conditionsOf(status)).toEqual(['Ready=False WorkloadsFailing', 'Reconciling=True WorkloadsFailing'])
    expect(status.commit).toBe('a'.repeat(40))
  })
})

test('What a chart says is cut before the API server would refuse the status', () => {
  const endless = 'x'.repeat(40_000)
  const status = report({ release: { ...deployed, state: 'Failed', code: 'ReleaseFailed', message: endless } })
  expect(status.stages?.[3]?.message).toBe(`${'x'.repeat(4095)}…`)
  expect(status.conditions?.[0]?.message).toBe(
    `${'x'.repeat(4095)}… Mend the chart or its values as the cause above says, and push.`,
  )
  const going = { done: false, stage: 'release', remaining: [endless], plan: [] } as const
  const removal = reportRemoval(environment(status, { deletionTimestamp: early }), going, now)
  expect(removal.stages?.[3]?.message).toHaveLength(4096)
  const refusal = reportRefusal(environment(), new TronadorError('WriteRefused', endless), now)
  expect(refusal.conditions?.[0]?.message).toHaveLength(8192)
})

test('A suspended environment that was never made has no namespace', () => {
  const nothing = { state: 'Pending', progress: '' } as const
  const seen = { ...running, ownership: 'absent', source: nothing, release: { ...nothing, isDeployed: false } } as const
  const status = reportEnvironment(environment(), { ...desired, suspended: true }, seen, new Set(), now)
  expect(stagesOf(status)?.[0]).toBe('namespace Pending')
  expect(status.conditions?.[0]?.message).toBe(
    'The stage namespace has not begun. It is suspended: nothing is changed until spec.suspend is false.',
  )
})

test.each([
  ['is suspended', { suspended: true }, {}],
  ['waits for its old namespace', {}, { ownership: 'terminating' as const }],
])('An environment that %s tells of the labels and wishes that were carried out before', (_, wanted, seen) => {
  const before = { namespaceLabels: { team: 'old' }, lastHandledReconcileAt: 'then' }
  const asked = { ...desired, requestedAt: 'now', ...wanted }
  expect(reportEnvironment(environment(before), asked, { ...running, ...seen }, new Set(), now)).toMatchObject(before)
})

test('A suspended environment says so', () => {
  const status = reportEnvironment(environment(), { ...desired, suspended: true }, running, new Set(), now)
  expect(status.phase).toBe('Suspended')
})

test('An environment that cannot be translated is Stalled, and keeps what was known of it', () => {
  const error = new TronadorError('ChartPathInvalid', 'The chart path "../x" cannot be used: it leads upwards.', {
    mend: 'Mend it.',
  })
  const status = reportRefusal(environment({ commit, url: 'http://a.example/' }), error, now)
  expect(conditionsOf(status)).toEqual(['Ready=False ChartPathInvalid', 'Stalled=True ChartPathInvalid'])
  expect(status.conditions?.[0]?.message).toBe('The chart path "../x" cannot be used: it leads upwards. Mend it.')
  expect(status).toMatchObject({ phase: 'Stalled', commit, url: 'http://a.example/' })
})

describe('An environment that goes', () => {
  const teardown = { done: false, stage: 'release', remaining: ['HelmRelease shop'], plan: [] } as const
  const before = reportEnvironment(environment(), desired, running, new Set(), early)

  test('says what is still there', () => {
    const status = reportRemoval(environment(before, { deletionTimestamp: now }), teardown, now)
    expect(status.stages?.[3]).toEqual({
      name: 'release',
      state: 'Removing',
      since: now,
      message: 'Still there: HelmRelease shop.',
    })
    expect(conditionsOf(status)).toEqual(['Ready=False EnvironmentRemoving', 'Reconciling=True EnvironmentRemoving'])
  })

  test('says after a minute that it is blocked, and by what', () => {
    const status = reportRemoval(environment(before, { deletionTimestamp: '2026-01-01T11:59:30Z' }), teardown, now)
    expect(conditionsOf(status)?.[0]).toBe('Ready=False RemovalBlocked')
    expect(status.conditions?.[0]?.message).toMatch(/^Still there: HelmRelease shop\. /)
  })
})

describe('An event is recorded', () => {
  const ready = report({})
  const failing = report({ release: { ...deployed, state: 'Failed', code: 'ReleaseFailed', message: 'No.' } })
  const fetching = report({ source: { state: 'Running', progress: '', message: 'Fetching.' } })
  const reasons = (before: EnvironmentStatus | undefined, after: EnvironmentStatus) =>
    newsBetween(before, after).map(({ type, reason }) => `${type} ${reason}`)

  test.each([
    ['when it becomes Ready', fetching, ready, ['Normal EnvironmentReady']],
    ['when something fails', fetching, failing, ['Warning ReleaseFailed']],
    ['when it was Ready and is not', ready, fetching, ['Normal EnvironmentProgressing']],
    ['never when nothing changed', ready, ready, []],
    ['never of the first steps', undefined, fetching, []],
  ])('%s', (_, before, after, expected) => {
    expect(reasons(before, after)).toEqual(expected)
  })
})
