/** An engine looks at the same again and again: what that is no news of stays as it was said. */
import { expect, test } from 'vitest'
import type { EnvironmentStatus } from '../../api/environment.ts'
import type { ReleaseState } from '../engine-state.ts'
import type { DesiredEnvironment } from '../model.ts'
import { reportEnvironment } from './environment-report.ts'
import type { Observations } from './stages.ts'

const desired = { namespace: 'shop-7', namespaceLabels: {}, suspended: false } as unknown as DesiredEnvironment
const deployed = { state: 'Done', progress: '', isDeployed: true, commit: 'b'.repeat(40) } as const
const failed = { ...deployed, state: 'Failed', code: 'ReleaseFailed', message: 'No.' } as const

function report(release: ReleaseState, before?: EnvironmentStatus, written: string[] = []): EnvironmentStatus {
  const seen: Observations = {
    ownership: 'ours',
    source: { state: 'Done', progress: '' },
    release,
    missing: undefined,
    workloads: [],
    routes: [],
    symptoms: undefined,
  }
  const environment = { metadata: { name: 'shop-7', generation: 2 }, ...(before && { status: before }) }
  const now = before === undefined ? '2026-01-01T12:00:00Z' : '2026-01-01T12:00:30Z'
  return reportEnvironment(environment, desired, seen, new Set(written), now)
}
const stateOf = (...given: Parameters<typeof report>) => report(...given).stages?.[3]?.state

test('A failure stays while the engine only looks at the same again', () => {
  const again = { ...deployed, state: 'Running', isLookingAgain: true } as const
  const stalled = report(failed)
  expect(report(again, stalled)).toEqual(stalled)
  expect(stateOf({ ...again, isLookingAgain: false }, stalled)).toBe('Running')
  expect(stateOf(again, report(deployed))).toBe('Running')
  expect(stateOf(again, stalled, ['release'])).toBe('Running')
  const unknown = stalled.conditions?.map((condition) => ({ ...condition, reason: 'OfAnotherVersion' })) ?? []
  expect(stateOf(again, { ...stalled, conditions: unknown })).toBe('Running')
})

test('What was found before stays, good or bad, while the engine cannot look', () => {
  const blind = { ...deployed, state: 'Running', couldNotLook: true, message: 'Fetching anew.' } as const
  const [ready, stalled] = [report(deployed), report(failed)]
  expect(report(blind, ready)).toEqual(ready)
  expect(report(blind, stalled)).toEqual(stalled)
  expect(stateOf(blind, ready, ['release'])).toBe('Running')
  expect(stateOf(blind, { ...ready, observedGeneration: 1 })).toBe('Running')
  expect(stateOf(blind)).toBe('Running')
})
