import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../api/object.ts'
import type { DesiredEnvironment } from '../core/model.ts'
import type { Engine } from './engine.ts'
import { fluxEngine } from './flux/index.ts'
import { chart, release as fluxRelease, source } from './flux/testing.ts'
import { helmOperatorEngine } from './helm-operator/index.ts'
import { release as helmOperatorRelease, released, wish } from './helm-operator/testing.ts'
import { byChart, commit, deployment, desired, told } from './testing.ts'
import { withHandover } from './with-handover.ts'

const engines = withHandover([fluxEngine, helmOperatorEngine])
const flux = desired()
const helmOperator = wish()
const following = (of: DesiredEnvironment): DesiredEnvironment => ({
  ...of,
  source: { ...of.source, ref: { branch: 'feature' } },
})
/** What stands once Flux, or Helm Operator, has released it. */
const byFlux = [source(flux, commit), chart(commit), fluxRelease(flux, commit)]
const byHelmOperator = [helmOperatorRelease(released)]
const carrying = deployment({ 'helm.sh/chart': 'shop-0.1.0' })
const fluxPlan = ['source: apply GitRepository shop', 'release: apply HelmRelease shop']
const progressing = (message: string) => ({ state: 'Running', progress: message, message })

describe('The engine that is wanted', () => {
  test('writes, and says how it goes, where no other has a release', () => {
    expect(told(engines.plan(flux, []))).toEqual(fluxPlan)
    expect(told(engines.plan(helmOperator, []))).toEqual(['release: apply HelmRelease shop'])
    expect(engines.readSource(flux, byFlux)).toEqual(fluxEngine.readSource(flux, byFlux))
    expect(engines.readRelease(flux, byFlux)).toEqual(fluxEngine.readRelease(flux, byFlux))
    expect(engines.readRelease(helmOperator, byHelmOperator)).toEqual(
      helmOperatorEngine.readRelease(helmOperator, byHelmOperator),
    )
  })

  test('is none that the cluster does not serve', () => {
    expect(() => withHandover([fluxEngine]).plan(helmOperator, [])).toThrow(
      'the engine helm-operator is wanted and not served',
    )
  })

  test('keeps its release where the chart of a trusted preview makes one of the other engine’s', () => {
    const inner = { flux: byChart(fluxRelease(flux, commit)), helmOperator: byChart(helmOperatorRelease(released)) }
    expect(told(engines.plan(flux, [...byFlux, inner.helmOperator]))).toEqual([])
    expect(engines.readRelease(flux, [...byFlux, inner.helmOperator]).state).toBe('Done')
    expect(told(engines.plan(helmOperator, [...byHelmOperator, inner.flux]))).toEqual([])
    expect(engines.readRelease(helmOperator, [...byHelmOperator, inner.flux]).state).toBe('Done')
  })
})

describe('From Flux to Helm Operator', () => {
  const message = 'Flux hands the release over to Helm Operator; what runs goes on running.'

  test('Flux lets go first: suspended, without source, and last its release', () => {
    expect(told(engines.plan(helmOperator, byFlux))).toEqual([
      'suspend release: patch HelmRelease shop {"spec":{"suspend":true}}',
      'remove source: delete HelmChart shop-7-shop',
      'remove source: delete GitRepository shop',
      'let release go: delete HelmRelease shop',
    ])
  })

  test('Helm Operator begins once nothing of Flux’s release is left', () => {
    const going = fluxRelease(flux, commit, {}, true)
    const metadata = { ...going.metadata, deletionTimestamp: '2026-01-01T12:00:00Z' }
    expect(told(engines.plan(helmOperator, [{ ...going, metadata }]))).toEqual([])
    expect(told(engines.plan(helmOperator, []))).toEqual(['release: apply HelmRelease shop'])
  })

  test('says so meanwhile, and that what runs is deployed', () => {
    expect(engines.readSource(helmOperator, byFlux)).toEqual(progressing(message))
    expect(engines.readRelease(helmOperator, byFlux)).toEqual({ ...progressing(message), isDeployed: true })
  })

  test('is refused where pods carry the version that only Flux gives a chart, and Flux goes on', () => {
    const observed = [...byFlux, carrying]
    expect(told(engines.plan(helmOperator, observed))).toEqual([])
    expect(engines.readSource(helmOperator, observed)).toEqual(fluxEngine.readSource(helmOperator, observed))
    expect(engines.readRelease(helmOperator, observed)).toEqual({
      ...fluxEngine.readRelease(helmOperator, observed),
      note: {
        code: 'EngineHandoverRefused',
        message:
          'It stays with Flux, though Helm Operator is wanted: the pods of Deployment shop carry the chart’s version and would restart.',
      },
    })
  })

  test('is not refused where that version is the chart’s own', () => {
    const history = [{ status: 'deployed', chartVersion: '0.1.0' }]
    const observed = [source(flux, commit), fluxRelease(flux, commit, { history }), carrying]
    expect(told(engines.plan(helmOperator, observed))).toContain('let release go: delete HelmRelease shop')
  })
})

