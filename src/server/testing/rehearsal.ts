/**
 * A server with everything around it in memory and its clock in the test's hand: webhooks go in through its routes,
 * and what it does is seen on the code host, in the GitOps repository and in the cluster.
 */
import { createHmac } from 'node:crypto'
import type { Environment } from '../../api/environment.ts'
import { type EnvironmentKind, type EnvironmentObject, environmentKinds } from '../../api/environment-kind.ts'
import type { Repository } from '../../api/repository.ts'
import { changeOf } from '../../core/change-of.ts'
import { readEnvironmentFile } from '../../core/environment-file.ts'
import { createMemoryGitOps, type MemoryGitOps } from '../../gitops/memory.ts'
import type { KubeObject } from '../../kube/cluster.ts'
import { createMemoryCluster, type MemoryCluster } from '../../kube/memory.ts'
import { namespaces, repositories, secrets } from '../../kube/resources.ts'
import { createVirtualClock, type VirtualClock } from '../../kube/virtual-clock.ts'
import { silentLog } from '../../operator/runtime/log.ts'
import { createMemoryCodeHost, type MemoryCodeHost } from '../../scm/memory.ts'
import { createServer, type Server } from '../server.ts'
import { environmentResources } from '../watched-environments.ts'

export const namespace = 'tronador-system'
export const webhookSecret = 'the webhook’s secret'
export const token = 'canary-token-of-the-code-host'
export const gitopsPassword = 'canary-password-of-gitops'

/** A config file that fits every chart of `helm create`. */
export const goodConfig = `application:
  chart_path: deploy
  value_overrides:
    image:
      repository: {{APPLICATION_IMAGE_NAME}}
      tag: {{APPLICATION_IMAGE_TAG}}
`

/** A commit hash that is easy to tell from others: `commit('a')`. */
export function commit(digit: string): string {
  return digit.repeat(40)
}

export interface Rehearsal {
  readonly clock: VirtualClock
  readonly cluster: MemoryCluster
  readonly codeHost: MemoryCodeHost
  readonly gitops: MemoryGitOps
  /** Images in the registry: `name:tag`. */
  readonly images: Set<string>
  readonly server: Server
  /** Ends this server and starts another on the same world. */
  restart(): Promise<Server>
  /** Opens a pull request with the good config file. */
  open(number: number, commit: string): void
  /** Delivers a webhook, signed, and returns the answer's status. */
  deliver(number: number, action?: string): Promise<number>
  /** The commit that the pull request's file stands at, or undefined. */
  deployed(number: number): string | undefined
  /** Our comment on a pull request. */
  comment(number: number): string | undefined
  /** Puts the pull request's file into the cluster, as a GitOps engine does, with this status; or takes it out. */
  sync(number: number, status?: Environment['status']): Promise<void>
  /** The Repository object now. */
  repository(): Promise<Repository | undefined>
}

const path = (number: number) => `acme/shop/pr-${number}.yaml`

/** Sets the stage; the first sweep is done when this resolves. */
export async function rehearse(
  spec: Partial<Repository['spec']> = {},
  gitops = createMemoryGitOps(),
  prepare: (cluster: MemoryCluster) => void = () => {},
): Promise<Rehearsal> {
  const clock = createVirtualClock()
  const cluster = createMemoryCluster({ clock })
  prepare(cluster)
  const codeHost = createMemoryCodeHost()
  const images = new Set<string>()
  await furnish(cluster, spec)

  const start = () =>
    createServer({
      cluster,
      namespace,
      adapters: {
        openScm: () => codeHost,
        openGitOps: async () => gitops,
        openImages: () => ({ exists: async ({ name, tag }) => images.has(`${name}:${tag}`) }),
      },
      clock,
      random: () => 0.5,
      log: silentLog,
      concurrency: 4,
    })
  let server = start()
  await clock.advance(0)

  return {
    clock,
    cluster,
    codeHost,
    gitops,
    images,
    get server() {
      return server
    },
    async restart() {
      await server.stop()
      server = start()
      await clock.advance(0)
      return server
    },
    open(number, head) {
      codeHost.open(number, { commit: head, files: { '.tronador.yaml': goodConfig } })
      images.add(`registry.example.com/shop:${head}`)
    },
    async deliver(number, action = 'synchronized') {
      const { status } = await server.routes.request(`/webhooks/${namespace}/shop`, delivery({ number, action }))
      await clock.settle()
      return status
    },
    deployed: (number) => readEnvironmentFile(gitops.files.get(path(number)) ?? '')?.change?.commit,
    comment: (number) => codeHost.comments.get(number)?.find(({ author }) => author === 'tronador')?.body,
    async sync(number, status) {
      await syncEnvironment(cluster, gitops.files.get(path(number)), number, status)
      await clock.settle()
    },
    repository: () => cluster.get<Repository>(repositories, { namespace, name: 'shop' }),
  }
}

