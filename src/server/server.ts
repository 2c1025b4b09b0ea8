/**
 * The server: watches its repositories and their environments, takes webhooks in, and works through one queue in
 * which each pull request and each sweep is a key. A key is worked on by one at a time, and a burst of hints is one
 * look at the newest state.
 */
import type { Hono } from 'hono'
import type { EnvironmentKind, EnvironmentObject } from '../api/environment-kind.ts'
import type { Repository } from '../api/repository.ts'
import { changeOf } from '../core/change-of.ts'
import { TronadorError } from '../core/errors.ts'
import { identityText } from '../core/identity.ts'
import { reportRepository, type SweepOutcome } from '../core/report-repository.ts'
import type { Clock, Random } from '../kube/clock.ts'
import type { Cluster } from '../kube/cluster.ts'
import { repositories } from '../kube/resources.ts'
import { keyOf } from '../operator/runtime/keys.ts'
import { type Change, createListWatch } from '../operator/runtime/list-watch.ts'
import type { Log } from '../operator/runtime/log.ts'
import { writeStatus } from '../operator/runtime/status.ts'
import { createWorkQueue, type QueueObserver } from '../operator/runtime/work-queue.ts'
import { giteaWebhook } from '../scm/gitea/webhook.ts'
import type { ScmWebhook } from '../scm/scm.ts'
import { type Adapters, createConnector, readWebhookSecrets } from './connection.ts'
import {
  changeKey,
  connectionOf,
  createHostedRepository,
  type HostedRepository,
  memoryOf,
  pullKey,
  replaceObject,
  webhookPath,
} from './hosted-repository.ts'
import { sweepRepository } from './sweep.ts'
import { watchEnvironments } from './watched-environments.ts'
import { createWebhookRoutes, type WebhookTarget } from './webhooks.ts'
import { workOnPullRequest } from './work-on-pull-request.ts'

/** What a server is made with. */
export interface ServerOptions {
  readonly cluster: Cluster
  /** The namespace whose repositories and Secrets are the server's. */
  readonly namespace: string
  readonly adapters: Adapters
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** How many pull requests are worked on at a time. */
  readonly concurrency: number
  /** Told of the queue's doings, for metrics. */
  readonly observer?: QueueObserver
}

/** A running server. */
export interface Server {
  /** Answers webhooks. */
  readonly routes: Hono
  /** Whether the first lists are in, so that webhooks find their repository. */
  isReady(): boolean
  /** Takes nothing up any more and resolves when the work under way is done. */
  stop(): Promise<void>
}

const webhooks: Readonly<Record<Repository['spec']['provider'], ScmWebhook>> = { gitea: giteaWebhook }

/** How long a copy of the webhook's secrets serves, and how soon it is renewed at the earliest. In milliseconds. */
const secretsAge = { longest: 60_000, shortest: 5_000 } as const

/** Refusals of a credential: the Secret is read again before the next try. */
const credentialCodes: ReadonlySet<string> = new Set([
  'GitAuthenticationFailed',
  'RegistryUnauthorized',
  'ScmForbidden',
  'ScmNotFound',
  'ScmUnauthorized',
])

