/** Environments that shall be run by another engine; the test writes what the engines would say. */
import { expect, test } from 'vitest'
import { KubeError, type KubeObject } from '../kube/cluster.ts'
import {
  deployments,
  environments,
  gitRepositories,
  helmReleases,
  helmReleasesV1,
  networkPolicies,
  secrets,
} from '../kube/resources.ts'
import type { AnyEnvironment } from './environment-kinds.ts'
import { prepareCluster, second } from './testing/operator.ts'

const commit = 'b'.repeat(40)
const shop = { name: 'shop', namespace: 'shop-7' }
const by = (engine: 'flux' | 'helm-operator') => ({ Environment: engine, EnvironmentProvisioner: engine })
const both = ['flux', 'helm-operator'] as const

/** An environment that runs, with the operator that brought it up. */
async function setUp(engine: 'flux' | 'helm-operator') {
  const { startOperator, ...stage } = await prepareCluster()
  const { clock, cluster } = stage
  let operator = await startOperator(by(engine), both)
  await cluster.create<KubeObject>(environments, {
    apiVersion: 'tronador.stakater.com/v1alpha2',
    kind: 'Environment',
    metadata: { name: 'shop-7' },
    spec: {
      application: {
        gitRepository: { url: 'https://git.example.test/acme/shop', ref: { branch: 'feature', commit } },
        release: {
          chart: { spec: { chart: 'deploy' } },
          releaseName: 'shop',
          valuesFrom: [{ kind: 'Secret', name: 'db' }],
        },
      },
    },
  } as KubeObject)
  await clock.advance(second)
  await (engine === 'flux' ? releaseWithFlux() : releaseWithHelmOperator())
  await clock.advance(second)

  async function releaseWithFlux(): Promise<void> {
    const chartVersion = `0.1.0+${commit.slice(0, 12)}`
    await cluster.patchStatus(gitRepositories, shop, { status: { artifact: { revision: `feature@sha1:${commit}` } } })
    await cluster.patchStatus(helmReleases, shop, {
      status: {
        history: [{ status: 'deployed', chartVersion }],
        lastAttemptedGeneration: 1,
        lastAttemptedRevision: chartVersion,
      },
    })
  }

  async function releaseWithHelmOperator(): Promise<void> {
    const conditions = [{ type: 'Released', status: 'True', reason: 'Succeeded', message: 'Done.' }]
    const status = { observedGeneration: 1, lastAttemptedRevision: commit, revision: commit, conditions }
    await cluster.patchStatus(helmReleasesV1, shop, { status })
  }

  return {
    ...stage,
    status: async () => (await cluster.get<AnyEnvironment>(environments, { name: 'shop-7' }))?.status,
    release: () =>
      cluster.get<KubeObject & { spec: { serviceAccountName?: string; chart: object } }>(helmReleases, shop),
    /** A workload of the chart's whose pods carry the chart's version; Flux has labelled it. */
    async deploy(): Promise<void> {
      const template = { metadata: { labels: { 'helm.sh/chart': 'shop-0.1.0' } } }
      const metadata = { ...shop, labels: { 'tronador.stakater.com/environment': 'shop-7' } }
      await cluster.create<KubeObject>(deployments, {
        ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata },
        spec: { replicas: 0, template },
      } as KubeObject)
      await cluster.patchStatus(deployments, shop, { status: { observedGeneration: 1 } })
      await clock.advance(second)
    },
    async restart(engine: 'flux' | 'helm-operator'): Promise<void> {
      await operator.stop()
      operator = await startOperator(by(engine), both)
      await clock.advance(second)
    },
    stop: () => operator.stop(),
  }
}

