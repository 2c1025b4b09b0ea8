/** The operator over a cluster in memory, for tests: nobody plays the engines but the test. */
import type { EngineName } from '../../core/engine-choice.ts'
import type { OperatorSettings } from '../../core/translation.ts'
import type { Cluster, KubeObject, Resource, Selection } from '../../kube/cluster.ts'
import { createMemoryCluster } from '../../kube/memory.ts'
import { createVirtualClock } from '../../kube/virtual-clock.ts'
import { startEnvironmentControllers } from '../environment-controller.ts'
import { createMetrics, type Metrics } from '../runtime/metrics.ts'

export const second = 1000

/** Which engine runs each kind. */
export type Engines = OperatorSettings['engines']

/** Prepares cluster and clock; {@link startOperator} follows, more than once where a test restarts it. */
export async function prepareCluster() {
  const clock = createVirtualClock()
  const cluster = createMemoryCluster({ clock })
  const open = new Set<string>()
  const passes: string[] = []

  return {
    clock,
    cluster,
    /** Plurals of the resources that are watched in single namespaces now. */
    open,
    /** The controller of each pass so far. */
    passes,
    /** Starts the operator; by default it serves the engines that the kinds are run by. */
    async startOperator(engines: Engines, served: readonly (EngineName | undefined)[] = Object.values(engines)) {
      const controllers = await startEnvironmentControllers({
        cluster: countingNamespacedWatches(cluster, open),
        settings: { ownNamespace: 'tronador-system', trustedRepositories: [], engines },
        served: new Set(served.filter((name) => name !== undefined)),
        identity: { namespace: 'tronador-system', serviceAccount: 'tronador-operator' },
        clock,
        random: () => 0,
        instance: 'test',
        metrics: countingPasses(passes),
      })
      await clock.settle()
      return controllers
    },
    /** Deletes the object of that name, and lets a second pass. */
    async removeObject(resource: Resource, ref: { name: string; namespace?: string }): Promise<void> {
      const found = await cluster.get(resource, ref)
      await cluster.delete(resource, ref, { uid: found?.metadata.uid ?? '' })
      await clock.advance(second)
    },
  }
}

function countingNamespacedWatches(cluster: Cluster, open: Set<string>): Cluster {
  return {
    ...cluster,
    async *watch<T extends KubeObject>(
      resource: Resource,
      selection: Selection & { readonly resourceVersion: string; readonly signal: AbortSignal },
    ) {
      if (selection.namespace !== undefined) open.add(resource.plural)
      try {
        yield* cluster.watch<T>(resource, selection)
      } finally {
        if (selection.namespace !== undefined) open.delete(resource.plural)
      }
    },
  }
}

function countingPasses(passes: string[]): Metrics {
  const metrics = createMetrics()
  return {
    ...metrics,
    ofController: (name) => ({ ...metrics.ofController(name), passed: () => void passes.push(name) }),
  }
}
