import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../api/object.ts'
import type { DesiredEnvironment } from '../../core/model.ts'
import { commit, desired, old } from '../testing.ts'
import { fluxEngine } from './index.ts'
import { before, chart, condition, release, source } from './testing.ts'
import { wantedRelease } from './wanted.ts'

const circumstances = { desired: undefined, records: undefined, waited: 0 }

function planned(of: DesiredEnvironment, observed: KubeObject[]): string[] {
  return fluxEngine.plan(of, observed).flatMap(({ steps }) =>
    steps.map((step) => {
      if (step.do === 'patch') return `patch ${step.of.kind} ${JSON.stringify(step.patch)}`
      return step.do === 'delete' ? `delete ${step.of.kind} ${step.of.metadata.name}` : `apply ${step.object.kind}`
    }),
  )
}

test('A release is Flux’s own fields and nothing that leads out of the namespace', () => {
  expect(wantedRelease(desired()).object).toEqual({
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: {
      name: 'shop',
      namespace: 'shop-7',
      labels: {
        'app.kubernetes.io/managed-by': 'tronador.stakater.com',
        'tronador.stakater.com/environment': 'shop-7',
      },
    },
    spec: {
      chart: {
        metadata: {
          labels: {
            'app.kubernetes.io/managed-by': 'tronador.stakater.com',
            'tronador.stakater.com/environment': 'shop-7',
          },
        },
        spec: {
          chart: 'deploy',
          reconcileStrategy: 'Revision',
          sourceRef: { kind: 'GitRepository', name: 'shop' },
          interval: '10m',
        },
      },
      interval: '10m',
      releaseName: 'shop',
      serviceAccountName: 'tronador-confined',
      suspend: false,
      timeout: '5m0s',
      maxHistory: 3,
      install: {
        disableWait: true,
        disableWaitForJobs: true,
        crds: 'Skip',
        strategy: { name: 'RetryOnFailure', retryInterval: '5m0s' },
      },
      upgrade: {
        disableWait: true,
        disableWaitForJobs: true,
        crds: 'Skip',
        strategy: { name: 'RetryOnFailure', retryInterval: '5m0s' },
      },
      uninstall: { disableWait: true },
      commonMetadata: { labels: { 'tronador.stakater.com/environment': 'shop-7' } },
      valuesFrom: [{ kind: 'Secret', name: 'db', valuesKey: 'values.yaml' }],
      values: { tag: 'new' },
    },
  })
})

