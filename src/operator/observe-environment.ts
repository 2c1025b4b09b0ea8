/** What is seen of one environment before anything is decided. Reads only, nearly all of them from local copies. */
import { environmentLabel } from '../api/labels.ts'
import type { DesiredEnvironment } from '../core/model.ts'
import { type IsLiving, type Owner, ownershipOf } from '../core/ownership.ts'
import type { ObservedNamespace } from '../core/plan/environment-plan.ts'
import type { Symptoms } from '../core/workload-trouble.ts'
import type { Workload } from '../core/workloads.ts'
import type { Cluster, KubeObject, Resource } from '../kube/cluster.ts'
import { namespaces } from '../kube/resources.ts'
import { contentResources, type EnvironmentWatches, routeResources, workloadResources } from './environment-watches.ts'

/** What observing needs. */
export interface Observer {
  readonly cluster: Cluster
  readonly watches: EnvironmentWatches
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

/** The engine's objects, workloads and routes of the environment. */
export function observeRelease({ watches, engineResources }: Observer, namespace: string) {
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
export async function readWorkloadsNow(cluster: Cluster, namespace: string): Promise<Workload[]> {
  const lists = await Promise.all(
    workloadResources.map((resource) =>
      cluster.list<Workload>(resource, { namespace, labelSelector: environmentLabel }),
    ),
  )
  return lists.flatMap((list) => list.items)
}

/** Pods and events of the namespace; undefined until the first look is in. */
export function observeSymptoms({ watches }: Observer, namespace: string): Symptoms | undefined {
  const pods = watches.closer.pods.want(namespace, { namespace })
  const events = watches.closer.events.want(namespace, { namespace, fieldSelector: 'type=Warning' })
  if (!pods.isSynced() || !events.isSynced()) return undefined
  return { pods: pods.list(), events: events.list() }
}

/** Which of the Secrets and ConfigMaps that are asked for are not there, and a text that changes whenever they do. */
export interface ObservedValues {
  readonly missing: readonly string[]
  readonly revision: string
}

/** The values and credentials that are asked for; undefined where none are, or until the first look is in. */
export function observeValues({ watches }: Observer, desired: DesiredEnvironment): ObservedValues | undefined {
  const asked = askedFor(desired)
  if (asked.length === 0) return undefined
  const kinds = { Secret: watches.closer.secrets, ConfigMap: watches.closer.configMaps }
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
