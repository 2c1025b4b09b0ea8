/** What Helm Operator does by itself, before Tronador comes into it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ClusterClient, createClient } from '../../src/kube/client.ts'
import type { Cluster, KubeObject } from '../../src/kube/cluster.ts'
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts'
import { configMaps, helmReleasesV1, namespaces, secrets } from '../../src/kube/resources.ts'
import { connectAsAdmin, eventually, gone, uniqueName } from '../environment-operator.ts'
import { type GitRepository, startGitRepository } from '../git-repository.ts'
import { type OwnHelmOperator, startOwnHelmOperator } from '../helm-operator.ts'

interface HelmReleaseV1 extends KubeObject {
  readonly spec: object
  readonly status?: {
    readonly phase?: string
    readonly revision?: string
    readonly conditions?: readonly { readonly type: string; readonly status: string }[]
  }
}

let repository: GitRepository
let commit: string
beforeAll(async () => {
  repository = await startGitRepository()
  commit = await repository.commit({
    'deploy/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 0.1.0\n',
    'deploy/templates/motto.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: motto }\ndata: { text: "{{ .Values.motto }}" }\n',
  })
})
afterAll(() => repository?.stop())

/** Releases the chart in a namespace of its own and waits until that is done. Returns the namespace's name. */
async function release(cluster: Cluster): Promise<string> {
  const namespace = uniqueName('release')
  await cluster.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  await cluster.create<HelmReleaseV1>(helmReleasesV1, {
    apiVersion: 'helm.fluxcd.io/v1',
    kind: 'HelmRelease',
    metadata: { name: 'shop', namespace },
    spec: {
      releaseName: 'shop',
      chart: { git: repository.url, ref: 'main', path: 'deploy' },
      values: { motto: 'Fresh fish' },
    },
  })
  await eventually('The release', async () => (await observe(cluster, namespace))?.status?.phase === 'Succeeded')
  return namespace
}

function observe(cluster: Cluster, namespace: string): Promise<HelmReleaseV1 | undefined> {
  return cluster.get<HelmReleaseV1>(helmReleasesV1, { name: 'shop', namespace })
}

async function remove(cluster: Cluster, namespace: string): Promise<void> {
  const uid = (await observe(cluster, namespace))?.metadata.uid ?? ''
  await cluster.delete(helmReleasesV1, { name: 'shop', namespace }, { uid })
}

/** What is left in the namespace of a release and what it made. */
async function leftovers(cluster: Cluster, namespace: string): Promise<string[]> {
  const motto = await cluster.get(configMaps, { name: 'motto', namespace })
  const { items } = await cluster.list(secrets, { namespace })
  return [...items.map(({ metadata }) => metadata.name), ...(motto === undefined ? [] : ['motto'])]
}

describe('In the cluster of all', () => {
  let admin: ClusterClient
  beforeAll(async () => {
    admin = await connectAsAdmin()
  })
  afterAll(() => admin?.close())

  test('a HelmRelease v1 becomes Released, and what it made names it', async () => {
    const namespace = await release(admin)

    const { status } = (await observe(admin, namespace)) ?? {}
    expect(status?.revision).toBe(commit)
    expect(status?.conditions).toContainEqual(expect.objectContaining({ type: 'Released', status: 'True' }))
    await eventually('The mark', async () => {
      const motto = await admin.get<KubeObject>(configMaps, { name: 'motto', namespace })
      return motto?.metadata.annotations?.['helm.fluxcd.io/antecedent'] === `${namespace}:helmrelease/shop`
    })
    await remove(admin, namespace)
    await gone(admin, configMaps, 'motto', namespace)
  })
})

describe('In a cluster of its own', () => {
  let own: OwnHelmOperator
  let admin: ClusterClient
  beforeAll(async () => {
    own = await startOwnHelmOperator()
    admin = createClient(await loadKubeconfig(own.kubeconfig))
  })
  afterAll(async () => {
    await admin?.close()
    await own?.stop()
  })

  test('the release of a HelmRelease v1 that is deleted while Helm Operator is down stays for ever', async () => {
    const namespace = await release(admin)
    await own.stopHelmOperator()

    await remove(admin, namespace)
    await own.startHelmOperator()

    // It works again, and through a release that came later it has had its turn.
    await release(admin)
    expect(await leftovers(admin, namespace)).toEqual(['sh.helm.release.v1.shop.v1', 'motto'])
  })
})
