/** What the operator keeps in sight cluster-wide, for the controllers of both kinds: whatever carries our label. */
import { environmentLabel } from '../api/labels.ts'
import type { Clock, Random } from '../kube/clock.ts'
import type { Cluster, KubeObject, Resource } from '../kube/cluster.ts'
import {
  daemonSets,
  deployments,
  httpRoutes,
  ingresses,
  jobs,
  limitRanges,
  namespaces,
  networkPolicies,
  openShiftRoutes,
  resourceQuotas,
  roleBindings,
  serviceAccounts,
  statefulSets,
} from '../kube/resources.ts'
import { createRecentWrites } from './recent-writes.ts'
import type { WatchSource } from './runtime/controller.ts'
import { createListWatch, type ListWatch } from './runtime/list-watch.ts'
import type { Log } from './runtime/log.ts'

/** What Tronador itself puts into a namespace besides the engine's objects. */
export const contentResources = [serviceAccounts, roleBindings, networkPolicies, resourceQuotas, limitRanges]
/** What charts make and what Ready is read from. */
export const workloadResources = [deployments, statefulSets, daemonSets, jobs]
/** What URLs are read from. The last two only where the cluster serves them. */
export const routeResources = [ingresses, httpRoutes, openShiftRoutes]
const optionalResources = [httpRoutes, openShiftRoutes]

/** What the watches are made with. */
export interface EnvironmentWatchesOptions {
  readonly cluster: Cluster
  readonly engineResources: readonly Resource[]
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** See {@link createEnvironmentWatches}. */
export interface EnvironmentWatches {
  /** The watches for one of the controllers that share them: it is woken for the names it knows. */
  sourceFor(knows: (name: string) => boolean): WatchSource
  /** Resources that URLs are read from, as far as the cluster serves them. */
  readonly routes: readonly Resource[]
  namespace(name: string): KubeObject | undefined
  /** What of ours of these resources lies in the namespace. */
  inNamespace(namespace: string, resources: readonly Resource[]): KubeObject[]
  /**
   * Tells of an object as a write of ours returned it, so that the next pass sees it though its event is still on
   * its way.
   */
  remember(object: KubeObject, resource: Resource): void
  stop(): Promise<void>
}

const byNamespace = 'namespace'

/** Makes the watches; asks once which of the optional kinds the cluster serves. */
export async function createEnvironmentWatches(options: EnvironmentWatchesOptions): Promise<EnvironmentWatches> {
  const { cluster, engineResources, clock, random, log } = options
  const copies = new Map<Resource, ListWatch<KubeObject>>()
  const recent = createRecentWrites(clock)
  const wakers: ((name: string) => void)[] = []
  const wakeAll = (name: string): void => {
    for (const wake of wakers) wake(name)
  }
  const always = [namespaces, ...contentResources, ...engineResources, ...workloadResources, ingresses]
  const optional = await servedOf(cluster, optionalResources)
  const resources = [...always, ...optional]

  function openCopy(resource: Resource): ListWatch<KubeObject> {
    return createListWatch<KubeObject>({
      cluster,
      resource,
      selection: { labelSelector: environmentLabel },
      clock,
      random,
      log,
      indexes: { [byNamespace]: (object) => [environmentOf(object)] },
      onEvent({ type, object }) {
        recent.forget(resource, object)
        if (type !== 'resynced') wakeAll(environmentOf(object))
      },
    })
  }

  /** Once for all controllers; closed with the watches themselves. */
  function open(): void {
    if (copies.size > 0) return
    for (const resource of resources) copies.set(resource, openCopy(resource))
  }

  const inNamespace = (namespace: string, wanted: readonly Resource[]): KubeObject[] =>
    wanted.flatMap((resource) => {
      const known = copies.get(resource)?.byIndex(byNamespace, namespace) ?? []
      return [...known, ...recent.missingFrom(known, resource, namespace)]
    })

  return {
    sourceFor: (knows) => ({
      open(wake) {
        wakers.push((name) => knows(name) && wake(name))
        open()
        return {
          synced: Promise.all([...copies.values()].map(({ synced }) => synced)).then(() => {}),
          stop: async () => {},
        }
      },
    }),
    routes: [ingresses, ...optional],
    namespace: (name) => inNamespace(name, [namespaces])[0],
    inNamespace,
    remember(object, resource) {
      copies.get(resource)?.note(object)
      recent.remember(resource, object)
    },
    stop: async () => void (await Promise.all([...copies.values()].map((watch) => watch.stop()))),
  }
}

/** The environment an object belongs to: the one its namespace is named after, whatever its labels claim. */
export function environmentOf(object: KubeObject): string {
  return object.metadata.namespace ?? object.metadata.name
}

async function servedOf(cluster: Cluster, resources: readonly Resource[]): Promise<Resource[]> {
  const served = await Promise.all(resources.map((resource) => cluster.serves(resource)))
  return resources.filter((_, index) => served[index])
}
