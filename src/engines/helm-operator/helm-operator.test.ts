/** What is written to Helm Operator; what its answers mean is in `read.test.ts`. */
import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../api/object.ts'
import type { ValuesSource } from '../../core/model.ts'
import type { HelmRecord, RemovalCircumstances } from '../engine.ts'
import { byChart, commit, deployment, told } from '../testing.ts'
import { helmOperatorEngine } from './index.ts'
import { deployFailed, notFetched, release, released, wish } from './testing.ts'
import { wantedRelease } from './wanted.ts'

const { plan, suspend, letGo, removeReleases, removeSources, holds } = helmOperatorEngine

const withRelease = (change: object) => wish({ release: { ...wish().release, ...change } })
const withSource = (change: object) => wish({ source: { ...wish().source, ...change } })

/** The object with these changes to its metadata. */
const marked = (object: KubeObject, metadata: object): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, ...metadata },
})

describe('The HelmRelease', () => {
  test('is field for field the one that the original Tronador made', () => {
    expect(wantedRelease(withRelease({ valuesFrom: [] })).object).toEqual({
      apiVersion: 'helm.fluxcd.io/v1',
      kind: 'HelmRelease',
      metadata: {
        name: 'shop',
        namespace: 'shop-7',
        labels: {
          'app.kubernetes.io/instance': 'shop',
          'app.kubernetes.io/managed-by': 'tronador.stakater.com',
          'tronador.stakater.com/environment': 'shop-7',
        },
      },
      spec: {
        chart: { git: 'https://git.example.com/acme/shop', path: 'deploy', ref: commit },
        releaseName: 'shop',
        rollback: {},
        test: {},
        values: { tag: 'new' },
      },
    })
  })

  test('names credentials where there are some', () => {
    expect(wantedRelease(withSource({ secretName: 'repo' })).object).toMatchObject({
      spec: {
        chart: {
          git: 'https://git.example.com/acme/shop',
          path: 'deploy',
          ref: commit,
          secretRef: { name: 'repo' },
        },
      },
    })
  })

  test('has references to values in Helm Operator’s shape', () => {
    const valuesFrom: ValuesSource[] = [
      { kind: 'Secret', name: 'db', valuesKey: 'x.yaml' },
      { kind: 'Secret', name: 'maybe', optional: true },
      { kind: 'ConfigMap', name: 'common' },
    ]
    expect(wantedRelease(withRelease({ valuesFrom })).object).toMatchObject({
      spec: {
        valuesFrom: [
          { secretKeyRef: { name: 'db', key: 'x.yaml' } },
          { secretKeyRef: { name: 'maybe', optional: true } },
          { configMapKeyRef: { name: 'common' } },
        ],
      },
    })
  })

  test.each([
    ['the commit before the branch that it is found on', { branch: 'feature', commit }, { ref: commit }],
    ['the tag before the branch', { branch: 'feature', tag: 'v1' }, { ref: 'v1' }],
    ['the reference in full', { name: 'refs/tags/v1' }, { ref: 'refs/tags/v1' }],
    ['the branch', { branch: 'feature' }, { ref: 'feature' }],
    ['Helm Operator’s default where there is none', {}, {}],
  ])('follows %s', (_, ref, expected) => {
    const { object } = wantedRelease(withSource({ ref }))
    expect((object as KubeObject & { spec: { chart: object } }).spec.chart).toEqual({
      git: 'https://git.example.com/acme/shop',
      path: 'deploy',
      ...expected,
    })
  })

  test('carries a wish to look again', () => {
    expect(wantedRelease(wish({ requestedAt: 'now' })).object.metadata.annotations).toEqual({
      'reconcile.tronador.stakater.com/requestedAt': 'now',
    })
  })
})

