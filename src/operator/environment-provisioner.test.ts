/** An EnvironmentProvisioner that Helm Operator runs; the test writes what Helm Operator would say. */
import { expect, test } from 'vitest'
import type { KubeObject } from '../kube/cluster.ts'
import {
  deployments,
  environmentProvisioners,
  helmReleasesV1,
  ingresses,
  namespaces,
  networkPolicies,
  secrets,
} from '../kube/resources.ts'

import { second } from './testing/operator.ts'
import {
  at,
  commit,
  deployFailed,
  notFetched,
  noValues,
  requested,
  setUpProvisioner,
  shop,
  success,
  tellFailure,
  unconfined,
} from './testing/provisioner.ts'

test('It comes up with the original words, and nothing confines it', async () => {
  const { cluster, create, say, released, read, release, stop } = await setUpProvisioner()
  await create()
  expect((await cluster.get(namespaces, { name: 'shop-7' }))?.metadata.labels).toEqual({
    'app.kubernetes.io/managed-by': 'tronador.stakater.com',
    'tronador.stakater.com/environment': 'shop-7',
    team: 'gabbar',
  })
  expect((await cluster.list(networkPolicies, { namespace: 'shop-7' })).items).toEqual([])
  expect((await release())?.spec).toEqual({
    chart: { git: 'https://git.example.test/acme/shop', path: 'deploy', ref: commit },
    releaseName: 'shop',
    rollback: {},
    test: {},
    values: { tag: 'a' },
  })
  await say(notFetched)
  expect(await read()).toMatchObject({
    phase: 'Progressing',
    applicationStatusMsg: 'Helm Operator is fetching the repository.',
    currentPhase: 'Waiting For Next Reconciliation Loop',
  })
  await released()
  expect(await read()).toEqual({
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'EnvironmentReady',
        message: `Everything runs. ${unconfined}`,
        lastTransitionTime: '2026-01-01T12:00:00Z',
        observedGeneration: 1,
      },
    ],
    observedGeneration: 1,
    stages: ['namespace', 'secrets', 'source', 'release', 'workloads'].map((name) => ({
      name,
      state: 'Done',
      since: '2026-01-01T12:00:00Z',
    })),
    phase: 'Ready',
    commit,
    namespaceLabels: { team: 'gabbar' },
    helmReleaseStatus: { latestCondition: success.conditions[1] },
    gitRepoStatus: {
      latestCondition: at('ArtifactInStorage', 'True', 'Succeeded', `stored artifact for revision '${commit}'`),
    },
    applicationStatus: 'deployed',
    applicationStatusMsg: "Release was successful for Helm release 'shop' in 'shop-7'.",
    currentPhase: 'Waiting For Next Reconciliation Loop',
  })
  await stop()
})

test('What its chart made is found though it carries no label: Ready waits for it, and its URL is told', async () => {
  const { cluster, clock, create, deploy, released, read, ready, stop } = await setUpProvisioner()
  await create()
  await deploy(0)
  const spec = { rules: [{ host: 'shop.example.test' }] }
  await cluster.create<KubeObject>(ingresses, {
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: shop },
    spec,
  } as KubeObject)
  await released()
  expect((await read())?.stages?.[4]).toMatchObject({
    state: 'Running',
    message: 'Deployment shop: 0 of 1 pods are ready.',
  })
  await deploy(1)
  await clock.advance(2 * second)
  expect((await ready())?.message).toBe(`Everything runs at http://shop.example.test/. ${unconfined}`)
  await stop()
})

test('A hook of the chart is no workload that Ready waits for', async () => {
  const { cluster, create, deploy, released, read, stop } = await setUpProvisioner()
  await create()
  await deploy(0)
  await cluster.patch(deployments, shop, { metadata: { annotations: { 'helm.sh/hook': 'pre-install' } } })
  await released()
  expect((await read())?.phase).toBe('Ready')
  await stop()
})

test('It stays Ready while Helm Operator has lost its mirror and looks again', async () => {
  const { clock, create, deploy, say, released, ready, stop } = await setUpProvisioner()
  await create()
  await deploy(1)
  await released()
  const before = await ready()
  await say(notFetched)
  await clock.advance(60 * second)
  expect(await ready()).toEqual(before)
  await stop()
})

test('A failure’s cause is found though nothing happens after Helm Operator’s event of it', async () => {
  const { cluster, clock, create, say, ready, release, stop } = await setUpProvisioner()
  await create()
  await say({ phase: 'Installing', conditions: [at('Deployed', 'Unknown', 'Installing', 'Running installation.')] })
  await say(deployFailed)
  expect((await ready())?.message).toContain('Its events and its log have the cause.')
  await tellFailure(cluster, (await release())?.metadata.uid, 'installation failed: nil pointer')
  await clock.advance(3 * second)
  expect(await ready()).toMatchObject({ reason: 'ReleaseFailed', status: 'False' })
  expect((await ready())?.message).toContain('installation failed: nil pointer')
  const asked = cluster.requests.length
  await clock.advance(60 * second)
  expect(cluster.requests.length).toBe(asked)
  await stop()
})

test('Values that come late are asked for once, after Helm Operator has said that they are missing', async () => {
  const { cluster, clock, create, say, ready, release, released, stop } = await setUpProvisioner()
  await create([{ secretKeyRef: { name: 'db' } }])
  await say(noValues)
  const cause = 'failed to compose values for release: secrets "db" not found'
  await tellFailure(cluster, (await release())?.metadata.uid, cause)
  await clock.advance(5 * second)
  expect(await ready()).toMatchObject({ reason: 'ValuesMissing', status: 'False' })
  await cluster.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db', namespace: 'shop-7' } })
  await clock.advance(second)
  expect((await release())?.metadata.annotations?.[requested]).toMatch(/^values-\d+$/)
  const asked = () => cluster.writes().filter(({ resource }) => resource === helmReleasesV1).length
  const before = asked()
  await clock.advance(60 * second)
  expect(asked()).toBe(before)
  await released()
  expect((await ready())?.status).toBe('True')
  expect(asked()).toBe(before + 1)
  await stop()
})

test('It goes once Helm Operator has looked at it, its release before its namespace', async () => {
  const { cluster, clock, create, released, removeObject, read, release, stop } = await setUpProvisioner()
  await create()
  const metadata = { name: 'sh.helm.release.v1.shop.v1', namespace: 'shop-7', labels: { owner: 'helm', name: 'shop' } }
  await cluster.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata })
  await removeObject(environmentProvisioners, { name: 'shop-7' })
  expect(await read()).toMatchObject({
    phase: 'Removing',
    currentPhase: 'Waiting For Next Reconciliation Loop',
    conditions: [{ message: 'Still there: HelmRelease shop (waiting for Helm Operator to look at it).' }, {}],
  })
  await released()
  await clock.advance(second)
  expect(await release()).toBeUndefined()
  expect(await cluster.get(namespaces, { name: 'shop-7' })).toBeDefined()
  await removeObject(secrets, { name: metadata.name, namespace: 'shop-7' })
  await clock.advance(second)
  expect(await cluster.get(namespaces, { name: 'shop-7' })).toBeUndefined()
  expect(await read()).toBeUndefined()
  await stop()
})
