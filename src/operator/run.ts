/** The operator as a process: one leader works, and ends in order. */
import { pino } from 'pino'
import type { EnvironmentKind } from '../api/environment-kind.ts'
import { chooseEngine, type EngineSetting } from '../core/engine-choice.ts'
import { createClient } from '../kube/client.ts'
import { systemClock, systemRandom } from '../kube/clock.ts'
import type { Cluster } from '../kube/cluster.ts'
import { findClusterConfig } from '../kube/find-config.ts'
import { startEnvironmentControllers } from './environment-controller.ts'
import { operatorLease } from './lease-name.ts'
import { startHealthServer } from './runtime/health.ts'
import { electLeader, type LeaderElection } from './runtime/lease.ts'
import type { Log } from './runtime/log.ts'
import { createMetrics } from './runtime/metrics.ts'
import { findServedEngines } from './served-engines.ts'

/** What the process is started with. */
export interface RunOptions {
  readonly kubeconfig?: string
  /** The operator's own namespace, where its lease lies. */
  readonly namespace?: string
  readonly serviceAccount: string
  readonly healthPort?: number
  readonly concurrency: number
  readonly trustedRepositories: readonly string[]
  /** What an administrator says of each kind's engine. */
  readonly engines: Readonly<Record<EnvironmentKind, EngineSetting>>
  readonly leaderElection: boolean
  /** Names this process among several: in the lease and in events. */
  readonly instance: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Ends the process in order. */
  readonly stop: AbortSignal
  readonly version: string
}

/** Runs until `stop` aborts. Rejects when it cannot start, or when another process has taken the lead. */
export async function runOperator(options: RunOptions): Promise<void> {
  const log = pino({ name: 'tronador-operator', level: options.env.LOG_LEVEL ?? 'info' })
  const metrics = createMetrics()
  const config = await findClusterConfig(options.kubeconfig, options.env)
  const namespace = options.namespace ?? config.namespace ?? 'tronador-system'
  const cluster = createClient(config, {
    userAgent: `tronador-operator/${options.version}`,
    onRequest: metrics.onRequest,
  })
  // Who waits for the lease is ready to take over; else a rolling update would wait for ever for its new process.
  let notReady: string[] = []
  const health = await (options.healthPort === undefined
    ? undefined
    : startHealthServer({ port: options.healthPort, notReady: () => notReady, registry: metrics.registry }))
  const election = options.leaderElection ? elect(cluster, namespace, options, log) : undefined

  try {
    await Promise.race([election?.acquired, aborted(options.stop)])
    if (options.stop.aborted) return
    metrics.setLeading(operatorLease, true)
    notReady = ['the first lists are not in']
    const served = await findServedEngines(cluster)
    const engines = {
      Environment: chooseEngine(options.engines.Environment, served),
      EnvironmentProvisioner: chooseEngine(options.engines.EnvironmentProvisioner, served),
    }
    const controller = await startEnvironmentControllers({
      cluster,
      settings: { ownNamespace: namespace, trustedRepositories: options.trustedRepositories, engines },
      served,
      identity: { namespace, serviceAccount: options.serviceAccount },
      clock: systemClock,
      random: systemRandom,
      log,
      metrics,
      concurrency: options.concurrency,
      instance: options.instance,
    })
    void controller.ready.then(() => {
      notReady = []
      log.info({ version: options.version, namespace, engines }, 'operator is at work')
    })
    const isLost = await Promise.race([aborted(options.stop), election?.lost.then(() => true) ?? never()])
    // Another may lead already: what is under way must not be written any more.
    if (isLost) await cluster.close()
    await controller.stop()
    if (isLost) throw new Error('another process has taken the lead; this one ends and is started again')
  } finally {
    await election?.release()
    await Promise.all([cluster.close(), health?.close()])
    log.info('operator has stopped')
  }
}

function elect(cluster: Cluster, namespace: string, options: RunOptions, log: Log): LeaderElection {
  const identity = options.instance
  return electLeader({
    cluster,
    namespace,
    name: operatorLease,
    identity,
    clock: systemClock,
    random: systemRandom,
    log,
  })
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}

function never(): Promise<never> {
  return new Promise(() => {})
}