describe('What is written', () => {
  test('at first is the release', () => {
    expect(told(plan(wish(), []))).toEqual(['release: apply HelmRelease shop'])
  })

  test('is nothing when all stands, whatever the API server and its owner have added', () => {
    const { spec } = release() as KubeObject & { spec: object }
    const defaulted = { ...release(released), spec: { ...spec, timeout: 300, rollback: { enable: false } } }
    expect(told(plan(wish(), [defaulted]))).toEqual([])
  })

  test('for a push is chart and values in one write', () => {
    const before = release(released, wish({ source: { ...wish().source, ref: { commit: 'a'.repeat(40) } } }, 'old'))
    expect(plan(wish(), [before]).flatMap(({ steps }) => steps)).toEqual([
      { do: 'apply', object: marked(wantedRelease(wish()).object, { uid: 'r1' }) },
    ])
  })

  test.each<[string, object, object, object?]>([
    ['a value', { values: { tag: 'new', debug: true } }, { values: { debug: null } }],
    ['all values', { values: { tag: 'new' } }, { values: null }, { values: {} }],
    [
      'a reference to values',
      { valuesFrom: [{ secretKeyRef: { name: 'db' } }] },
      { valuesFrom: null },
      { valuesFrom: [] },
    ],
    [
      'a field of the chart',
      { chart: { git: 'https://git.example.com/acme/shop', path: 'deploy', ref: commit, skipDepUpdate: true } },
      { chart: { skipDepUpdate: null } },
    ],
  ])('takes out %s that has left the wish', (_, standing, patch, asked = {}) => {
    const desired = withRelease(asked)
    const stands = release(released, desired) as KubeObject & { spec: object }
    const steps = plan(desired, [{ ...stands, spec: { ...stands.spec, ...standing } } as KubeObject])
    expect(told(steps)).toEqual([`release: patch HelmRelease shop ${JSON.stringify({ spec: patch })}`])
  })

  test('for a new name is the end of the old one first', () => {
    expect(told(plan(withRelease({ name: 'other' }), [release(released)]))).toEqual([
      'old release: delete HelmRelease shop',
      'release: apply HelmRelease other',
    ])
  })

  test('for values that came late asks the release to look again, once, and never takes that back', () => {
    const asked = (valuesRevision: string | undefined, standing: KubeObject) =>
      plan(wish({ requestedAt: 'now', ...(valuesRevision !== undefined && { valuesRevision }) }), [standing]).flatMap(
        ({ steps }) => steps.map((step) => 'object' in step && step.object.metadata.annotations),
      )
    const request = (value: string) => ({ 'reconcile.tronador.stakater.com/requestedAt': value })
    const standing = marked(release(), { annotations: request('now') })
    expect(asked('5', standing)).toEqual([request('now values-5')])
    const told = marked(release(), { annotations: request('now values-5') })
    expect(asked('5', told)).toEqual([])
    expect(asked(undefined, told)).toEqual([])
    expect(asked('6', told)).toEqual([request('now values-6')])
  })

  test('is nothing to HelmReleases that a trusted preview’s chart makes', () => {
    expect(told(plan(wish(), [release(released), byChart(release(released))]))).toEqual([])
    expect([holds([byChart(release(released))]), holds([release()])]).toEqual([false, true])
  })

  test('to suspend is nothing: Helm Operator cannot be told to stand still', () => {
    expect(suspend([release(released)])).toEqual([])
  })
})

