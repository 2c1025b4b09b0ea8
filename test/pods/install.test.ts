/**
 * Tronador installed as a user installs it: the chart, by Helm, as pods of its own image. It brings up an environment,
 * which outlasts the next version, a change of leader and an uninstall.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { pushImage } from '../../local/node/images.ts'
import { collectImage } from '../../scripts/image-layers.ts'
import type { Environment } from '../../src/api/environment.ts'
import type { KubeObject } from '../../src/kube/cluster.ts'
import { environments, leases, namespaces, pods, repositories, secrets, services } from '../../src/kube/resources.ts'
import { chart, earlierChart, type Helm, openHelm } from '../charts/helm.ts'
import {
  environmentWhere,
  eventually,
  newEnvironment,
  readyReason,
  removeEnvironment,
} from '../environment-operator.ts'
import { type GitRepository, startGitRepository } from '../git-repository.ts'
import { type InstallCluster, startInstallCluster } from './install-cluster.ts'
import { pushShop, visit } from './shop.ts'

const namespace = 'tronador-system'

let cluster: InstallCluster
let repository: GitRepository
let helm: Helm
let earlier: string
let shop: string
let image: string

/** Installs or upgrades from that chart, and waits until all of it is ready. */
const install = (from: string) =>
  helm('upgrade', '--install', 'tronador', from, '--namespace', namespace, `--set=${imageValues()}`, '--wait')

describe.skipIf(inject('simulatedPods'))('Tronador, installed by its chart', () => {
  beforeAll(async () => {
    cluster = await startInstallCluster()
    helm = openHelm(cluster.helm, cluster.kubeconfig)
    repository = await startGitRepository()
    earlier = await earlierChart()
    const { address } = cluster.registry
    image = await pushImage({ registry: address, name: 'tronador', tag: 'test', ...(await collectImage()) })
    shop = await pushShop(address, cluster.shop, 'hello\n')
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
    const own = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } }
    await cluster.admin.create(namespaces, own)
    await install(earlier)
  }, 600_000)
  afterAll(async () => {
    await cluster?.stop()
    await repository?.stop()
    await rm(earlier, { recursive: true, force: true })
  })

  test('runs two operators, of which one leads, and a server', async () => {
    const running = await ownPods()

    expect(running.map(componentOf).toSorted()).toEqual(['operator', 'operator', 'server'])
    expect(running.map(({ metadata }) => metadata.name)).toContain(await leader())
  })

  test('brings up an environment', async () => {
    const commit = await repository.commitFolder(join(import.meta.dirname, 'chart'))
    const application = {
      gitRepository: { url: repository.url, ref: { branch: 'main', commit } },
      release: {
        chart: { spec: { chart: 'deploy' } },
        releaseName: 'shop',
        values: { image: shop, host: 'live.localhost' },
      },
    }
    await cluster.admin.create(environments, newEnvironment('live', { application }))

    await environmentWhere(cluster.admin, 'live', (found) => readyReason(found) === 'EnvironmentReady')
    expect(await visitLive()).toEqual({ status: 200, text: 'hello\n' })
  })

  test('takes webhooks at its Service, with the Secrets of its own namespace', async () => {
    type ServiceObject = KubeObject & { readonly spec: { readonly clusterIP: string } }
    const service = await cluster.admin.get<ServiceObject>(services, { namespace, name: 'tronador-server' })
    const url = `http://${service?.spec.clusterIP}/webhooks/${namespace}/shop`
    const answer = async () => (await fetch(url, { method: 'POST', body: '{}' })).status
    expect(await answer()).toBe(404)

    await cluster.admin.create(repositories, shopRepository())
    await eventually('the missing Secret to be named', async () => (await answer()) === 503)
    await cluster.admin.create(secrets, webhookSecret())
    await eventually('the missing signature to be named', async () => (await answer()) === 401)
  })

  test('is upgraded while the environment stays as it is', async () => {
    const before = await liveState()

    await install(chart)

    const images = (await ownPods()).map(({ metadata }) => metadata.labels?.['helm.sh/chart'])
    expect(images).toEqual(['tronador-0.1.0', 'tronador-0.1.0', 'tronador-0.1.0'])
    expect(await liveState()).toEqual(before)
  })

  test('goes on when its leader is gone', async () => {
    const name = await eventually('a leader', async () => (await leader()) || false)
    const uid = (await cluster.admin.get(pods, { namespace, name }))?.metadata.uid ?? ''
    await cluster.admin.delete(pods, { namespace, name }, { uid })

    await eventually('another leader', async () => !['', name].includes(await leader()))
    const release = { values: { cpu: '20m' } }
    const changed = await cluster.admin.patch(environments, { name: 'live' }, { spec: { application: { release } } })
    await environmentWhere(
      cluster.admin,
      'live',
      (found) =>
        found.status?.observedGeneration === changed.metadata.generation && readyReason(found) === 'EnvironmentReady',
    )
  })

  test('is not installed twice', async () => {
    const second = helm('install', 'second', chart, '--namespace', 'elsewhere', '--create-namespace')

    await expect(second).rejects.toThrow('release "tronador" in namespace "tronador-system"')
  })

  test('leaves the environment when it is uninstalled, and takes it up again when it is back', async () => {
    const before = await livePods()
    await helm('uninstall', 'tronador', '--namespace', namespace, '--wait')

    expect(await ownPods()).toEqual([])
    expect(await visitLive()).toEqual({ status: 200, text: 'hello\n' })
    expect(await livePods()).toEqual(before)

    await install(chart)
    await removeEnvironment(cluster.admin, 'live')
  })
})

