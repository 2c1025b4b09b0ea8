/** The controller of `Environment`: its reconciler, what it watches, and the engine it works with. */
import type { Environment } from '../api/environment.ts'
import { finalizer } from '../api/labels.ts'
import type { OperatorIdentity } from '../core/plan/confinement.ts'
import type { OperatorSettings } from '../core/translate-environment.ts'
import { fluxEngine } from '../engines/flux/index.ts'
import type { Clock, Random } from '../kube/clock.ts'
import type { Cluster, Selection } from '../kube/cluster.ts'
import { environments } from '../kube/resources.ts'
import { createEnvironmentReconciler } from './environment.ts'
import { createEnvironmentWatches } from './environment-watches.ts'
import { resourceOf } from './resource-of.ts'
import { type Controller, createController } from './runtime/controller.ts'
import { type Log, silentLog } from './runtime/log.ts'
import type { Metrics } from './runtime/metrics.ts'

/** What the controller is started with. */
export interface EnvironmentControllerOptions {
  readonly cluster: Cluster
  readonly settings: OperatorSettings
  readonly identity: OperatorIdentity
  readonly clock: Clock
  readonly random: Random
  readonly log?: Log
  readonly metrics?: Metrics
  readonly concurrency?: number
  /** Which environments to work on; all where absent. */
  readonly selection?: Selection
  /** Names this process in events. */
  readonly instance: string
}

/** Starts it. Rejects when the API server cannot be asked what it serves. */
export async function startEnvironmentController(
  options: EnvironmentControllerOptions,
): Promise<Pick<Controller<Environment>, 'isReady' | 'ready' | 'stop'>> {
  const { cluster, clock, random, log = silentLog } = options
  const engine = fluxEngine
  const engineResources = engine.kinds.map(resourceOf)
  const watches = await createEnvironmentWatches({ cluster, engineResources, clock, random, log })
  const isLiving = (uid: string) => controller.objects.list().some(({ metadata }) => metadata.uid === uid)
  const reconciler = createEnvironmentReconciler({
    observer: { cluster, watches, engineResources, isLiving },
    engine,
    settings: options.settings,
    identity: options.identity,
    clock,
  })
  const controller: Controller<Environment> = createController<Environment>({
    name: 'environment',
    cluster,
    resource: environments,
    reconciler,
    finalizer,
    watches: watches.sources,
    clock,
    random,
    log,
    reporter: { controller: 'tronador.stakater.com/operator', instance: options.instance },
    ...(options.selection !== undefined && { selection: options.selection }),
    ...(options.metrics !== undefined && { metrics: options.metrics }),
    ...(options.concurrency !== undefined && { concurrency: options.concurrency }),
  })
  return {
    ready: controller.ready,
    isReady: controller.isReady,
    async stop() {
      await controller.stop()
      await watches.stop()
    },
  }
}
