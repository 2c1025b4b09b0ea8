/** What is seen of one environment before anything is decided. Reads only, nearly all of them from local copies. */
import { environmentLabel } from '../api/labels.ts'
import type { DesiredEnvironment } from '../core/model.ts'
import { type IsLiving, type Owner, ownershipOf } from '../core/ownership.ts'
import type { ObservedNamespace } from '../core/plan/environment-plan.ts'
import type { Symptoms } from '../core/workload-trouble.ts'
import type { Workload } from '../core/workloads.ts'
import type { Cluster, KubeObject, Resource, Selection } from '../kube/cluster.ts'
import { namespaces } from '../kube/resources.ts'
import type { CloserLooks } from './closer-looks.ts'
import { contentResources, type EnvironmentWatches, routeResources, workloadResources } from './environment-watches.ts'

/** What observing needs. */
export interface Observer {
  readonly cluster: Cluster
  readonly watches: EnvironmentWatches
  readonly closer: CloserLooks
  readonly engineResources: readonly Resource[]
  /** Whether an environment with that UID exists. */
  readonly isLiving: IsLiving
}

/** The namespace and what of ours is in it. `live`: ask the API server for the namespace, not the copy. */
export async function observeNamespace(observer: Observer, owner: Owner, live: boolean): Promise<ObservedNamespace> {
  const { cluster, watches } = observer
  const copy = watches.namespace(owner.name)
  const namespace = live ? await cluster.get<KubeObject>(namespaces, { name: owner.name }) : copy
  return {
    namespace,
    ownership: ownershipOf(namespace, owner, observer.isLiving),
    contents: watches.inNamespace(owner.name, contentResources),
  }
}

/** What of a release is in sight. */
export interface SeenRelease {
  readonly engine: readonly KubeObject[]
  readonly workloads: readonly Workload[]
  readonly routes: readonly KubeObject[]
  /** Workloads and routes were asked of the API server when the release was done already. */
  readonly isOfNow?: boolean
}

/** The engine's objects, workloads and routes of the environment, from the copies. */
export function observeRelease({ watches, engineResources }: Observer, namespace: string): SeenRelease {
  return {
    engine: watches.inNamespace(namespace, engineResources),
    workloads: watches.inNamespace(namespace, workloadResources) as Workload[],
    routes: watches.inNamespace(namespace, routeResources),
  }
}

/**
 * The workloads as the API server has them now. The copies of several kinds are not in step with each other: before
 * Ready is said of a release that was deployed a moment ago, its Deployments must have been seen.
 */
export async function readWorkloadsNow({ cluster }: Observer, namespace: string): Promise<Workload[]> {
  return listAll<Workload>(cluster, workloadResources, { namespace, labelSelector: environmentLabel })
}

/**
 * Workloads and routes of an engine that does not label them: all there are in the namespace, as the API server has
 * them now, without the hooks of charts.
 */
export async function readUnlabelledNow(
  { cluster, watches }: Observer,
  namespace: string,
): Promise<Pick<SeenRelease, 'workloads' | 'routes'>> {
  const [workloads, routes] = await Promise.all([
    listAll<Workload>(cluster, workloadResources, { namespace }),
    listAll<KubeObject>(cluster, watches.routes, { namespace }),
  ])
  return { workloads: workloads.filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === undefined), routes }
}

/** Every object of the engines' kinds in the namespace, whoever made it, as the API server has them now. */
export async function readEngineObjectsNow(
  { cluster, engineResources }: Observer,
  namespace: string,
  labelSelector?: string,
): Promise<KubeObject[]> {
  return listAll(cluster, engineResources, { namespace, ...(labelSelector !== undefined && { labelSelector }) })
}

async function listAll<T extends KubeObject>(
  cluster: Cluster,
  resources: readonly Resource[],
  selection: Selection,
): Promise<T[]> {
  const lists = await Promise.all(resources.map((resource) => cluster.list<T>(resource, selection)))
  return lists.flatMap(({ items }) => items)
}

/** Pods and events of the namespace; undefined until the first look is in. */
export function observeSymptoms({ closer }: Observer, namespace: string): Symptoms | undefined {
  const pods = closer.pods.want(namespace, { namespace })
  const events = closer.events.want(namespace, { namespace, fieldSelector: 'type=Warning' })
  if (!pods.isSynced() || !events.isSynced()) return undefined
  return { pods: pods.list(), events: events.list() }
}

/** Which of the Secrets and ConfigMaps that are asked for are not there, and a text that changes whenever they do. */
export interface ObservedValues {
  readonly missing: readonly string[]
  readonly revision: string
}

/** The values and credentials that are asked for; undefined where none are, or until the first look is in. */
export function observeValues({ closer }: Observer, desired: DesiredEnvironment): ObservedValues | undefined {
  const asked = askedFor(desired)
  if (asked.length === 0) return undefined
  const kinds = { Secret: closer.secrets, ConfigMap: closer.configMaps }
  const found = asked.map((reference) => {
    const copy = kinds[reference.kind].want(desired.namespace, { namespace: desired.namespace, metadataOnly: true })
    return { reference, isKnown: copy.isSynced(), object: copy.get(`${desired.namespace}/${reference.name}`) }
  })
  if (found.some(({ isKnown }) => !isKnown)) return undefined
  return {
    missing: found
      .filter(({ reference, object }) => object === undefined && !reference.optional)
      .map(({ reference }) => `${reference.kind} ${reference.name}`),
    revision: found.map(({ object }) => object?.metadata.resourceVersion ?? '0').join('-'),
  }
}

function askedFor(desired: DesiredEnvironment): { kind: 'Secret' | 'ConfigMap'; name: string; optional?: boolean }[] {
  const { secretName } = desired.source
  return [
    ...(secretName === undefined ? [] : [{ kind: 'Secret' as const, name: secretName }]),
    ...desired.release.valuesFrom,
  ]
}