async function furnish(cluster: MemoryCluster, spec: Partial<Repository['spec']>): Promise<void> {
  await cluster.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  const stored = {
    token: { token },
    webhook: { secret: webhookSecret },
    gitops: { username: 'tronador', password: gitopsPassword },
  }
  for (const [name, values] of Object.entries(stored)) {
    const data = Object.fromEntries(Object.entries(values).map(([key, text]) => [key, base64(text)]))
    await cluster.create(secrets, secret(name, data))
  }
  await cluster.create<Repository>(repositories, {
    apiVersion: 'tronador.stakater.com/v1alpha1',
    kind: 'Repository',
    metadata: { name: 'shop', namespace },
    spec: repositorySpec(spec),
  })
}

/** The spec of the rehearsal's repository, as the API server would complete it. */
export function repositorySpec(spec: Partial<Repository['spec']>): Repository['spec'] {
  return {
    provider: 'gitea',
    url: 'https://git.example.com/acme/shop',
    credentialsRef: { name: 'token' },
    webhookSecretRef: { name: 'webhook' },
    kind: 'Environment',
    configFile: '.tronador.yaml',
    gitops: {
      url: 'https://git.example.com/acme/previews.git',
      branch: 'main',
      path: '{owner}/{repository}/pr-{number}.yaml',
      credentialsRef: { name: 'gitops' },
    },
    image: { name: 'registry.example.com/shop', tag: '{commit}', wait: '10m', insecure: false },
    limits: { environments: 50 },
    resync: '5m',
    ...spec,
  }
}

/** A webhook's request; a signature of another secret where one is given. */
export function delivery(
  about: { number: number; action?: string; repository?: string },
  secretOfSender = webhookSecret,
): RequestInit {
  const { number, action = 'synchronized', repository = 'https://git.example.com/acme/shop' } = about
  const body = JSON.stringify({ action, number, repository: { html_url: repository } })
  return {
    method: 'POST',
    body,
    headers: {
      'x-gitea-event': 'pull_request',
      'x-gitea-signature': createHmac('sha256', secretOfSender).update(body).digest('hex'),
    },
  }
}

/** A Secret with its data in base64. */
export function secret(name: string, data: Readonly<Record<string, string>>): KubeObject & { data: object } {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data }
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

async function syncEnvironment(
  cluster: MemoryCluster,
  text: string | undefined,
  number: number,
  status: Environment['status'],
): Promise<void> {
  const { parse } = await import('yaml')
  const object = text === undefined ? undefined : (parse(text) as EnvironmentObject)
  if (object !== undefined) await applyEnvironment(cluster, object, status)
  for (const kind of environmentKinds) {
    if (kind === object?.kind || !(await cluster.serves(environmentResources[kind]))) continue
    const { items } = await cluster.list<EnvironmentObject>(environmentResources[kind])
    for (const item of items.filter((found) => changeOf(found)?.number === number)) {
      const { name, uid = '' } = item.metadata
      await cluster.delete(environmentResources[kind], { name }, { uid })
    }
  }
}

async function applyEnvironment(
  cluster: MemoryCluster,
  object: EnvironmentObject,
  status: Environment['status'],
): Promise<void> {
  const resource = environmentResources[object.kind as EnvironmentKind]
  const applied = await cluster.apply(resource, object, { fieldManager: 'engine', force: true })
  if (status === undefined) return
  const patch = { status: { observedGeneration: applied.metadata.generation, ...status } }
  await cluster.patchStatus(resource, { name: object.metadata.name }, patch)
}

/** Longer than a Repository's default resync: after so many milliseconds a sweep has been. */
export const sweepInterval = 6 * 60_000

/** The developer pushes a commit with the good config file to pull request 7, and the pipeline its image. */
export function push(world: Rehearsal, digit: string): void {
  world.codeHost.push(7, commit(digit), { '.tronador.yaml': goodConfig })
  world.images.add(`registry.example.com/shop:${commit(digit)}`)
}