describe('From Helm Operator to Flux', () => {
  const message = 'Helm Operator hands the release over to Flux; what runs goes on running.'
  const emptied = 'empty release: patch HelmRelease shop {"spec":{"chart":{"path":null},"releaseName":"handed-over"}}'

  test('the release is emptied, Flux takes over, and only then it goes', () => {
    expect(told(engines.plan(flux, byHelmOperator))).toEqual([
      emptied,
      ...fluxPlan,
      'let release go: delete HelmRelease shop',
    ])
  })

  test('a pass that was cut short is taken up again, with the chart’s version as it was', () => {
    const strategies = (observed: KubeObject[]) =>
      engines.plan(flux, observed).flatMap(({ steps }) => steps.flatMap((step) => strategyOf(step)))
    expect(strategies(byHelmOperator)).toEqual(['ChartVersion'])
    const written = fluxRelease({ ...flux, release: { ...flux.release, reconcileStrategy: 'ChartVersion' } }, commit, {
      history: undefined,
    })
    expect(told(engines.plan(flux, [...byHelmOperator, source(flux, commit), written]))).toEqual([
      emptied,
      'let release go: delete HelmRelease shop',
    ])
  })

  test('says so meanwhile', () => {
    expect(engines.readSource(flux, byHelmOperator)).toEqual(progressing(message))
    expect(engines.readRelease(flux, byHelmOperator)).toEqual({ ...progressing(message), isDeployed: true })
  })

  test('is refused where a branch is followed and pods carry the chart’s version', () => {
    const observed = [...byHelmOperator, carrying]
    expect(told(engines.plan(following(flux), observed))).toEqual(['release: apply HelmRelease shop'])
    expect(engines.readRelease(following(flux), observed).note?.message).toBe(
      'It stays with Helm Operator, though Flux is wanted: the pods of Deployment shop carry the chart’s version and would restart.',
    )
    expect(engines.readRelease(following(flux), byHelmOperator).message).toBe(message)
  })
})

test.each<[string, DesiredEnvironment, KubeObject[], string]>([
  ['is wanted, and none has it', flux, [], 'flux confined'],
  ['is wanted, and none has it', helmOperator, [], 'helm-operator trusted'],
  ['takes it over', helmOperator, byFlux, 'helm-operator trusted'],
  ['takes it over', flux, byHelmOperator, 'flux confined'],
  ['keeps it', helmOperator, [...byFlux, carrying], 'flux confined'],
  ['keeps it', { ...helmOperator, repositoryProfile: 'trusted' }, [...byFlux, carrying], 'flux trusted'],
  ['keeps it', following(flux), [...byHelmOperator, carrying], 'helm-operator trusted'],
])('What confines a preview is the engine’s that %s', (_, asked, observed, expected) => {
  const { engine, profile } = engines.asRun(asked, observed)
  expect(`${engine} ${profile}`).toBe(expected)
})

