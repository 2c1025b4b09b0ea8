/**
 * `tronador server` as a process of its own, with its own rights, between a real Gitea, a real API server and a
 * GitOps repository. The registry answers by hand, and this test plays the GitOps engine and the operator.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { parse } from 'yaml'
import { applyManifests } from '../../local/demo/manifests.ts'
import { type GiteaApi, giteaApi } from '../../local/gitea/api.ts'
import { createWorkingCopy, type WorkingCopy } from '../../local/gitea/working-copy.ts'
import { writeServiceAccountKubeconfig } from '../../local/kubeconfig-file.ts'
import { type RunningProcess, startProcess } from '../../local/process.ts'
import type { Environment, EnvironmentStatus } from '../../src/api/environment.ts'
import type { Repository } from '../../src/api/repository.ts'
import { type ClusterClient, createClient } from '../../src/kube/client.ts'
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts'
import { environments, namespaces, repositories, secrets } from '../../src/kube/resources.ts'

const id = randomBytes(4).toString('hex')
const owner = `acme-${id}`
const namespace = 'tronador-system'
const repository = `shop-${id}`
/** Milliseconds that anything may take on a machine that has other things to do. */
const patience = 60_000
const webhookSecret = randomBytes(16).toString('hex')
const config = `application:
  chart_path: deploy
  value_overrides:
    image:
      repository: {{APPLICATION_IMAGE_NAME}}
      tag: {{APPLICATION_IMAGE_TAG}}
`

let folder: string
let admin: GiteaApi
let developer: GiteaApi
let token: string
let copy: WorkingCopy
let cluster: ClusterClient
let server: RunningProcess
let registry: Server
let serverUrl: string
let healthPort: number
let started: () => Promise<RunningProcess>
const images = new Set<string>()

beforeAll(async () => {
  const gitea = inject('gitea')
  folder = await mkdtemp(join(tmpdir(), 'server-test-'))
  cluster = createClient(await loadKubeconfig(inject('kubeconfig')))
  registry = createServer(({ url }, response) =>
    response.writeHead(images.has(url?.split('/').at(-1) ?? '') ? 200 : 404).end(),
  )
  const registryPort = await listenAnywhere(registry)

  admin = giteaApi(gitea.url, { name: gitea.adminUser, password: gitea.adminPassword })
  await admin.createOrganisation(owner)
  for (const name of [repository, 'previews']) await admin.createRepository(owner, name)
  const ours = await createAccount(`tronador-${id}`, ['write:repository', 'write:issue', 'read:user'])
  const theirs = await createAccount(`dana-${id}`, ['write:repository', 'write:issue'])
  token = ours
  developer = giteaApi(gitea.url, { token: theirs })
  const author = { name: 'Dana', email: 'dana@example.com' }
  const clone = (name: string) =>
    createWorkingCopy({
      folder: join(folder, name),
      cloneUrl: `${gitea.url}/${owner}/${name}.git`,
      user: `dana-${id}`,
      token: theirs,
      author,
    })
  copy = await clone(repository)
  await copy.commitAndPush('main', 'First', { '.tronador.yaml': config })
  await (await clone('previews')).commitAndPush('main', 'First', { 'README.md': '# Previews\n' })

  const kubeconfig = await grantRights()
  const ports = [await freePort(), await freePort()] as const
  serverUrl = `http://127.0.0.1:${ports[0]}`
  healthPort = ports[1]
  started = () => startServer(kubeconfig, ports)
  server = await started()
  await connectRepository(gitea.url, registryPort)
  await admin.createHook(owner, repository, {
    url: `${serverUrl}/webhooks/${namespace}/${repository}`,
    secret: webhookSecret,
    event: 'pull_request',
  })
})

afterAll(async () => {
  await server?.stop()
  registry?.close()
  await cluster?.close()
  await rm(folder, { recursive: true, force: true })
})

test('a repository that is connected says so, and where its webhook points', async () => {
  const status = async () => (await cluster.get<Repository>(repositories, { name: repository, namespace }))?.status
  await expect.poll(status, { timeout: patience }).toMatchObject({
    conditions: [{ type: 'Ready', status: 'True', reason: 'RepositoryInStep' }],
    webhookPath: `/webhooks/${namespace}/${repository}`,
    openPullRequests: 0,
    environments: 0,
  })
})