function imageValues(): string {
  const [repositoryName, digest] = image.split('@')
  return `image.repository=${repositoryName},image.digest=${digest}`
}

async function ownPods(): Promise<KubeObject[]> {
  const selection = { namespace, labelSelector: 'app.kubernetes.io/part-of=tronador' }
  const { items } = await cluster.admin.list<KubeObject>(pods, selection)
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
}

const componentOf = ({ metadata }: KubeObject) => metadata.labels?.['app.kubernetes.io/component']

/** Name of the pod that holds the lease. */
async function leader(): Promise<string> {
  type Lease = KubeObject & { readonly spec: { readonly holderIdentity?: string } }
  const lease = await cluster.admin.get<Lease>(leases, { namespace, name: 'tronador-operator' })
  return (lease?.spec.holderIdentity ?? '').replace(/-[^-]+$/, '')
}

async function livePods(): Promise<string[]> {
  const { items } = await cluster.admin.list<KubeObject>(pods, { namespace: 'live' })
  return items.map(({ metadata }) => `${metadata.name} ${metadata.uid}`).toSorted()
}

/** All that an upgrade could have changed of the environment. */
async function liveState() {
  const environment = await cluster.admin.get<Environment>(environments, { name: 'live' })
  return { environment, pods: await livePods(), page: await visitLive() }
}

function visitLive(): Promise<{ status: number; text: string }> {
  const { port } = cluster.ingress
  return visit(`http://127.0.0.1:${port}/`, `live.localhost:${port}`)
}

function shopRepository(): KubeObject {
  return {
    apiVersion: 'tronador.stakater.com/v1alpha1',
    kind: 'Repository',
    metadata: { name: 'shop', namespace },
    spec: {
      provider: 'gitea',
      url: 'https://git.example.com/acme/shop',
      credentialsRef: { name: 'shop-token' },
      webhookSecretRef: { name: 'shop-webhook' },
      gitops: { url: 'https://git.example.com/acme/gitops', credentialsRef: { name: 'gitops-push' } },
      image: { name: 'registry.example.com/acme/shop' },
    },
  } as KubeObject
}

function webhookSecret(): KubeObject {
  const data = { secret: Buffer.from('not known to whoever asks').toString('base64') }
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'shop-webhook', namespace }, data } as KubeObject
}
