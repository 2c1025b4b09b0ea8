/** The controllers of both kinds of environment: their reconcilers, what they watch, and the engines they work with. */
import { finalizer } from '../api/labels.ts'
import type { EngineName } from '../core/engine-choice.ts'
import type { OperatorIdentity } from '../core/plan/confinement.ts'
import type { OperatorSettings } from '../core/translation.ts'
import type { Engine } from '../engines/engine.ts'
import { fluxEngine } from '../engines/flux/index.ts'
import { helmOperatorEngine } from '../engines/helm-operator/index.ts'
import { withHandover } from '../engines/with-handover.ts'
import type { Clock, Random } from '../kube/clock.ts'
import type { Cluster, Selection } from '../kube/cluster.ts'
import { createCloserLooks } from './closer-looks.ts'
import { createEnvironmentReconciler } from './environment.ts'
import { type AnyEnvironment, type KindOfEnvironment, kindsOfEnvironment } from './environment-kinds.ts'
import { createEnvironmentWatches } from './environment-watches.ts'
import { resourceOf } from './resource-of.ts'
import { type Controller, createController } from './runtime/controller.ts'
import { type Log, silentLog } from './runtime/log.ts'
import type { Metrics } from './runtime/metrics.ts'

/** What the controllers are started with. */
export interface EnvironmentControllersOptions {
  readonly cluster: Cluster
  readonly settings: OperatorSettings
  /** The engines that the cluster serves. */
  readonly served: ReadonlySet<EngineName>
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

/** Both controllers as one. */
export type EnvironmentControllers = Pick<Controller<AnyEnvironment>, 'isReady' | 'ready' | 'stop'>

const allEngines: readonly Engine[] = [fluxEngine, helmOperatorEngine]

/** Starts them. Rejects when the API server cannot be asked what it serves. */
export async function startEnvironmentControllers(
  options: EnvironmentControllersOptions,
): Promise<EnvironmentControllers> {
  const { cluster, served, clock, random, log = silentLog } = options
  const engines = withHandover(allEngines.filter(({ name }) => served.has(name)))
  const engineResources = engines.kinds.map(resourceOf)
  const watches = await createEnvironmentWatches({ cluster, engineResources, clock, random, log })

  function startController(kind: KindOfEnvironment): Controller<AnyEnvironment> {
    const isLiving = (uid: string) => controller.objects.list().some(({ metadata }) => metadata.uid === uid)
    const closer = createCloserLooks({ cluster, clock, random, log }, (name) => controller.wake(name))
    const controller: Controller<AnyEnvironment> = createController<AnyEnvironment>({
      name: kind.controller,
      cluster,
      resource: kind.resource,
      reconciler: createEnvironmentReconciler({
        kind,
        observer: { cluster, watches, closer, engineResources, isLiving },
        engines,
        settings: options.settings,
        identity: options.identity,
        clock,
      }),
      finalizer,
      // A name may be no object's of this kind: then it is the other controller's business.
      watches: [watches.sourceFor((name) => controller.objects.get(name) !== undefined)],
      clock,
      random,
      log,
      reporter: { controller: 'tronador.stakater.com/operator', instance: options.instance },
      ...(options.selection !== undefined && { selection: options.selection }),
      ...(options.metrics !== undefined && { metrics: options.metrics }),
      ...(options.concurrency !== undefined && { concurrency: options.concurrency }),
    })
    return {
      ...controller,
      async stop() {
        await controller.stop()
        await closer.stop()
      },
    }
  }

  const controllers = kindsOfEnvironment.map(startController)
  return {
    ready: Promise.all(controllers.map(({ ready }) => ready)).then(() => {}),
    isReady: () => controllers.every((controller) => controller.isReady()),
    async stop() {
      await Promise.all(controllers.map((controller) => controller.stop()))
      await watches.stop()
    },
  }
}