/** Starts at once. */
export function createServer(options: ServerOptions): Server {
  const { cluster, clock, random, log } = options
  const connector = createConnector(cluster, options.adapters)
  const hosted = new Map<string, HostedRepository>()
  const queue = createWorkQueue({
    work,
    concurrency: options.concurrency,
    clock,
    random,
    onFailure: logFailure,
    ...(options.observer === undefined ? {} : { observer: options.observer }),
  })

  const watchedEnvironments = watchEnvironments({ cluster, clock, random, log, onNews: noticeEnvironment })
  const watchedRepositories = createListWatch<Repository>({
    cluster,
    resource: repositories,
    selection: { namespace: options.namespace },
    clock,
    random,
    log,
    onEvent: noticeRepository,
  })

  function noticeRepository({ type, object }: Change<Repository>): void {
    const key = keyOf(object)
    const known = hosted.get(key)
    if (type === 'removed') {
      hosted.delete(key)
      connector.forget(object)
      return
    }
    const changed = known?.object.metadata.generation !== object.metadata.generation
    if (known === undefined) hosted.set(key, createHostedRepository(key, object))
    else if (changed) changeSettings(known, object)
    else known.object = object
    if (changed) queue.add(key)
  }

  /** What was found and rendered with the settings of before is looked at and rendered anew. */
  function changeSettings(repository: HostedRepository, object: Repository): void {
    replaceObject(repository, object)
    for (const number of repository.pulls.keys()) {
      if (isClosed(repository, number)) continue
      memoryOf(repository, number).commit = undefined
      wake(repository, number)
    }
  }

  /** The cluster has news of an environment: its pull request is told, and nothing else is asked. */
  function noticeEnvironment(object: EnvironmentObject): void {
    const change = changeOf(object)
    if (change === undefined) return
    const of = changeKey(change.repository, change.number)
    for (const repository of hosted.values()) {
      const isKnown = repository.pulls.has(change.number) && pullKey(repository, change.number) === of
      if (isKnown) queue.add(`${repository.key}#${change.number}`)
    }
  }

  function environmentOf(
    repository: HostedRepository,
    number: number,
    wanted: EnvironmentKind,
  ): EnvironmentObject | undefined {
    const key = pullKey(repository, number)
    return key === undefined ? undefined : watchedEnvironments.find(key, wanted)
  }

  /** Numbers of the pull requests whose environments stand in the cluster. */
  function numbersInCluster({ identity }: HostedRepository): number[] {
    return identity === undefined ? [] : watchedEnvironments.numbersOf(identityText(identity))
  }

  /** Something says that this pull request is not what it was: the code host is asked. */
  function wake(repository: HostedRepository, number: number, hintedAt?: number): void {
    const memory = memoryOf(repository, number)
    memory.revision += 1
    memory.mustRead = true
    if (hintedAt !== undefined) memory.hintedAt ??= hintedAt
    queue.add(`${repository.key}#${number}`)
  }

  async function work(key: string): Promise<{ againAfter?: number }> {
    const [name = '', number] = key.split('#')
    const repository = hosted.get(name)
    if (repository === undefined) return {}
    if (number === undefined) return sweep(repository)
    return workOn(repository, Number(number))
  }

  async function workOn(repository: HostedRepository, number: number): Promise<{ againAfter?: number }> {
    const wasClosed = repository.pulls.has(number) && isClosed(repository, number)
    try {
      const connection = await connectionOf(repository, connector.connect)
      const environment = () => environmentOf(repository, number, connection.settings.spec.kind)
      const warn = (error: unknown) =>
        log.warn({ key: `${repository.key}#${number}`, ...describeError(error) }, 'overtaken runs could not be ended')
      return await workOnPullRequest({ hosted: repository, connection, number, environment, now: clock.now, warn })
    } catch (error) {
      if (error instanceof TronadorError && credentialCodes.has(error.code)) repository.connection = undefined
      throw error
    } finally {
      if (!wasClosed && isClosed(repository, number)) wakeWaiting(repository)
    }
  }

  /** A place is free: those that wait for one look again. */
  function wakeWaiting(repository: HostedRepository): void {
    for (const [number, { standing }] of repository.pulls) {
      if (standing?.state.kind === 'limit') wake(repository, number)
    }
  }

  async function sweep(repository: HostedRepository): Promise<{ againAfter?: number }> {
    // Both are held here: a newer object may come while this goes on.
    const { object } = repository
    try {
      const connection = await connector.connect(object)
      repository.connection = connection
      const swept = await sweepRepository(repository, connection, {
        inCluster: () => numbersInCluster(repository),
        wake: (number) => wake(repository, number),
      })
      await reportSweep(repository, object, swept)
      return { againAfter: connection.settings.resync * (0.9 + random() / 5) }
    } catch (error) {
      // That the status cannot be written either must not hide why.
      await reportSweep(repository, object, { error }).catch(() => {})
      throw error
    }
  }

  /** Nothing is said of an object that is no more as it was swept: the next sweep is on its way. */
  async function reportSweep(repository: HostedRepository, swept: Repository, outcome: SweepOutcome): Promise<void> {
    const { object } = repository
    if (object.metadata.generation !== swept.metadata.generation) return
    const status = reportRepository(object, outcome, webhookPath(object), clock.now())
    const written = await writeStatus(cluster, repositories, object, { ...status })
    watchedRepositories.note(written)
    // Unless the watch has brought something newer meanwhile.
    if (repository.object === object) repository.object = written
  }

  function logFailure(key: string, error: unknown, retryAfter: number): void {
    log.warn({ key, ...describeError(error), retryAfter }, 'work failed, trying again later')
  }

  function findTarget(namespace: string, name: string): WebhookTarget | undefined {
    const repository = hosted.get(`${namespace}/${name}`)
    if (repository?.identity === undefined) return undefined
    return {
      webhook: webhooks[repository.object.spec.provider],
      repository: repository.identity,
      secrets: (renew) => readSecrets(repository, renew),
      accept: ({ number }) => wake(repository, number, clock.now()),
    }
  }

  /** However many knock at once, and whatever it comes to: one reading, and none sooner than {@link secretsAge} says. */
  function readSecrets(repository: HostedRepository, renew: boolean): Promise<readonly string[]> {
    const known = repository.webhookSecrets
    const age = clock.now() - (known?.at ?? Number.NEGATIVE_INFINITY)
    if (known !== undefined && age < (renew ? secretsAge.shortest : secretsAge.longest)) return known.values
    const at = clock.now()
    const values = readWebhookSecrets(cluster, repository.object)
    repository.webhookSecrets = { values, at }
    values.catch(() => {
      const isNewest = repository.webhookSecrets?.values === values
      if (isNewest) repository.webhookSecrets = { values, at: at - secretsAge.longest + secretsAge.shortest }
    })
    return values
  }

  return {
    routes: createWebhookRoutes({
      find: findTarget,
      decoy: giteaWebhook,
      log: (fields, message) => log.info(fields, message),
    }),
    isReady: () => watchedRepositories.isSynced() && watchedEnvironments.isSynced(),
    async stop() {
      await Promise.all([watchedRepositories.stop(), watchedEnvironments.stop(), queue.stop()])
    },
  }
}

/** Whether a pull request was found closed; what is over and said is forgotten. */
function isClosed({ pulls }: HostedRepository, number: number): boolean {
  const memory = pulls.get(number)
  return memory === undefined || memory.standing?.state.kind === 'closed'
}

function describeError(error: unknown): { code: string | undefined; error: string } {
  return {
    code: error instanceof TronadorError ? error.code : undefined,
    error: error instanceof Error ? error.message : String(error),
  }
}