describe('What is written', () => {
  const was = desired({ source: before }, 'old')

  test('at first is source and release at once', () => {
    expect(planned(desired(), [])).toEqual(['apply GitRepository', 'apply HelmRelease'])
  })

  test('is nothing when all stands', () => {
    expect(planned(desired(), [source(desired(), commit), chart(commit), release(desired(), commit)])).toEqual([])
  })

  test('for a push is the source alone, with the release held', () => {
    expect(planned(desired(), [source(was, old), chart(old), release(was, old)])).toEqual([
      'patch HelmRelease {"spec":{"suspend":true}}',
      'apply GitRepository',
    ])
  })

  test('for a source that changes and stays at its commit is the source alone: what runs is no other chart', () => {
    const other = desired({ source: { ...desired().source, interval: '10m' } })
    const observed = [source(other, commit), chart(commit), release(desired(), commit)]
    expect(planned(desired(), observed)).toEqual(['apply GitRepository'])
  })

  test('while the source is fetched and packaged is nothing', () => {
    expect(planned(desired(), [source(desired(), old), chart(old), release(was, old, {}, true)])).toEqual([])
    expect(planned(desired(), [source(desired(), commit), chart(old), release(was, old, {}, true)])).toEqual([])
    const building = chart(commit, [condition('Ready', 'Unknown', 'Progressing', 'building artifact')])
    expect(planned(desired(), [source(desired(), commit), building, release(was, old, {}, true)])).toEqual([])
  })

  test('once the chart has arrived is the release, with its values', () => {
    expect(planned(desired(), [source(desired(), commit), chart(commit), release(was, old, {}, true)])).toEqual([
      'apply HelmRelease',
    ])
  })

  test('for values that came late asks the release alone to look again, once, and never takes that back', () => {
    const wish = desired({ requestedAt: 'now' })
    const request = (of: KubeObject) => of.metadata.annotations?.['reconcile.fluxcd.io/requestedAt']
    const steps = (of: DesiredEnvironment, standing: KubeObject) =>
      fluxEngine
        .plan(of, [source(wish, commit), chart(commit), standing])
        .flatMap(({ steps }) => steps.map((step) => (step.do === 'apply' ? request(step.object) : step.do)))
    const standing = release(wish, commit)
    const late = { ...wish, valuesRevision: '5' }
    expect(steps(late, standing)).toEqual(['now values-5'])
    const asked = {
      ...standing,
      metadata: { ...standing.metadata, annotations: { 'reconcile.fluxcd.io/requestedAt': 'now values-5' } },
    }
    expect(steps(late, asked)).toEqual([])
    expect(steps(wish, asked)).toEqual([])
    expect(steps({ ...late, valuesRevision: '6' }, asked)).toEqual(['now values-6'])
  })

  test('for a release under an old name is its removal, before anything else', () => {
    const renamed = desired({ release: { ...desired().release, name: 'other' } })
    expect(planned(renamed, [source(desired(), commit), release(desired(), commit)])).toEqual([
      'delete HelmRelease shop',
    ])
  })

  test('is nothing to Flux objects that a trusted preview’s chart makes', () => {
    const labels = { 'app.kubernetes.io/managed-by': 'Helm', 'tronador.stakater.com/environment': 'shop-7' }
    const byChart = (object: KubeObject) => ({ ...object, metadata: { ...object.metadata, name: 'inner', labels } })
    const inner = [byChart(source(desired(), commit)), byChart(release(desired(), commit))]
    const own = [source(desired(), commit), chart(commit), release(desired(), commit)]
    expect(planned(desired(), [...inner, ...own])).toEqual([])
    expect(fluxEngine.readRelease(desired(), [...inner, ...own]).state).toBe('Done')
    const suspended = fluxEngine.suspend([...inner, ...own]).flatMap(({ steps }) => steps)
    expect(suspended.map((step) => 'of' in step && step.of.metadata.name)).toEqual(['shop', 'shop'])

    const removal = (observed: KubeObject[]) => {
      const { stages, remaining } = fluxEngine.removeReleases(observed, circumstances)
      const deleted = stages.flatMap(({ steps }) => steps.map((step) => 'of' in step && step.of.metadata.name))
      return { deleted, remaining }
    }
    const both = ['HelmRelease inner', 'HelmRelease shop']
    expect(removal([...inner, ...own])).toEqual({ deleted: ['shop'], remaining: both })
    expect(removal(inner)).toEqual({ deleted: ['inner'], remaining: ['HelmRelease inner'] })
  })

  test('for a removal wakes a suspended release first, because Flux would skip its uninstall', () => {
    const { stages, remaining } = fluxEngine.removeReleases([release(was, old, {}, true)], circumstances)
    expect(stages.flatMap(({ steps }) => steps.map((step) => step.do))).toEqual(['patch', 'delete'])
    expect(remaining).toEqual(['HelmRelease shop'])
  })
})

