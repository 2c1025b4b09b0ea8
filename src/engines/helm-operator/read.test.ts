/** What Helm Operator's status and events mean. */
import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../api/object.ts'
import { commit, old } from '../testing.ts'
import { helmOperatorEngine } from './index.ts'
import {
  cannotFetch,
  condition,
  deployFailed,
  failed,
  failedSync,
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
const releaseOf = (status: Parameters<typeof release>[0], ...told: KubeObject[]) =>
  helmOperatorEngine.readRelease(wish(), [release(status), ...told])

describe('A release is', () => {
  const progress = 'Waiting for Helm Operator to run Helm.'
  const running = { state: 'Running', progress, message: progress, isDeployed: false }

  test('pending without one', () => {
    expect(helmOperatorEngine.readRelease(wish(), [])).toEqual({ state: 'Pending', progress, isDeployed: false })
  })

  test('running before Helm Operator has looked at it', () => {
    expect(releaseOf(undefined)).toEqual(running)
  })

  test('running while Helm installs it, in Helm Operator’s words', () => {
    expect(releaseOf(installing)).toMatchObject({
      state: 'Running',
      message: "Running installation for Helm release 'shop' in 'shop-7'.",
      isDeployed: false,
    })
  })

  test('running while Helm installs it, though `Released` is False: that stands from the look without a chart', () => {
    const conditions = [...(notFetched.conditions ?? []), ...(installing.conditions ?? [])]
    expect(releaseOf({ ...installing, observedGeneration: 2, conditions })).toMatchObject({
      state: 'Running',
      message: "Running installation for Helm release 'shop' in 'shop-7'.",
    })
  })

  test('running while an older generation has failed', () => {
    expect(releaseOf({ ...deployFailed, observedGeneration: 1 })).toMatchObject(running)
  })

  test('running while only an older generation is released: of the commit before, or of other values', () => {
    const message = progress
    expect(releaseOf({ ...released, observedGeneration: 1 })).toMatchObject({
      state: 'Running',
      message,
      isDeployed: true,
    })
    expect(releaseOf({ ...released, lastAttemptedRevision: old, revision: old })).toMatchObject({
      state: 'Running',
      message,
      isDeployed: true,
      commit: old,
    })
  })

  test('done when this generation of this commit is released', () => {
    expect(releaseOf(released)).toEqual({
      state: 'Done',
      progress,
      isDeployed: true,
      commit,
      helmStatus: 'deployed',
      latestCondition: {
        type: 'Released',
        status: 'True',
        reason: 'Succeeded',
        message: "Release was successful for Helm release 'shop' in 'shop-7'.",
        lastTransitionTime: '2026-01-01T12:00:00Z',
      },
    })
  })

  test('done in Helm’s word, too, though Helm Operator writes that down later', () => {
    expect(releaseOf({ ...released, releaseStatus: 'failed' }).helmStatus).toBe('deployed')
  })

  test('done while it is upgraded once more, because something in the cluster has changed', () => {
    const [, success] = released.conditions ?? []
    const again = condition('Deployed', 'Unknown', 'Upgrading', 'Running upgrade')
    const conditions = success === undefined ? [again] : [success, again]
    expect(releaseOf({ ...released, phase: 'Upgrading', conditions }).state).toBe('Done')
  })

  test('done though its chart is said not to be fetched: that stands from the first look', () => {
    const [stale] = notFetched.conditions ?? []
    const conditions = [...(stale === undefined ? [] : [stale]), ...(released.conditions ?? [])]
    expect(releaseOf({ ...released, conditions }).state).toBe('Done')
  })

  test('of a branch done whatever commit is released', () => {
    const state = (status: object) => helmOperatorEngine.readRelease(following, [release(status)]).state
    expect([state({ ...released, revision: old }), state({ ...released, observedGeneration: 1 })]).toEqual([
      'Done',
      'Running',
    ])
  })

  test('failed with the newest cause of Helm’s, or with a word where to find it', () => {
    const cause = failedSync('installation failed: template: no function "x".', '2026-01-01T12:00:00Z')
    const before = failedSync('installation failed: another', '2026-01-01T11:00:00Z')
    expect(releaseOf(deployFailed, before, cause)).toMatchObject({
      state: 'Failed',
      code: 'ReleaseFailed',
      message: 'installation failed: template: no function "x".',
      isDeployed: false,
    })
    expect(releaseOf(deployFailed)).toMatchObject({
      code: 'ReleaseFailed',
      message:
        "Installation or upgrade failed for Helm release 'shop' in 'shop-7'. Its events and its log have the cause.",
    })
  })

  test('failed with Helm’s cause also when Helm Operator has begun its mirror anew since', () => {
    const cause = failedSync('installation failed: no', '2026-01-01T11:00:00Z')
    expect(releaseOf(deployFailed, noMirror, cause).message).toBe('installation failed: no.')
  })

  test('failed with Helm’s own word where it is there, and deployed where an older revision is', () => {
    const status = { ...deployFailed, revision: old, releaseStatus: 'failed' }
    expect(releaseOf(status)).toMatchObject({ state: 'Failed', helmStatus: 'failed', isDeployed: true, commit: old })
  })

  test('failed when there is no chart at the path', () => {
    expect(releaseOf(deployFailed, failedSync('installation failed: Chart.yaml file is missing'))).toMatchObject({
      code: 'ChartNotFound',
      message: 'There is no chart at deploy in commit bbbbbbbbbbbb.',
    })
  })

  test('failed without its values, though nothing was tried with this commit', () => {
    const cause = failedSync('failed to compose values for release: secrets "db" not found')
    expect(releaseOf({ ...failed, lastAttemptedRevision: old }, cause)).toMatchObject({
      state: 'Failed',
      code: 'ValuesMissing',
      message:
        'The values of release shop cannot be read: failed to compose values for release: secrets "db" not found.',
    })
  })

  test.each([
    ['[115 58 32 120]\n from values.yaml in Secret shop-7/db', 'values.yaml in Secret shop-7/db is no YAML.'],
    ['[115 58 32 120', 'what is there is no YAML.'],
  ])('failed with values that are no YAML, without a word of what they hold: %s', (quoted, expected) => {
    const cause = failedSync(`failed to compose values for release: unable to yaml.Unmarshal ${quoted}`)
    expect(releaseOf(failed, cause).message).toBe(
      `The values of release shop cannot be read: failed to compose values for release: ${expected}`,
    )
  })

  test('unseen, neither done nor failed, while Helm Operator has lost its mirror and looks again', () => {
    expect(releaseOf({ ...released, ...notFetched }, noMirror)).toMatchObject({
      state: 'Running',
      couldNotLook: true,
      message: 'Helm Operator is fetching the repository.',
      isDeployed: true,
      commit,
    })
  })

  test('failed where its repository cannot be fetched, whether or not it could once', () => {
    expect(releaseOf(notFetched, unreachable)).toMatchObject({ state: 'Failed', ...cannotFetch, isDeployed: false })
    expect(releaseOf({ ...released, ...notFetched }, unreachable)).toMatchObject({ state: 'Failed', ...cannotFetch })
  })
})

describe('The word that scripts wait for', () => {
  const typesOf = (status: Parameters<typeof release>[0]) =>
    [sourceOf(status), releaseOf(status)].map(({ latestCondition }) => latestCondition?.type)

  test.each([
    ['is not there before anything happened', undefined, [undefined, undefined]],
    ['tells of a chart that is not fetched', notFetched, ['ChartFetched', 'ChartFetched']],
    ['is ArtifactInStorage once the chart is there', installing, ['ArtifactInStorage', 'Deployed']],
    ['is Released in the end', released, ['ArtifactInStorage', 'Released']],
    ['is Released and False where it failed', deployFailed, ['ArtifactInStorage', 'Released']],
    [
      'is not Released only because the commit before is',
      { ...released, lastAttemptedRevision: old, revision: old },
      [undefined, 'Deployed'],
    ],
    [
      'is not Released only because the values before are',
      { ...released, observedGeneration: 1 },
      ['ArtifactInStorage', 'Deployed'],
    ],
  ])('%s', (_, status, expected) => {
    expect(typesOf(status)).toEqual(expected)
  })

  test('is the newest of what goes on, and of one second what was written last', () => {
    const wordOf = (...conditions: ReturnType<typeof condition>[]) =>
      releaseOf({ ...installing, conditions }).latestCondition
    const fetched = condition('ChartFetched', 'True', 'ChartFetched', 'Fetched')
    const working = condition('Deployed', 'Unknown', 'Upgrading', 'Running upgrade')
    const later = condition('Deployed', 'Unknown', 'Upgrading', 'Running upgrade', '2026-01-01T12:00:01Z')
    expect(wordOf(fetched, working)?.type).toBe('Deployed')
    expect(wordOf(later, fetched)).toEqual({
      type: 'Deployed',
      status: 'Unknown',
      reason: 'Upgrading',
      message: "Running upgrade for Helm release 'shop' in 'shop-7'.",
      lastTransitionTime: '2026-01-01T12:00:01Z',
    })
  })

  test('is whole also where Helm Operator leaves something out', () => {
    expect(releaseOf({ ...installing, conditions: [{ type: 'Deployed', status: 'True' }] }).latestCondition).toEqual({
      type: 'Deployed',
      status: 'True',
      reason: 'Deployed',
      message: '',
      lastTransitionTime: '1970-01-01T00:00:00Z',
    })
  })
})
