import { describe, expect, test } from 'vitest'
import { type ClusterEvent, describeTrouble, type Pod, readTrouble } from './workload-trouble.ts'

function pod(status: Pod['status'], metadata: Partial<Pod['metadata']> = {}): Pod {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'shop-1', ...metadata }, status: { ...status } }
}

function event(kind: string, name: string, reason: string, note: string): ClusterEvent {
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: 'e', creationTimestamp: '2026-01-01T00:00:00Z' },
    type: 'Warning',
    reason,
    note,
    regarding: { kind, name },
  }
}

const waiting = (reason: string, message: string) =>
  pod({ containerStatuses: [{ name: 'web', state: { waiting: { reason, message } } }] })
const told = (pods: Pod[], events: ClusterEvent[] = []) => describeTrouble(readTrouble({ pods, events }))

describe('Trouble is told with object and reason', () => {
  test('of an image that cannot be pulled', () => {
    expect(told([waiting('ImagePullBackOff', 'Back-off pulling image "x:1"')])).toBe(
      'Pod shop-1: ImagePullBackOff: container web: Back-off pulling image "x:1".',
    )
  })

  test('of a container that ends again and again, with its last word', () => {
    const terminated = { exitCode: 3, reason: 'Error', message: 'starting\nno database at db:5432\n' }
    const crashing = pod({
      containerStatuses: [
        { name: 'web', state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated } },
      ],
    })
    expect(told([crashing])).toBe(
      'Pod shop-1: CrashLoopBackOff: container web ended with exit code 3 (Error): no database at db:5432.',
    )
  })

  test('of a missing ConfigMap', () => {
    expect(told([waiting('CreateContainerConfigError', 'configmap "c" not found')])).toBe(
      'Pod shop-1: CreateContainerConfigError: container web: configmap "c" not found.',
    )
  })

  test('of a pod that no node takes', () => {
    const conditions = [
      { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes: insufficient memory' },
    ]
    expect(told([pod({ conditions })])).toBe('Pod shop-1: Unschedulable: 0/1 nodes: insufficient memory.')
  })

  test('of a probe that fails', () => {
    const running = pod({ containerStatuses: [{ name: 'web', ready: false, state: { running: {} } }] })
    const probe = event('Pod', 'shop-1', 'Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503')
    expect(told([running], [probe])).toBe(
      'Pod shop-1: Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503.',
    )
  })

  test('of a Job’s pod that ended badly', () => {
    const ended = pod({
      phase: 'Failed',
      containerStatuses: [{ name: 'migrate', state: { terminated: { exitCode: 1, reason: 'Error' } } }],
    })
    expect(told([ended])).toBe('Pod shop-1: Error: container migrate ended with exit code 1.')
  })

  test('of pods that a quota or policy forbids', () => {
    const refused = event(
      'StatefulSet',
      'db',
      'FailedCreate',
      'create Pod db-0 failed: violates PodSecurity "baseline"',
    )
    expect(told([], [refused])).toBe(
      'StatefulSet db: FailedCreate: create Pod db-0 failed: violates PodSecurity "baseline".',
    )
  })
})

describe('No trouble is told', () => {
  test.each<[string, Pod]>([
    ['of a pod that is on its way out', pod({ phase: 'Failed' }, { deletionTimestamp: 'now' })],
    ['of a pod that ended well', pod({ phase: 'Succeeded' })],
    ['of a pod that is only starting', waiting('ContainerCreating', '')],
  ])('%s', (_, quiet) => {
    expect(told([quiet])).toBe('')
  })

  test('of a Deployment’s old pods while new ones start', () => {
    const troubled = (name: string, hash: string, second: number): Pod => ({
      ...waiting('CrashLoopBackOff', `${name} ends`),
      metadata: {
        name,
        labels: { 'pod-template-hash': hash },
        creationTimestamp: `2026-01-01T00:00:0${second}Z`,
      },
    })
    const [old, web] = [troubled('shop-5d5f-aaaaa', '5d5f', 1), troubled('web-5d5f-ccccc', '5d5f', 1)]
    const starting = pod(
      {},
      { name: 'shop-7c9b-bbbbb', labels: { 'pod-template-hash': '7c9b' }, creationTimestamp: '2026-01-01T00:00:02Z' },
    )
    expect(told([old, starting])).toBe('')
    expect(told([old, web, starting])).toBe(told([web]))
    expect(told([old, troubled('shop-5d5f-ddddd', '5d5f', 3), starting])).toContain(
      'Pod shop-5d5f-ddddd: CrashLoopBackOff',
    )
  })

  test('of a refusal that is past', () => {
    const refused = event('StatefulSet', 'db', 'FailedCreate', 'exceeded quota')
    const made = pod({ phase: 'Running' }, { name: 'db-0', creationTimestamp: '2026-01-01T00:00:01Z' })
    expect(told([made], [refused])).toBe('')
  })
})

test('Replicas with the same trouble are told once, newest first, and no more than two kinds', () => {
  const troubled = (name: string, creationTimestamp: string, message: string) => ({
    ...waiting('ErrImagePull', message),
    metadata: { name, creationTimestamp },
  })
  expect(
    told([
      troubled('a-1', '2026-01-01T00:00:01Z', 'x'),
      troubled('a-2', '2026-01-01T00:00:02Z', 'x'),
      troubled('b-1', '2026-01-01T00:00:03Z', 'y'),
      troubled('c-1', '2026-01-01T00:00:00Z', 'z'),
    ]),
  ).toBe('Pod b-1: ErrImagePull: container web: y. Pod a-2: ErrImagePull: container web: x. And 1 more.')
})
