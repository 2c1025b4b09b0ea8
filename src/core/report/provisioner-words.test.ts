import { expect, test } from 'vitest'
import type { ReleaseState } from '../engine-state.ts'
import type { DesiredEnvironment } from '../model.ts'
import { provisionerStatus, provisionerStatusUnseen } from './provisioner-words.ts'

const desired = {
  namespace: 'stakater-nordmart-inventory-74',
  release: { name: 'run-pipeline' },
} as unknown as DesiredEnvironment
const done: ReleaseState = { state: 'Done', progress: 'Waiting.', isDeployed: true, helmStatus: 'deployed' }
const status = { phase: 'Ready', namespaceLabels: { kind: 'pr' } }

test('The words are the ones that the guide of the original Tronador shows', () => {
  expect(provisionerStatus(status, desired, done)).toEqual({
    phase: 'Ready',
    namespaceLabels: { kind: 'pr' },
    applicationStatus: 'deployed',
    applicationStatusMsg: "Release was successful for Helm release 'run-pipeline' in 'stakater-nordmart-inventory-74'.",
    currentPhase: 'Waiting For Next Reconciliation Loop',
  })
})

test.each<[string, ReleaseState, object]>([
  [
    'what goes on',
    { state: 'Pending', progress: 'Waiting.', isDeployed: false },
    { applicationStatusMsg: 'Waiting.', currentPhase: 'Waiting For Next Reconciliation Loop' },
  ],
  [
    'what went wrong, with Helm’s own word',
    { state: 'Failed', progress: 'Waiting.', message: 'No such hook.', isDeployed: false, helmStatus: 'failed' },
    {
      applicationStatus: 'failed',
      applicationStatusMsg: 'No such hook.',
      currentPhase: 'Waiting For Next Reconciliation Loop',
    },
  ],
])('Until it is released they say %s', (_, seen, expected) => {
  expect(provisionerStatus({}, desired, seen)).toEqual(expected)
})

test('What a chart says is cut before the API server would refuse the status', () => {
  const seen: ReleaseState = { state: 'Failed', progress: '', message: 'x'.repeat(50_000), isDeployed: false }
  expect(provisionerStatus({}, desired, seen).applicationStatusMsg).toHaveLength(4096)
})

test('Where nothing new was seen the words of before stay', () => {
  const before = { ...status, applicationStatus: 'deployed', applicationStatusMsg: 'Done.' }
  expect(provisionerStatusUnseen(before)).toEqual({
    ...before,
    currentPhase: 'Waiting For Next Reconciliation Loop',
  })
})
