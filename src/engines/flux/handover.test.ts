/** Releases that change engines: what Flux takes over keeps its chart’s version, what it lets go of goes on running. */
import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../api/object.ts'
import type { DesiredEnvironment } from '../../core/model.ts'
import { helmOperatorEngine } from '../helm-operator/index.ts'
import { release as helmOperatorRelease, released } from '../helm-operator/testing.ts'
import { byChart, commit, deployment, desired, old, told } from '../testing.ts'
import { fluxEngine } from './index.ts'
import { sortObjects } from './objects.ts'
import { strategyOf } from './plan.ts'
import { before, chart, release, source } from './testing.ts'

const { plan, letGo, holds } = fluxEngine
const takenOver = (of = desired()): DesiredEnvironment => ({
  ...of,
  release: { ...of.release, reconcileStrategy: 'ChartVersion' },
})
const following = desired({ source: { ...desired().source, ref: { branch: 'feature' } } })
const byHelmOperator = helmOperatorRelease(released)

test.each<[string, DesiredEnvironment, KubeObject[], string]>([
  ['a new release', desired(), [], 'Revision'],
  ['what Flux has always run', desired(), [release(desired(), commit)], 'Revision'],
  ['what Helm Operator runs', desired(), [byHelmOperator], 'ChartVersion'],
  ['a new release beside what a chart has Helm Operator run', desired(), [byChart(byHelmOperator)], 'Revision'],
  ['a branch that is taken over', following, [byHelmOperator], 'Revision'],
  ['what was taken over, until the next commit', desired(), [release(takenOver(), commit)], 'ChartVersion'],
  ['what was taken over, once it is held for a commit', desired(), [release(takenOver(), old, {}, true)], 'Revision'],
  ['a branch that was taken over as a commit', following, [release(takenOver(), commit)], 'Revision'],
])('Of %s a new chart is what the strategy says', (_, of, observed, expected) => {
  const flux = sortObjects({ source: 'shop', release: 'shop' }, observed)
  expect(strategyOf(of, flux, observed)).toBe(expected)
})

describe('A release that was taken over', () => {
  const plain = { history: [{ status: 'deployed', chartVersion: '0.1.0', configDigest: 'sha256:1' }] }
  const standing = release(takenOver(), commit, { ...plain, lastAttemptedRevision: '0.1.0' })

  test('stays as it is while its commit is the one asked for, and is done', () => {
    const observed = [source(desired(), commit), chart(commit), standing]
    expect(told(plan(desired(), observed))).toEqual([])
    expect(fluxEngine.readRelease(desired(), observed)).toMatchObject({ state: 'Done', commit })
  })

  test('is held for the next commit, and let go with the strategy that is asked for', () => {
    const was = takenOver(desired({ source: before }, 'old'))
    const runs = release(was, old, plain)
    expect(told(plan(desired(), [source(was, old), chart(old), runs]))).toEqual([
      'hold: patch HelmRelease shop {"spec":{"suspend":true}}',
      'source: apply GitRepository shop',
    ])
    const held = release(was, old, plain, true)
    const steps = plan(desired(), [source(desired(), commit), chart(commit), held]).flatMap(({ steps }) => steps)
    expect(steps).toMatchObject([
      {
        do: 'apply',
        object: {
          spec: { suspend: false, chart: { spec: { reconcileStrategy: 'Revision' } }, values: { tag: 'new' } },
        },
      },
    ])
  })
})

describe('Letting go', () => {
  const standing = [source(desired(), commit), chart(commit), release(desired(), commit)]

  test('suspends the release, removes what Flux would fetch, and the release last; of ours alone', () => {
    const { stages, remaining, obstacle, after } = letGo(desired(), [...standing, ...standing.map(byChart)])
    expect(told(stages)).toEqual([
      'suspend release: patch HelmRelease shop {"spec":{"suspend":true}}',
      'remove source: delete HelmChart shop-7-shop',
      'remove source: delete GitRepository shop',
      'let release go: delete HelmRelease shop',
    ])
    expect({ remaining, obstacle, after }).toEqual({
      remaining: ['HelmRelease shop'],
      obstacle: undefined,
      after: undefined,
    })
  })

  test.each([
    ['the chart’s version has a commit, and pods carry it', '0.1.0+bbbbbbbbbbbb', { chart: 'shop-0.1.0' }, true],
    ['the chart’s version has a commit, and pods do not', '0.1.0+bbbbbbbbbbbb', { app: 'shop' }, false],
    ['the chart’s version is its own', '0.1.0', { chart: 'shop-0.1.0' }, false],
  ])('is refused where pods would restart: %s', (_, chartVersion, labels, isRefused) => {
    const runs = release(desired(), commit, { history: [{ status: 'deployed', chartVersion }] })
    const obstacle = 'the pods of Deployment shop carry the chart’s version and would restart'
    expect(letGo(desired(), [runs, deployment(labels)]).obstacle).toBe(isRefused ? obstacle : undefined)
  })
})

test('Kinds of the same name in other API groups are neither Flux’s nor Helm Operator’s', () => {
  const circumstances = { desired: desired(), records: undefined, waited: 0 }
  const ofAnother = [byHelmOperator, { ...source(desired(), commit), apiVersion: 'source.werf.io/v1' }]
  expect(holds(ofAnother)).toBe(false)
  expect(told(plan(desired(), ofAnother))).toEqual([
    'source: apply GitRepository shop',
    'release: apply HelmRelease shop',
  ])
  expect(fluxEngine.readRelease(desired(), ofAnother).state).toBe('Pending')
  expect(fluxEngine.readSource(desired(), ofAnother).state).toBe('Pending')
  expect(fluxEngine.removeReleases(ofAnother, circumstances).remaining).toEqual([])
  expect(fluxEngine.removeSources(ofAnother).remaining).toEqual([])
  expect(told(fluxEngine.suspend(ofAnother))).toEqual([])
  expect(helmOperatorEngine.holds([release(desired(), commit)])).toBe(false)
  expect(helmOperatorEngine.removeReleases([release(desired(), commit)], circumstances).remaining).toEqual([])
})
