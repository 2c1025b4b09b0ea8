/**
 * Tronador installed as a user installs it: the chart, by Helm, as pods of its own image. It brings up an environment,
 * which outlasts the next version, a change of leader and an uninstall.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { pushImage } from '../../local/node/images.ts'
import manifest from '../../package.json' with { type: 'json' }
import { collectImage } from '../../scripts/image-layers.ts'
import type { Environment } from '../../src/api/environment.ts'
import type { KubeObject } from '../../src/kube/cluster.ts'
import { environments, leases, namespaces, pods } from '../../src/kube/resources.ts'
import { chart, earlierChart, type Helm, openHelm } from '../charts/helm.ts'
import {
  environmentWhere,
  eventually,
  gone,
  newEnvironment,
  readyReason,
  removeEnvironment,
} from '../environment-operator.ts'
import { type GitRepository, startGitRepository } from '../git-repository.ts'
import { type InstallCluster, startInstallCluster } from './install-cluster.ts'
import { type PullRequestStory, startPullRequestStory } from './install-pull-request.ts'
import { pushShop, visit } from './shop.ts'

const namespace = 'tronador-system'

let cluster: InstallCluster
let repository: GitRepository
let helm: Helm
let earlier: string
let story: PullRequestStory | undefined
let shop: string
let image: string

/** Installs or upgrades from that chart, and waits until all of it is ready. */
const install = (from: string) =>
  helm('upgrade', '--install', 'tronador', from, '--namespace', namespace, `--set=${values()}`, '--wait')

describe.skipIf(inject('simulatedPods'))('Tronador, installed by its chart', () => {
  beforeAll(async () => {
    cluster = await startInstallCluster()
    helm = openHelm(await cluster.program('helm'), cluster.kubeconfig)
    repository = await startGitRepository()
    earlier = await earlierChart()
    const { address } = cluster.registry
    image = await pushImage({ registry: address, name: 'tronador', tag: 'test', ...(await collectImage()) })
    shop = await pushShop(address, await cluster.program('shop'), 'hello\n')
    const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
    const own = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } }
    await cluster.admin.create(namespaces, own)
    await install(earlier)
  }, 600_000)
  afterAll(async () => {
    await story?.end()
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

  test('carries a pull request from its opening to its end', async () => {
    story = await startPullRequestStory(cluster, namespace)
    const { commit, comments, close } = await story.open()
    const preview = await eventually('its environment', async () => {
      const { items } = await cluster.admin.list<Environment>(environments)
      return items.find(({ spec }) => spec.change?.commit === commit)
    })
    const { name } = preview.metadata
    const ready = await environmentWhere(cluster.admin, name, (found) => readyReason(found) === 'EnvironmentReady')
    const { port } = cluster.ingress
    const page = await visit(`http://127.0.0.1:${port}/`, new URL(ready.status?.url ?? '').host)
    expect(page.text).toContain(commit.slice(0, 10))
    await eventually('its URL in the comment', async () => (await comments()).includes(ready.status?.url ?? '?'))

    await close()
    await gone(cluster.admin, environments, name)
    await gone(cluster.admin, namespaces, name)
    await eventually('the comment’s last word', async () => (await comments()).includes('Preview removed'))
  })

  test('is upgraded while the environment stays as it is', async () => {
    const before = await liveState()

    await install(chart)

    const images = (await ownPods()).map(({ metadata }) => metadata.labels?.['helm.sh/chart'])
    expect(images).toEqual(Array(3).fill(`tronador-${manifest.version}`))
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

function values(): string {
  const [repositoryName, digest] = image.split('@')
  // Every namespace has this ConfigMap; the code host's certificate is by the same authority.
  const trust = 'server.caBundle.configMap=kube-root-ca.crt'
  return `image.repository=${repositoryName},image.digest=${digest},${trust}`
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
  // One that an earlier change replaced may still be on its way out.
  const staying = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  return staying.map(({ metadata }) => `${metadata.name} ${metadata.uid}`).toSorted()
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
