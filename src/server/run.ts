/** The server as a process: real adapters, ports, a log, and an orderly end. */
import { pino } from 'pino'
import { createGit } from '../gitops/git.ts'
import { createRegistry } from '../images/registry.ts'
import { createClient } from '../kube/client.ts'
import { sleep, systemClock, systemRandom } from '../kube/clock.ts'
import { findClusterConfig } from '../kube/find-config.ts'
import { type ClusterConfig, KubeconfigError } from '../kube/kubeconfig.ts'
import { type HealthServer, startHealthServer } from '../operator/runtime/health.ts'
import { createMetrics } from '../operator/runtime/metrics.ts'
import { createGitea } from '../scm/gitea/index.ts'
import { type Address, type Listener, listen } from './listen.ts'
import { createServer } from './server.ts'

/** What the process is started with. */
export interface RunOptions {
  readonly kubeconfig?: string
  readonly namespace?: string
  readonly listen: Address
  readonly healthPort?: number
  readonly concurrency: number
  /** Folder in which copies of GitOps repositories are made. */
  readonly dataFolder: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Ends the process in order. */
  readonly stop: AbortSignal
  readonly version: string
}

/** Runs until `stop` aborts. Rejects when it cannot start. */
export async function runServer(options: RunOptions): Promise<void> {
  const log = pino({ name: 'tronador-server', level: options.env.LOG_LEVEL ?? 'info' })
  const metrics = createMetrics()
  const config = await findClusterConfig(options.kubeconfig, options.env)
  const namespace = namespaceOf(options, config)
  const cluster = createClient(config, {
    userAgent: `tronador-server/${options.version}`,
    onRequest: metrics.onRequest,
  })
  const git = createGit({
    folder: options.dataFolder,
    environment: options.env,
    now: () => new Date(systemClock.now()),
    random: systemRandom,
    sleep: (milliseconds) => sleep(systemClock, milliseconds),
  })
  const server = createServer({
    cluster,
    namespace,
    adapters: {
      openScm: ({ spec }, token) => createGitea({ url: spec.url, token }),
      openGitOps: git.open,
      openImages: createRegistry,
    },
    clock: systemClock,
    random: systemRandom,
    log,
    concurrency: options.concurrency,
    observer: metrics.ofController('server').queue,
  })
  let listener: Listener | undefined
  let health: HealthServer | undefined
  try {
    listener = await listen(server.routes, options.listen)
    health = await serveHealth(options, () => (server.isReady() ? [] : ['the first lists are not in']), metrics)
    log.info({ port: listener.port, version: options.version }, 'server is listening')
    await aborted(options.stop)
  } finally {
    // A port that is taken ends here too: what runs already would keep the process alive for ever.
    await Promise.all([listener?.close(), server.stop()])
    await Promise.all([git.close(), cluster.close(), health?.close()])
    log.info('server has stopped')
  }
}

function serveHealth(
  { healthPort }: RunOptions,
  notReady: () => readonly string[],
  { registry }: ReturnType<typeof createMetrics>,
): Promise<HealthServer> | undefined {
  return healthPort === undefined ? undefined : startHealthServer({ port: healthPort, notReady, registry })
}

function namespaceOf({ namespace }: RunOptions, config: ClusterConfig): string {
  const name = namespace ?? config.namespace
  if (name !== undefined) return name
  throw new KubeconfigError('No namespace is named for the Repository objects; give --namespace NAME')
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