test('a pull request lives: opened, awaited, deployed, pushed to, closed', async () => {
  const first = await copy.commitAndPush('change', 'Change', { 'page.txt': 'one\n' })
  const { number } = await developer.openPullRequest(owner, repository, { head: 'change', title: 'Ping @everyone `x`' })
  await expectComment(number, '### ⏳ Preview waits for its image')
  expect(await fileOf(number)).toBeUndefined()

  images.add(first)
  await expect
    .poll(() => fileOf(number), { timeout: patience })
    .toMatchObject({
      kind: 'Environment',
      spec: { change: { provider: 'gitea', number, commit: first, branch: 'change' } },
    })
  await expectComment(number, '### ⏳ Preview is on its way')
  expect(await statusOf(first)).toMatchObject({ status: 'pending', description: 'On its way' })

  await playCluster(number, { ready: true, url: 'http://shop.example.com/' })
  await expectComment(number, '### ✅ Preview is ready')
  await expectComment(number, '**<http://shop.example.com/>**')
  await expect
    .poll(() => statusOf(first), { timeout: patience })
    .toMatchObject({
      status: 'success',
      target_url: 'http://shop.example.com/',
    })

  const second = await copy.commitAndPush('change', 'More', { 'page.txt': 'two\n' })
  images.add(second)
  await expect.poll(async () => (await fileOf(number))?.spec.change?.commit, { timeout: patience }).toBe(second)
  await expectComment(number, 'An earlier commit still answers at <http://shop.example.com/>.')
  await playCluster(number, { ready: false, trouble: 'Deployment/shop: ImagePullBackOff | `x` @dana' })
  await expectComment(number, '### ❌ Preview failed at: Workloads')
  await expect.poll(() => statusOf(second), { timeout: patience }).toMatchObject({ status: 'failure' })

  await developer.closePullRequest(owner, repository, number)
  await expect.poll(() => fileOf(number), { timeout: patience }).toBeUndefined()
  await expectComment(number, '### ⏳ Preview is being removed')
  await playCluster(number, undefined)
  await expectComment(number, '### Preview removed')
  expect(
    (await developer.comments(owner, repository, number)).filter(({ body }) => body.includes('tronador')),
  ).toHaveLength(1)
})

test('what happened while the server was down is made good when it comes back', async () => {
  const closed = await openAndDeploy('closed-meanwhile')
  await server.stop()
  await developer.closePullRequest(owner, repository, closed)
  const commit = await copy.commitAndPush('opened-meanwhile', 'Change', { 'page.txt': 'opened meanwhile\n' })
  images.add(commit)
  const opened = await developer.openPullRequest(owner, repository, {
    head: 'opened-meanwhile',
    title: 'Opened meanwhile',
  })
  server = await started()

  await expect.poll(async () => (await fileOf(opened.number))?.spec.change?.commit, { timeout: patience }).toBe(commit)
  await expect.poll(() => fileOf(closed), { timeout: patience }).toBeUndefined()
})

test('the server may read what it needs and nothing else', async () => {
  const own = createClient(await loadKubeconfig(await writeServiceAccountKubeconfig(inject('kubeconfig'), account)))
  const refused = { reason: 'Forbidden' }
  await expect(own.list(secrets, { namespace })).rejects.toMatchObject(refused)
  await expect(own.list(namespaces)).rejects.toMatchObject(refused)
  await expect(own.get(secrets, { namespace: 'default', name: 'x' })).rejects.toMatchObject(refused)
  await expect(own.delete(environments, { name: 'x' }, { uid: 'x' })).rejects.toMatchObject(refused)
  await own.close()
})

test('its log holds no token and no secret', async () => {
  const log = await readFile(server.log, 'utf8')
  expect(log).toContain('webhook accepted')
  for (const secret of [token, webhookSecret]) expect(log).not.toContain(secret)
})

const account = { namespace, serviceAccount: 'tronador-server' }

async function createAccount(user: string, scopes: string[]): Promise<string> {
  await admin.createUser(user, randomBytes(12).toString('hex'))
  for (const name of [repository, 'previews']) await admin.addCollaborator(owner, name, user, 'write')
  return admin.createToken(user, scopes)
}

async function grantRights(): Promise<string> {
  const apply = { fieldManager: 'test', force: true }
  await cluster.apply(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, apply)
  await applyManifests(cluster, ['deploy/server.yaml'])
  return writeServiceAccountKubeconfig(inject('kubeconfig'), account)
}