test('A preview whose pods would restart stays with Flux, as confined as it was, and says so', async () => {
  const { cluster, status, release, deploy, restart, stop } = await setUp('flux')
  await deploy()
  const before = cluster.writes().length
  await restart('helm-operator')
  expect((await status())?.conditions?.[0]).toMatchObject({
    status: 'True',
    message:
      'Everything runs. It stays with Flux, though Helm Operator is wanted: the pods of Deployment shop carry the chart’s version and would restart. To move it all the same, delete the environment’s object and let it be applied again.',
  })
  expect((await release())?.spec.serviceAccountName).toBe('tronador-confined')
  expect((await cluster.list(networkPolicies, { namespace: 'shop-7' })).items.length).toBeGreaterThan(0)
  expect(
    cluster
      .writes()
      .slice(before)
      .map(({ verb, resource }) => `${verb} ${resource.plural}`),
  ).toEqual(['patchStatus environments'])
  await stop()
})

test('There it is asked to look again for values that came late, too', async () => {
  const { cluster, clock, release, deploy, restart, stop } = await setUp('flux')
  await deploy()
  await restart('helm-operator')
  const { generation } = (await release())?.metadata ?? {}
  const missing = {
    type: 'Ready',
    status: 'False',
    reason: 'ValuesError',
    message: 'no Secret',
    observedGeneration: generation,
  }
  await cluster.patchStatus(helmReleases, shop, { status: { conditions: [missing] } })
  await clock.advance(5 * second)
  await cluster.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db', namespace: 'shop-7' } })
  await clock.advance(second)
  expect((await release())?.metadata.annotations?.['reconcile.fluxcd.io/requestedAt']).toMatch(/^values-\d+$/)
  await stop()
})

test('A suspended preview stays where it is, says nothing of another engine, and is not asked for again and again', async () => {
  const { cluster, clock, status, restart, stop } = await setUp('helm-operator')
  await cluster.patch(environments, { name: 'shop-7' }, { spec: { suspend: true } })
  await clock.advance(second)
  await restart('flux')
  expect(await status()).toMatchObject({
    phase: 'Suspended',
    conditions: [
      {
        status: 'True',
        message:
          'Everything runs. Helm Operator runs it with its own rights, so nothing confines it. It is suspended: nothing is changed until spec.suspend is false.',
      },
    ],
  })
  expect(await cluster.get(helmReleases, shop)).toBeUndefined()
  const before = cluster.requests.length
  await clock.advance(600 * second)
  expect(cluster.requests.slice(before).filter(({ namespace }) => namespace !== undefined)).toEqual([])
  await stop()
})

test('A hand-over to Flux that is cut short is taken up again, and the chart keeps its version', async () => {
  const { cluster, clock, status, release, restart, stop } = await setUp('helm-operator')
  const allow = cluster.intercept(({ verb, resource }) => {
    if (verb !== 'apply' || resource !== helmReleases) return undefined
    throw new KubeError('Unreachable', 'the connection was cut')
  })
  await restart('flux')
  expect(await release()).toBeUndefined()
  expect(await cluster.get(helmReleasesV1, shop)).toMatchObject({ spec: { releaseName: 'handed-over' } })
  allow()
  await clock.advance(60 * second)
  expect((await release())?.spec.chart).toMatchObject({ spec: { reconcileStrategy: 'ChartVersion' } })
  expect(await cluster.get(helmReleasesV1, shop)).toBeUndefined()
  expect((await status())?.stages?.[2]?.message).toBe('Fetching commit bbbbbbbbbbbb from the code host.')
  await stop()
})

test('A hand-over to Helm Operator waits until Flux has let go, and says so', async () => {
  const { cluster, clock, status, restart, stop } = await setUp('flux')
  await cluster.patch(helmReleases, shop, { metadata: { finalizers: ['finalizers.fluxcd.io'] } })
  await restart('helm-operator')
  expect((await status())?.stages?.[2]).toMatchObject({
    state: 'Running',
    message: 'Flux hands the release over to Helm Operator; what runs goes on running.',
  })
  expect(await cluster.get(gitRepositories, shop)).toBeUndefined()
  expect(await cluster.get(helmReleasesV1, shop)).toBeUndefined()
  await cluster.patch(helmReleases, shop, { metadata: { finalizers: null } })
  await clock.advance(second)
  expect(await cluster.get(helmReleasesV1, shop)).toBeDefined()
  await stop()
})