describe('A removal', () => {
  const record = (status = 'deployed'): HelmRecord => ({ name: 'sh.helm.release.v1.shop.v1', status })
  const remove = (observed: KubeObject[], circumstances: Partial<RemovalCircumstances>) => {
    const removal = removeReleases(observed, { desired: wish(), records: undefined, waited: 0, ...circumstances })
    return { ...removal, stages: told(removal.stages) }
  }
  const gone = { stages: [], remaining: [] }

  test('deletes a release that Helm Operator has looked at, and asks for no record', () => {
    expect(remove([release(deployFailed)], {})).toEqual({
      stages: ['remove release: delete HelmRelease shop'],
      remaining: ['HelmRelease shop'],
      needsRecords: false,
    })
  })

  test('deletes one that it has never looked at only where Helm has no record of it', () => {
    const waiting = { stages: [], remaining: ['HelmRelease shop (waiting for Helm Operator to look at it)'] }
    expect(remove([release()], {})).toEqual({ ...waiting, needsRecords: true })
    expect(remove([release()], { records: [record()] })).toEqual({ ...waiting, needsRecords: false })
    expect(remove([release()], { records: [] })).toEqual({
      stages: ['remove release: delete HelmRelease shop'],
      remaining: ['HelmRelease shop'],
      needsRecords: false,
    })
  })

  test('names what holds a release that is on its way out', () => {
    const held = marked(release(released), { deletionTimestamp: '2026-01-01T12:00:00Z', finalizers: ['example.com/x'] })
    expect(remove([held], {})).toMatchObject({
      stages: [],
      remaining: ['HelmRelease shop (held by the finalizer example.com/x)'],
    })
  })

  test('takes releases under old names with it', () => {
    const old = marked(release(released), { name: 'old', uid: 'r2' })
    expect(remove([release(released), old], {}).stages).toEqual([
      'remove release: delete HelmRelease shop',
      'remove release: delete HelmRelease old',
    ])
  })

  test.each<[string, HelmRecord[], number, boolean]>([
    ['a record that was just left', [record()], 19_999, false],
    ['a record after twenty seconds', [record()], 20_000, true],
    ['a record of an uninstall that goes on', [record('uninstalling')], 359_999, false],
    ['a record of an uninstall that nobody ended', [record('uninstalling')], 360_000, true],
    ['no record', [], 360_000, false],
  ])('of which only Helm’s records are left: %s', (_, records, waited, isTold) => {
    const again = {
      stages: ['tell again: apply HelmRelease shop'],
      remaining: ['Secret sh.helm.release.v1.shop.v1 of Helm (Helm Operator was away; it is told again)'],
    }
    expect(remove([], { records, waited })).toEqual(isTold ? again : gone)
  })

  test('tells Helm Operator again without a chart, so that nothing is installed anew', () => {
    const circumstances = { desired: wish(), records: [record()], waited: 20_000 }
    const steps = removeReleases([], circumstances).stages.flatMap(({ steps }) => steps)
    expect(steps).toEqual([
      {
        do: 'apply',
        object: {
          ...wantedRelease(wish()).object,
          spec: { chart: { git: 'https://git.example.com/acme/shop' }, releaseName: 'shop' },
        },
      },
    ])
  })

  test('never makes a release of another engine’s records, nor of an object that cannot be read', () => {
    const records = [record()]
    expect(remove([], { desired: wish({ engine: 'flux' }), records, waited: 360_000 })).toEqual(gone)
    expect(remove([], { desired: undefined, records, waited: 360_000 })).toEqual(gone)
    expect(remove([], { records: undefined, waited: 360_000 })).toEqual(gone)
  })

  test('has no source of its own to remove', () => {
    expect(removeSources([release(released)])).toEqual(gone)
  })
})

describe('Letting go', () => {
  const followed = withSource({ ref: { branch: 'feature' } })
  const carrying = deployment({ 'helm.sh/chart': 'shop-0.1.0' })

  test('empties our releases at first, and lets them go once the next engine’s objects stand', () => {
    const { stages, after, remaining, obstacle } = letGo(wish(), [release(released), byChart(release(released))])
    expect(told(stages)).toEqual([
      'empty release: patch HelmRelease shop {"spec":{"chart":{"path":null},"releaseName":"handed-over"}}',
    ])
    expect(told(after ?? [])).toEqual(['let release go: delete HelmRelease shop'])
    expect({ remaining, obstacle }).toEqual({ remaining: [], obstacle: undefined })
  })

  test.each([
    ['a branch is followed, and pods carry the chart’s version', followed, [carrying], true],
    ['a branch is followed, and pods do not', followed, [deployment({ app: 'shop' })], false],
    ['a commit is given, whose chart keeps its version', wish(), [carrying], false],
  ])('is refused where pods would restart: %s', (_, desired, workloads, isRefused) => {
    const obstacle = 'the pods of Deployment shop carry the chart’s version and would restart'
    expect(letGo(desired, [release(released), ...workloads]).obstacle).toBe(isRefused ? obstacle : undefined)
  })

  test.each([
    ['labels', { labels: { chart: 'shop-0.1.0' } }, true],
    ['a checksum over a template', { annotations: { 'checksum/config': '1' } }, true],
    ['another annotation', { annotations: { 'example.com/x': '1' } }, false],
  ])('sees a chart’s version in %s', (_, metadata, isSeen) => {
    const workload = { ...deployment({}), spec: { template: { metadata } } } as KubeObject
    expect(letGo(followed, [release(notFetched), workload]).obstacle !== undefined).toBe(isSeen)
  })
})
