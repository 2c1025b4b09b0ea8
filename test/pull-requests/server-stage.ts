/**
 * The stage of the server's test: `tronador server` as a process of its own, with its own rights, between a real
 * Gitea, a real API server and a GitOps repository. The registry answers by hand, and the test itself plays the
 * GitOps engine and the operator.
 */

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { applyManifests } from '../../local/demo/manifests.ts'
import { freePort } from '../../local/free-port.ts'
import { type GiteaApi, giteaApi } from '../../local/gitea/api.ts'
import type { Gitea } from '../../local/gitea/index.ts'
import { createWorkingCopy, type WorkingCopy } from '../../local/gitea/working-copy.ts'
import { writeServiceAccountKubeconfig } from '../../local/kubeconfig-file.ts'
import type { RunningProcess } from '../../local/process.ts'
import type { Environment, EnvironmentStatus } from '../../src/api/environment.ts'
import { type ClusterClient, createClient } from '../../src/kube/client.ts'
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts'
import { environments, namespaces, repositories, secrets } from '../../src/kube/resources.ts'
import { startServerProcess } from '../server-process.ts'

const id = randomBytes(4).toString('hex')
const owner = `acme-${id}`
export const namespace = 'tronador-system'
export const repository = `shop-${id}`
const account = { namespace, serviceAccount: 'tronador-server' }
const config = `application:
  chart_path: deploy
  value_overrides:
    image:
      repository: {{APPLICATION_IMAGE_NAME}}
      tag: {{APPLICATION_IMAGE_TAG}}
`

/** Everything around the server, and what people do there. */
export interface Stage {
  /** The administrator's access to the cluster. */
  readonly cluster: ClusterClient
  /** Tags that the registry holds. */
  readonly images: Set<string>
  /** What no log may hold. */
  readonly canaries: readonly string[]
  startServer(): Promise<RunningProcess>
  /** Pushes a commit to a branch of the application. */
  push(branch: string, text: string): Promise<string>
  openPullRequest(branch: string, title: string): Promise<number>
  closePullRequest(number: number): Promise<void>
  /** The comments that bear the server's marker, in one text each. */
  comments(number: number): Promise<readonly string[]>
  /** The server's commit status. */
  status(commit: string): Promise<{ status: string; description: string; target_url: string } | undefined>
  /** The pull request's environment in the GitOps repository. */
  file(number: number): Promise<Environment | undefined>
  /** Puts the file into the cluster with a status; without an outcome takes out what is there. */
  playCluster(number: number, outcome?: Outcome): Promise<void>
  end(): Promise<void>
}

/** How the played cluster ends. */
export interface Outcome {
  readonly ready: boolean
  readonly url?: string
  readonly trouble?: string
}

