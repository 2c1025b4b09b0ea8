/** What the status of Flux's GitRepository means. */
import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../api/object.ts'
import { commit, desired, old } from '../testing.ts'
import { fluxEngine } from './index.ts'
import { condition, source } from './testing.ts'

describe('A source is', () => {
  const read = (...observed: KubeObject[]) => fluxEngine.readSource(desired(), observed)
  const gone = condition('Ready', 'False', 'GitOperationFailed', 'unable to clone: object not found')

  test('done with the wanted commit in storage', () => {
    expect(read(source(desired(), commit)).state).toBe('Done')
  })

  test('running while it still stores an older commit', () => {
    expect(read(source(desired(), old))).toMatchObject({
      state: 'Running',
      message: 'Fetching commit bbbbbbbbbbbb from the code host.',
    })
  })

  test('failed when the commit is gone', () => {
    expect(read(source(desired(), old, { observedGeneration: 1, conditions: [gone] }))).toMatchObject({
      state: 'Failed',
      code: 'CommitNotFound',
      message: 'Commit bbbbbbbbbbbb is not on the code host (unable to clone: object not found).',
    })
  })

  test.each([
    [{ branch: '6f50ff2f' }, 'Branch 6f50ff2f'],
    [{ name: 'refs/tags/v1' }, 'Reference refs/tags/v1'],
  ])('failed when what it follows is not there: %j', (ref, what) => {
    const following = desired({ source: { ...desired().source, ref } })
    const missing = condition('Ready', 'False', 'GitOperationFailed', "unable to clone: couldn't find remote ref")
    const observed = [source(following, old, { observedGeneration: 1, conditions: [missing] })]
    expect(fluxEngine.readSource(following, observed)).toMatchObject({
      state: 'Failed',
      code: 'ReferenceNotFound',
      message: `${what} is not on the code host (unable to clone: couldn't find remote ref).`,
    })
  })

  test('done, with a word about it, when a stored commit can no longer be fetched', () => {
    expect(read(source(desired(), commit, { conditions: [gone] }))).toMatchObject({
      state: 'Done',
      message:
        'Commit bbbbbbbbbbbb can no longer be fetched (unable to clone: object not found); the running release stays.',
    })
  })

  test('running while a failure is of an older generation', () => {
    const older = { ...gone, observedGeneration: 1 }
    expect(read(source(desired(), old, { conditions: [older] })).state).toBe('Running')
  })
})
