/** What an administrator sets up once: Tronador's rights, Flux's eye on the GitOps repository, the Repository. */
import { randomBytes } from 'node:crypto'
import type { EnvironmentKind } from '../../src/api/environment-kind.ts'
import type { Repository } from '../../src/api/repository.ts'
import type { Cluster, KubeObject, Resource } from '../../src/kube/cluster.ts'
import { gitRepositories, kustomizations, namespaces, repositories, secrets } from '../../src/kube/resources.ts'
import { type CodeHost, owner, repository } from './code-host.ts'
import { applyManifests } from './manifests.ts'
import { waitFor } from './stage.ts'

/** Namespace of Tronador's own objects. */
export const tronadorNamespace = 'tronador-system'
const fluxNamespace = 'flux-system'

/** Tronador's namespace, service accounts and rights. */
export async function grantRights(cluster: Cluster): Promise<void> {
  await apply(cluster, namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: tronadorNamespace } })
  await applyManifests(cluster, ['deploy/operator.yaml', 'deploy/server.yaml', 'deploy/confined.yaml'])
}

/** Has Flux apply whatever lies in the GitOps repository, and remove what leaves it. */
export async function connectFlux(cluster: Cluster, codeHost: CodeHost): Promise<void> {
  const metadata = { name: 'previews', namespace: fluxNamespace }
  const credentials = { username: codeHost.flux.user, password: codeHost.flux.token }
  await apply(cluster, secrets, { apiVersion: 'v1', kind: 'Secret', metadata, stringData: credentials })
  await apply(cluster, gitRepositories, {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata,
    // Teams let their code host call Flux; here Flux looks every second.
    spec: {
      interval: '1s',
      url: codeHost.gitopsCloneUrl,
      ref: { branch: 'main' },
      secretRef: { name: metadata.name },
    },
  })
  await apply(cluster, kustomizations, {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata,
    spec: {
      interval: '1m',
      retryInterval: '2s',
      path: './',
      prune: true,
      force: false,
      sourceRef: { kind: 'GitRepository', name: metadata.name },
    },
  })
}

/**
 * Tells Tronador of the application's repository and the code host of Tronador.
 * @param server address of the Tronador server, `http://127.0.0.1:PORT`.
 * @param kind what is committed for each pull request; the Repository's own default where absent.
 */
export async function connectRepository(
  cluster: Cluster,
  codeHost: CodeHost,
  options: {
    readonly imageName: string
    /** As in the Repository's `spec.image.tag`; its default where absent. */
    readonly imageTag?: string
    readonly server: string
    readonly kind?: EnvironmentKind
  },
): Promise<void> {
  const webhookSecret = randomBytes(32).toString('hex')
  const { user, token } = codeHost.tronador
  const stored = {
    'shop-token': { token },
    'shop-webhook': { secret: webhookSecret },
    gitops: { username: user, password: token },
  }
  for (const [name, stringData] of Object.entries(stored))
    await apply(cluster, secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: tronadorNamespace },
      stringData,
    })
  await apply(cluster, repositories, {
    apiVersion: 'tronador.stakater.com/v1alpha1',
    kind: 'Repository',
    metadata: { name: repository, namespace: tronadorNamespace },
    spec: {
      provider: 'gitea',
      url: codeHost.repositoryUrl,
      credentialsRef: { name: 'shop-token' },
      webhookSecretRef: { name: 'shop-webhook' },
      ...(options.kind !== undefined && { kind: options.kind }),
      gitops: { url: codeHost.gitopsCloneUrl, credentialsRef: { name: 'gitops' } },
      image: {
        name: options.imageName,
        ...(options.imageTag !== undefined && { tag: options.imageTag }),
        insecure: true,
        // A first build takes minutes on a machine that does everything else besides.
        wait: '10m',
      },
    },
  })
  const path = await waitFor('The webhook’s path in the status of the Repository', async () => {
    const found = await cluster.get<Repository>(repositories, { name: repository, namespace: tronadorNamespace })
    const { webhookPath, conditions } = found?.status ?? {}
    const ready = conditions?.find((condition) => condition.type === 'Ready')
    if (webhookPath !== undefined && ready?.status === 'True') return { found: webhookPath }
    return { still: ready?.message ?? 'no status yet' }
  })
  const url = new URL(path, options.server).href
  await codeHost.admin.createHook(owner, repository, { url, secret: webhookSecret, event: 'pull_request' })
}

function apply(
  cluster: Cluster,
  resource: Resource,
  object: KubeObject & Record<string, unknown>,
): Promise<KubeObject> {
  return cluster.apply(resource, object, { fieldManager: 'local-demo', force: true })
}