test('What the engine that keeps a release has no word for is refused', () => {
  const ranged = { ...flux, source: { ...flux.source, ref: { semver: '1.x' } } }
  const refusal = expect.objectContaining({ code: 'EnvironmentInvalid' })
  expect(() => engines.plan(ranged, [...byHelmOperator, carrying])).toThrow(refusal)
  expect(told(engines.plan(ranged, []))).toEqual(fluxPlan)
})

test('What is suspended is not handed over: the engine that runs it answers, without a word of another', () => {
  const suspended = { ...helmOperator, suspended: true }
  expect(engines.readSource(suspended, byFlux).state).toBe('Done')
  expect(engines.readRelease(suspended, byFlux)).toEqual(fluxEngine.readRelease(suspended, byFlux))
  expect(engines.readRelease(suspended, [...byFlux, carrying]).note).toBeUndefined()
  expect(told(engines.suspend([...byFlux, ...byHelmOperator]))).toEqual([
    'suspend: patch GitRepository shop {"spec":{"suspend":true}}',
    'suspend: patch HelmRelease shop {"spec":{"suspend":true}}',
  ])
})

test.each<[string, KubeObject[], boolean]>([
  ['with Flux', byFlux, true],
  ['with nothing', [], true],
  ['with Helm Operator', byHelmOperator, false],
  ['with both', [...byFlux, ...byHelmOperator], false],
  ['with a chart’s own release of Helm Operator', [...byFlux, byChart(helmOperatorRelease(released))], true],
])('Whether workloads carry our label is the engine’s that runs them: %s', (_, observed, expected) => {
  expect(engines.labelsWorkloads(observed)).toBe(expected)
})

test('A release stands whichever engine runs it', () => {
  expect([byFlux, byHelmOperator, []].map(engines.holds)).toEqual([true, true, false])
})

test('A release of Flux is in sight with its source alone, one of Helm Operator by itself', () => {
  const [withoutSource, without] = [byFlux.filter(({ kind }) => kind !== 'GitRepository'), []]
  const seen = [byFlux, withoutSource, byHelmOperator, without].map((observed) => engines.sees(flux, observed))
  expect(seen).toEqual([true, false, true, false])
})

test('A removal is all engines’, and so are the kinds', () => {
  const circumstances = { desired: flux, records: undefined, waited: 0 }
  const { stages, ...removal } = engines.removeReleases([...byFlux, helmOperatorRelease()], circumstances)
  expect(told(stages)).toEqual(['remove release: delete HelmRelease shop'])
  expect(removal).toEqual({
    remaining: ['HelmRelease shop', 'HelmRelease shop (waiting for Helm Operator to look at it)'],
    needsRecords: true,
  })
  expect(engines.removeReleases(byFlux, circumstances).needsRecords).toBe(false)
  expect(engines.removeSources(byFlux).remaining).toEqual(['GitRepository shop'])
  expect(engines.kinds).toEqual([
    { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository' },
    { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'HelmChart' },
    { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease' },
    { apiVersion: 'helm.fluxcd.io/v1', kind: 'HelmRelease' },
  ])
})

/** The strategy of a Flux release that is written. */
function strategyOf(step: ReturnType<Engine['plan']>[number]['steps'][number]): string[] {
  const { spec } = ('object' in step ? step.object : {}) as { spec?: { chart?: { spec?: object } } }
  const chart = spec?.chart?.spec as { reconcileStrategy?: string } | undefined
  return chart?.reconcileStrategy === undefined ? [] : [chart.reconcileStrategy]
}

describe('A release of another name than the one asked for now', () => {
  const renamed = (of: DesiredEnvironment): DesiredEnvironment => ({ ...of, release: { ...of.release, name: 'store' } })

  test('is uninstalled by its engine before the other begins, for it would run on beside the new one', () => {
    expect(told(engines.plan(renamed(helmOperator), byFlux))).toEqual(['remove release: delete HelmRelease shop'])
    expect(told(engines.plan(renamed(flux), byHelmOperator))).toEqual(['remove release: delete HelmRelease shop'])
    expect(engines.readRelease(renamed(flux), byHelmOperator).message).toBe(
      'Helm Operator uninstalls the release shop before Flux makes the one that is asked for now.',
    )
  })
})