describe('A release is', () => {
  const read = (...observed: KubeObject[]) =>
    fluxEngine.readRelease(desired(), [source(desired(), commit), ...observed])

  test('done when Helm has deployed this generation of this commit', () => {
    expect(read(chart(commit), release(desired(), commit))).toMatchObject({ state: 'Done', commit, isDeployed: true })
  })

  test('still done when Flux looks at it again', () => {
    const again = [condition('Ready', 'Unknown', 'Progressing', 'Fulfilling prerequisites')]
    expect(read(chart(commit), release(desired(), commit, { conditions: again })).state).toBe('Done')
  })

  test('running while only an older generation is deployed', () => {
    expect(read(chart(commit), release(desired(), old, { lastAttemptedGeneration: 1 })).state).toBe('Running')
  })

  test('running while a branch that is followed has moved on, and Helm has not', () => {
    const following = desired({ source: { ...desired().source, ref: { branch: 'feature' } } })
    const observed = [source(following, commit), chart(commit)]
    const stateAt = (at: string) => fluxEngine.readRelease(following, [...observed, release(following, at)]).state
    expect([stateAt(old), stateAt(commit)]).toEqual(['Running', 'Done'])
  })

  test('failed with the cause of the attempt, not with Flux’s summary of it', () => {
    const conditions = [
      condition('Ready', 'False', 'RetryAfterInterval', 'Will retry after 5m0s'),
      condition('Released', 'False', 'InstallFailed', 'Helm install failed: pre-install hook failed: timed out'),
    ]
    expect(read(chart(commit), release(desired(), old, { conditions, history: [{ status: 'failed' }] }))).toMatchObject(
      {
        state: 'Failed',
        code: 'ReleaseFailed',
        message: 'Helm install failed: pre-install hook failed: timed out.',
        isDeployed: false,
      },
    )
  })

  test('failed as forbidden when the confined account may not make something', () => {
    const message = 'clusterroles is forbidden: User "x" cannot create resource "clusterroles"'
    const conditions = [condition('Released', 'False', 'InstallFailed', message)]
    expect(read(chart(commit), release(desired(), old, { conditions })).code).toBe('ReleaseForbidden')
  })

  const missing = [
    condition('Ready', 'False', 'InvalidChartReference', 'stat /tmp/x/deploy: no such file or directory'),
  ]

  test('not failed for the chart of the commit before', () => {
    expect(read(chart(old, missing), release(desired(), old, { lastAttemptedGeneration: 1 })).state).toBe('Running')
  })

  test('failed when there is no chart at the path', () => {
    expect(read(chart(commit, missing), release(desired(), old))).toMatchObject({
      state: 'Failed',
      code: 'ChartNotFound',
      message: 'There is no chart at deploy in commit bbbbbbbbbbbb.',
    })
  })
})

describe('The word that scripts wait for', () => {
  const stored = condition('ArtifactInStorage', 'True', 'Succeeded', 'stored artifact', 1)
  const reconciling = condition('Reconciling', 'True', 'Progressing', 'new generation')
  const wordOf = ({ latestCondition }: { latestCondition?: { type: string } }) => latestCondition?.type

  test('is ArtifactInStorage once the wanted commit is stored, and not because the one before is', () => {
    const conditions = [condition('Ready', 'Unknown', 'Progressing', 'fetching'), stored]
    const read = (at: string) => fluxEngine.readSource(desired(), [source(desired(), at, { conditions })])
    expect([wordOf(read(old)), wordOf(read(commit))]).toEqual(['Ready', 'ArtifactInStorage'])
  })

  test('is Released once this generation is deployed, and not because the one before is', () => {
    const released = condition('Released', 'True', 'UpgradeSucceeded', 'Helm upgrade succeeded', 1)
    const read = (lastAttemptedGeneration: number) => {
      const status = { lastAttemptedGeneration, conditions: [reconciling, released] }
      const observed = [source(desired(), commit), chart(commit), release(desired(), commit, status)]
      return fluxEngine.readRelease(desired(), observed)
    }
    expect([wordOf(read(1)), wordOf(read(2))]).toEqual(['Reconciling', 'Released'])
  })

  test('is the failure where there is one', () => {
    const conditions = [reconciling, condition('Released', 'False', 'InstallFailed', 'no')]
    const observed = [source(desired(), commit), chart(commit), release(desired(), old, { conditions })]
    expect(fluxEngine.readRelease(desired(), observed).latestCondition).toMatchObject({
      type: 'Released',
      status: 'False',
    })
  })
})
