import { describe, expect, test } from 'vitest'
import { readWorkload, type Workload } from './workloads.ts'

function workload(kind: string, status: Workload['status'], spec: Workload['spec'] = {}): Workload {
  return { apiVersion: 'apps/v1', kind, metadata: { name: 'shop', generation: 2 }, spec, status: { ...status } }
}
const seen = { observedGeneration: 2 }
const current = { state: 'Current' }
const inProgress = (message: string) => ({ state: 'InProgress', message })
const failed = (message: string) => ({ state: 'Failed', message })
const condition = (type: string, status: 'True' | 'False', reason: string, message: string) => [
  { type, status, reason, message },
]

describe('A Deployment', () => {
  test.each<[string, Workload['status'], object]>([
    ['whose controller has not come yet', {}, inProgress('its controller has not seen the newest change')],
    ['with old pods only', { ...seen, replicas: 1 }, inProgress('0 of 1 pods are of the newest version')],
    [
      'with an old pod left',
      { ...seen, replicas: 2, updatedReplicas: 1, availableReplicas: 1 },
      inProgress('1 old pods are still to end'),
    ],
    ['with a pod that is not ready', { ...seen, replicas: 1, updatedReplicas: 1 }, inProgress('0 of 1 pods are ready')],
    ['with all its pods', { ...seen, replicas: 1, updatedReplicas: 1, availableReplicas: 1 }, current],
    [
      'that took too long',
      { ...seen, conditions: condition('Progressing', 'False', 'ProgressDeadlineExceeded', 'Timed out.') },
      failed('Timed out.'),
    ],
    [
      'that the quota stops',
      { conditions: condition('ReplicaFailure', 'True', 'FailedCreate', 'exceeded quota') },
      failed('exceeded quota'),
    ],
  ])('%s', (_, status, expected) => {
    expect(readWorkload(workload('Deployment', status))).toEqual(expected)
  })

  test('of no replicas is current', () => {
    expect(readWorkload(workload('Deployment', seen, { replicas: 0 }))).toEqual(current)
  })
})

describe('A StatefulSet', () => {
  test.each<[string, Workload['status'], Workload['spec'], object]>([
    ['with a pod that is not ready', seen, {}, inProgress('0 of 1 pods are ready')],
    [
      'that is rolling',
      { ...seen, readyReplicas: 1, currentRevision: 'a', updateRevision: 'b' },
      {},
      inProgress('0 of 1 pods are of the newest version'),
    ],
    ['that has rolled', { ...seen, readyReplicas: 1, currentRevision: 'b', updateRevision: 'b' }, {}, current],
    [
      'that is replaced by hand',
      { ...seen, readyReplicas: 1, currentRevision: 'a', updateRevision: 'b' },
      { updateStrategy: { type: 'OnDelete' } },
      current,
    ],
    [
      'that rolls in part',
      { ...seen, readyReplicas: 3, updatedReplicas: 1, currentRevision: 'a', updateRevision: 'b' },
      { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } },
      current,
    ],
  ])('%s', (_, status, spec, expected) => {
    expect(readWorkload(workload('StatefulSet', status, spec))).toEqual(expected)
  })
})

describe('A DaemonSet', () => {
  test.each<[string, Workload['status'], object]>([
    ['that is not scheduled', seen, inProgress('it is not scheduled yet')],
    [
      'that is rolling',
      { ...seen, desiredNumberScheduled: 2, updatedNumberScheduled: 1, numberAvailable: 2 },
      inProgress('1 of 2 pods are of the newest version'),
    ],
    ['that runs', { ...seen, desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 }, current],
    ['for no node', { ...seen, desiredNumberScheduled: 0 }, current],
  ])('%s', (_, status, expected) => {
    expect(readWorkload(workload('DaemonSet', status))).toEqual(expected)
  })
})

describe('A Job', () => {
  test.each<[string, Workload['status'], object]>([
    ['that has not started', {}, inProgress('it has not started yet')],
    ['that runs', { startTime: 'now', active: 1 }, current],
    ['that is done', { conditions: condition('Complete', 'True', '', '') }, current],
    [
      'that failed',
      { conditions: condition('Failed', 'True', 'BackoffLimitExceeded', 'Job has reached the limit') },
      failed('Job has reached the limit'),
    ],
  ])('%s', (_, status, expected) => {
    expect(readWorkload(workload('Job', status))).toEqual(expected)
  })
})
