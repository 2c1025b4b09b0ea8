/** What Helm Operator's status and events mean for the source. */
import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../api/object.ts'
import { commit, old } from '../testing.ts'
import { helmOperatorEngine } from './index.ts'
import {
  cannotFetch,
  deployFailed,
  failed,
  failedFetch,
  following,
  installing,
  noMirror,
  notFetched,
  release,
  released,
  unreachable,
  wish,
} from './testing.ts'

const sourceOf = (status: Parameters<typeof release>[0], ...told: KubeObject[]) =>
  helmOperatorEngine.readSource(wish(), [release(status), ...told])

describe('A source is', () => {
  const progress = 'Helm Operator is fetching the repository.'
  const running = { state: 'Running', progress, message: progress }

  test('pending without a release', () => {
    expect(helmOperatorEngine.readSource(wish(), [])).toEqual({ state: 'Pending', progress })
  })

  test('running before Helm Operator has looked at it', () => {
    expect(sourceOf(undefined)).toEqual(running)
  })

  test.each([
    ['is begun', [noMirror]],
    ['is being cloned', [failedFetch('chart not ready: git repo has not been cloned yet')]],
    [
      'is cloned and not looked into yet',
      [failedFetch('chart not ready: git repo has been cloned but not yet checked')],
    ],
    ['cannot be had for a cause that no event tells', []],
    ['cannot be had for a cause that is another release’s', [{ ...unreachable, regarding: { uid: 'r9' } }]],
    ['cannot be had for a cause of another sort', [{ ...unreachable, reason: 'FailedCreate' }]],
  ])('running while its mirror %s', (_, told) => {
    expect(sourceOf(notFetched, ...told)).toMatchObject(running)
  })

  test('failed with the newest cause that an event tells', () => {
    const later = failedFetch('chart not ready: authentication required', '2026-01-01T12:05:00Z')
    expect(sourceOf(notFetched, unreachable)).toMatchObject({ state: 'Failed', ...cannotFetch })
    const repeated = { ...later, deprecatedLastTimestamp: null, series: { lastObservedTime: '2026-01-01T12:05:00Z' } }
    expect(sourceOf(notFetched, unreachable, repeated).message).toBe(sourceOf(notFetched, later).message)
    expect(sourceOf(notFetched, unreachable, later).message).toBe(
      `https://git.example.com/acme/shop cannot be fetched: chart not ready: authentication required.`,
    )
  })

  test('not failed while Helm Operator has only looked at an older generation', () => {
    expect(sourceOf({ ...notFetched, observedGeneration: 1 }, unreachable)).toMatchObject(running)
  })

  test('failed when the commit is gone', () => {
    const gone = failedFetch(`chart unavailable: fatal: bad object ${commit}`)
    expect(sourceOf(notFetched, gone)).toMatchObject({
      state: 'Failed',
      code: 'CommitNotFound',
      message: `Commit bbbbbbbbbbbb is not in Helm Operator’s copy of the repository (chart unavailable: fatal: bad object ${commit}).`,
    })
  })

  test('failed when there is no such branch, tag or short hash', () => {
    const cause = "chart unavailable: fatal: ambiguous argument 'v1': unknown revision"
    const asked = wish({ source: { ...wish().source, ref: { branch: 'v1' } } })
    expect(helmOperatorEngine.readSource(asked, [release(notFetched), failedFetch(cause)])).toMatchObject({
      state: 'Failed',
      code: 'ReferenceNotFound',
      message: `v1 is not in Helm Operator’s copy of the repository (${cause}).`,
    })
  })

  test.each([
    [
      'stat /tmp/1/deploy: no such file or directory',
      'ChartNotFound',
      'There is no chart at deploy in commit bbbbbbbbbbbb.',
    ],
    ['no cached repo found', 'ChartInvalid', 'The chart at deploy cannot be used: no cached repo found.'],
  ])('failed when the chart cannot be brought up to date: %s', (cause, code, message) => {
    expect(sourceOf(notFetched, failedFetch(cause))).toMatchObject({ state: 'Failed', code, message })
  })

  const stored = {
    type: 'ArtifactInStorage',
    status: 'True',
    reason: 'Succeeded',
    message: `stored artifact for revision '${commit}'`,
    lastTransitionTime: '2026-01-01T12:00:00Z',
  }

  test.each([
    ['installs', installing],
    ['has released it', released],
    ['has failed with it', deployFailed],
    ['could not read its values', failed],
  ])('done once Helm Operator %s', (_, status) => {
    expect(sourceOf(status)).toEqual({ state: 'Done', progress, latestCondition: stored })
  })

  test('running while Helm Operator has only tried an older commit, or failed with an older generation', () => {
    expect(sourceOf({ ...failed, observedGeneration: 1 })).toEqual(running)
    expect(sourceOf({ ...released, lastAttemptedRevision: old, revision: old })).toEqual(running)
  })

  test('done, with a word about it, when a commit that was tried can no longer be fetched', () => {
    expect(sourceOf({ ...released, ...notFetched }, unreachable)).toMatchObject({
      state: 'Done',
      message:
        'Commit bbbbbbbbbbbb can no longer be fetched (chart not ready: git clone --mirror: could not resolve host); the running release stays.',
    })
  })

  test('of a branch done once some commit of it was tried, and failed while it cannot be followed', () => {
    const read = (status: object, ...told: KubeObject[]) =>
      helmOperatorEngine.readSource(following, [release(status), ...told])
    expect(read({})).toEqual(running)
    expect(read(released)).toMatchObject({ state: 'Done', latestCondition: stored })
    expect(read(failed).latestCondition).toEqual({ ...stored, message: 'stored artifact' })
    expect(read({ lastAttemptedRevision: old })).toEqual({ state: 'Done', progress })
    expect(read({ ...released, ...notFetched }, noMirror).state).toBe('Done')
    expect(read({ ...released, ...notFetched }, unreachable)).toMatchObject({ state: 'Failed', ...cannotFetch })
  })

  test.each([
    ['main', { branch: 'main' }, 'main'],
    ['v1', { tag: 'v1' }, 'v1'],
    ['the default branch', {}, 'The default branch'],
  ])('missing by its name: %s', (_, ref, name) => {
    const desired = wish({ source: { ...wish().source, ref } })
    const gone = failedFetch('chart unavailable: fatal: unknown revision or path')
    expect(helmOperatorEngine.readSource(desired, [release(notFetched), gone]).message).toBe(
      `${name} is not in Helm Operator’s copy of the repository (chart unavailable: fatal: unknown revision or path).`,
    )
  })
})