function startServer(kubeconfig: string, [port, health]: readonly [number, number]): Promise<RunningProcess> {
  const root = join(import.meta.dirname, '..', '..')
  const ends = ['--listen', `127.0.0.1:${port}`, '--health-port', String(health), '--data-folder', folder]
  return startProcess({
    name: 'tronador-server',
    command: process.execPath,
    args: ['src/main.ts', 'server', '--kubeconfig', kubeconfig, '--namespace', namespace, ...ends],
    cwd: root,
    logs: folder,
    ready: async () => (await fetch(`http://127.0.0.1:${healthPort}/readyz`)).ok,
    grace: 10,
  })
}

async function connectRepository(giteaUrl: string, registryPort: number): Promise<void> {
  const stored = {
    [`token-${id}`]: { token },
    [`webhook-${id}`]: { secret: webhookSecret },
    [`gitops-${id}`]: { username: `tronador-${id}`, password: token },
  }
  for (const [name, stringData] of Object.entries(stored)) {
    const metadata = { name, namespace }
    await cluster.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata, stringData } as never)
  }
  const spec = {
    provider: 'gitea',
    url: `${giteaUrl}/${owner}/${repository}`,
    credentialsRef: { name: `token-${id}` },
    webhookSecretRef: { name: `webhook-${id}` },
    gitops: { url: `${giteaUrl}/${owner}/previews.git`, credentialsRef: { name: `gitops-${id}` } },
    image: { name: `127.0.0.1:${registryPort}/shop`, insecure: true },
  }
  const metadata = { name: repository, namespace }
  await cluster.create(repositories, {
    apiVersion: 'tronador.stakater.com/v1alpha1',
    kind: 'Repository',
    metadata,
    spec,
  } as never)
}

async function openAndDeploy(branch: string): Promise<number> {
  images.add(await copy.commitAndPush(branch, 'Change', { 'page.txt': `${branch}\n` }))
  const { number } = await developer.openPullRequest(owner, repository, { head: branch, title: branch })
  await expect.poll(() => fileOf(number), { timeout: patience }).toBeDefined()
  return number
}

const pathOf = (number: number) => `${owner}/${repository}/pr-${number}.yaml`

async function fileOf(number: number): Promise<Environment | undefined> {
  const files = await developer.files(owner, 'previews', 'main')
  if (!files.includes(pathOf(number))) return undefined
  return parse(await developer.file(owner, 'previews', pathOf(number), 'main')) as Environment
}

async function expectComment(number: number, text: string): Promise<void> {
  const bodies = async () => (await developer.comments(owner, repository, number)).map(({ body }) => body).join('\n')
  await expect.poll(bodies, { timeout: patience }).toContain(text)
}

async function statusOf(commit: string) {
  return (await developer.statuses(owner, repository, commit)).find(({ context }) => context === 'tronador/preview')
}

/** Puts the file into the cluster with a status, or takes out what is there. */
async function playCluster(
  number: number,
  outcome: { ready: boolean; url?: string; trouble?: string } | undefined,
): Promise<void> {
  const { items } = await cluster.list<Environment>(environments)
  const standing = items.find(({ spec }) => spec.change?.number === number && spec.change.repository.includes(owner))
  if (outcome === undefined) {
    const { name = '', uid = '' } = standing?.metadata ?? {}
    await cluster.delete(environments, { name }, { uid })
    return
  }
  const object = await fileOf(number)
  if (object === undefined) throw new Error(`There is no file of pull request ${number}.`)
  const applied = await cluster.apply<Environment>(environments, object, { fieldManager: 'engine', force: true })
  const since = new Date().toISOString()
  const { ready, trouble, url } = outcome
  const status: EnvironmentStatus = {
    observedGeneration: applied.metadata.generation ?? 0,
    conditions: [
      { type: 'Ready', status: ready ? 'True' : 'False', reason: 'Test', message: '', lastTransitionTime: since },
    ],
    stages: [
      { name: 'namespace', state: 'Done', since },
      {
        name: 'workloads',
        state: ready ? 'Done' : 'Failed',
        since,
        ...(trouble === undefined ? {} : { message: trouble }),
      },
    ],
    ...(url === undefined ? {} : { urls: [url], url }),
    ...(ready ? { commit: object.spec.change?.commit ?? '' } : {}),
  }
  await cluster.patchStatus(environments, { name: object.metadata.name }, { status })
}

function listenAnywhere(listener: Server): Promise<number> {
  return new Promise((resolve) =>
    listener.listen(0, '127.0.0.1', () => resolve((listener.address() as AddressInfo).port)),
  )
}

async function freePort(): Promise<number> {
  const probe = createServer()
  const port = await listenAnywhere(probe)
  await new Promise((resolve) => probe.close(resolve))
  return port
}