/** Sets the stage; the server does not run yet. */
export async function setStage(gitea: Gitea, adminKubeconfig: string): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'server-test-'))
  const cluster = createClient(await loadKubeconfig(adminKubeconfig))
  const images = new Set<string>()
  const registry = createServer(({ url }, response) =>
    response.writeHead(images.has(url?.split('/').at(-1) ?? '') ? 200 : 404).end(),
  )
  const webhookSecret = randomBytes(16).toString('hex')
  const people = await invitePeople(gitea, folder)
  const kubeconfig = await grantRights(cluster, adminKubeconfig)
  const ports = [await freePort(), await freePort()] as const
  await connectRepository(cluster, {
    giteaUrl: gitea.url,
    token: people.token,
    webhookSecret,
    registryPort: await listenAnywhere(registry),
  })
  await people.admin.createHook(owner, repository, {
    url: `http://127.0.0.1:${ports[0]}/webhooks/${namespace}/${repository}`,
    secret: webhookSecret,
    event: 'pull_request',
  })
  const file = (number: number) => readFile(people.developer, number)

  return {
    cluster,
    images,
    canaries: [people.token, webhookSecret],
    startServer: () => startServerProcess({ kubeconfig, namespace, folder, ports }),
    push: (branch, text) => people.copy.commitAndPush(branch, 'Change', { 'page.txt': `${text}\n` }),
    openPullRequest: async (branch, title) =>
      (await people.developer.openPullRequest(owner, repository, { head: branch, title })).number,
    closePullRequest: (number) => people.developer.closePullRequest(owner, repository, number),
    comments: async (number) =>
      (await people.developer.comments(owner, repository, number))
        .map(({ body }) => body)
        .filter((body) => body.includes('<!-- tronador:preview -->')),
    status: async (commit) =>
      (await people.developer.statuses(owner, repository, commit)).find(
        ({ context }) => context === 'tronador/preview',
      ),
    file,
    playCluster: async (number, outcome) => playCluster(cluster, number, await file(number), outcome),
    async end() {
      registry.close()
      await cluster.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** An organisation with two repositories, a developer in them, and the server's account. */
async function invitePeople(gitea: Gitea, folder: string) {
  const admin = giteaApi(gitea.url, { name: gitea.adminUser, password: gitea.adminPassword })
  await admin.createOrganisation(owner)
  for (const name of [repository, 'previews']) await admin.createRepository(owner, name)
  const token = await createAccount(admin, `tronador-${id}`, ['write:repository', 'write:issue', 'read:user'])
  const user = `dana-${id}`
  const theirs = await createAccount(admin, user, ['write:repository', 'write:issue'])
  const author = { name: 'Dana', email: 'dana@example.com' }
  const clone = (name: string): Promise<WorkingCopy> => {
    const cloneUrl = `${gitea.url}/${owner}/${name}.git`
    return createWorkingCopy({ folder: join(folder, name), cloneUrl, user, token: theirs, author })
  }
  const copy = await clone(repository)
  await copy.commitAndPush('main', 'First', { '.tronador.yaml': config })
  await (await clone('previews')).commitAndPush('main', 'First', { 'README.md': '# Previews\n' })
  return { admin, token, developer: giteaApi(gitea.url, { token: theirs }), copy }
}

async function createAccount(admin: GiteaApi, user: string, scopes: string[]): Promise<string> {
  await admin.createUser(user, randomBytes(12).toString('hex'))
  for (const name of [repository, 'previews']) await admin.addCollaborator(owner, name, user, 'write')
  return admin.createToken(user, scopes)
}

async function grantRights(cluster: ClusterClient, adminKubeconfig: string): Promise<string> {
  const apply = { fieldManager: 'test', force: true }
  await cluster.apply(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, apply)
  await applyManifests(cluster, ['deploy/server.yaml'])
  return writeServiceAccountKubeconfig(adminKubeconfig, account)
}

async function connectRepository(
  cluster: ClusterClient,
  options: { giteaUrl: string; token: string; webhookSecret: string; registryPort: number },
): Promise<void> {
  const { giteaUrl, token, webhookSecret, registryPort } = options
  const stored = {
    [`token-${id}`]: { token },
    [`webhook-${id}`]: { secret: webhookSecret },
    [`gitops-${id}`]: { username: `tronador-${id}`, password: token },
  }
  for (const [name, stringData] of Object.entries(stored)) {
    await cluster.create(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace },
      stringData,
    } as never)
  }
  await cluster.create(repositories, {
    apiVersion: 'tronador.stakater.com/v1alpha1',
    kind: 'Repository',
    metadata: { name: repository, namespace },
    spec: {
      provider: 'gitea',
      url: `${giteaUrl}/${owner}/${repository}`,
      credentialsRef: { name: `token-${id}` },
      webhookSecretRef: { name: `webhook-${id}` },
      gitops: { url: `${giteaUrl}/${owner}/previews.git`, credentialsRef: { name: `gitops-${id}` } },
      image: { name: `127.0.0.1:${registryPort}/shop`, insecure: true },
    },
  } as never)
}

async function readFile(developer: GiteaApi, number: number): Promise<Environment | undefined> {
  const path = `${owner}/${repository}/pr-${number}.yaml`
  const files = await developer.files(owner, 'previews', 'main')
  if (!files.includes(path)) return undefined
  return parse(await developer.file(owner, 'previews', path, 'main')) as Environment
}

async function playCluster(
  cluster: ClusterClient,
  number: number,
  file: Environment | undefined,
  outcome: Outcome | undefined,
): Promise<void> {
  if (outcome === undefined) {
    const { items } = await cluster.list<Environment>(environments)
    const standing = items.find(({ spec }) => spec.change?.number === number && spec.change.repository.includes(owner))
    const { name = '', uid = '' } = standing?.metadata ?? {}
    return cluster.delete(environments, { name }, { uid })
  }
  if (file === undefined) throw new Error(`There is no file of pull request ${number}.`)
  const applied = await cluster.apply<Environment>(environments, file, { fieldManager: 'engine', force: true })
  const status = statusOf(outcome, applied.metadata.generation ?? 0, file.spec.change?.commit ?? '')
  await cluster.patchStatus(environments, { name: file.metadata.name }, { status })
}

function statusOf({ ready, trouble, url }: Outcome, observedGeneration: number, commit: string): EnvironmentStatus {
  const since = new Date().toISOString()
  const workloads = { name: 'workloads', state: ready ? 'Done' : 'Failed', since } as const
  return {
    observedGeneration,
    conditions: [
      { type: 'Ready', status: ready ? 'True' : 'False', reason: 'Test', message: '', lastTransitionTime: since },
    ],
    stages: [
      { name: 'namespace', state: 'Done', since },
      trouble === undefined ? workloads : { ...workloads, message: trouble },
    ],
    ...(url === undefined ? {} : { urls: [url], url }),
    ...(ready ? { commit } : {}),
  }
}

function listenAnywhere(listener: Server): Promise<number> {
  return new Promise((resolve) =>
    listener.listen(0, '127.0.0.1', () => resolve((listener.address() as AddressInfo).port)),
  )
}
