/** What `tronador adopt` does: looks, says what would follow, and where it is meant changes the namespace. */

import type { EnvironmentKind } from '../api/environment-kind.ts'
import { ownerAnnotation, ownerUidAnnotation } from '../api/labels.ts'
import { type AdoptionSight, describeAdoption, planAdoption } from '../core/adoption.ts'
import { chooseEngine, type EngineSetting } from '../core/engine-choice.ts'
import { TronadorError } from '../core/errors.ts'
import { asAdopted, ownershipOf } from '../core/ownership.ts'
import { isReservedNamespace } from '../core/translation.ts'
import type { Engine } from '../engines/engine.ts'
import { fluxEngine } from '../engines/flux/index.ts'
import { helmOperatorEngine } from '../engines/helm-operator/index.ts'
import { withHandover } from '../engines/with-handover.ts'
import type { Cluster, KubeObject, Resource } from '../kube/cluster.ts'
import { namespaces } from '../kube/resources.ts'
import { workloadResources } from '../operator/environment-watches.ts'
import { resourceOf } from '../operator/resource-of.ts'
import { findServedEngines } from '../operator/served-engines.ts'
import { type FoundObject, findObject, listObjects } from './environment-objects.ts'

/** Who asks for what. */
export interface AdoptRequest {
  readonly name: string
  readonly kind?: EnvironmentKind
  /** The operator's own namespace and account, and what it was told. */
  readonly namespace: string
  readonly serviceAccount: string
  readonly trustedRepositories: readonly string[]
  readonly engines: Readonly<Record<EnvironmentKind, EngineSetting>>
  /** Whether it shall be done, or only shown. */
  readonly isMeant: boolean
}

const allEngines: readonly Engine[] = [fluxEngine, helmOperatorEngine]

/** Returns what there is to say. Throws a TronadorError where the namespace cannot be had. */
export async function adoptNamespace(cluster: Cluster, request: AdoptRequest): Promise<string> {
  const { name, isMeant } = request
  refuseReserved(request)
  const objects = await listObjects(cluster)
  const found = findObject(objects, name, request.kind)
  const namespace = await cluster.get<KubeObject>(namespaces, { name })
  const what = `${found.kind.kind} ${name}`
  const settled = settledAlready(found, namespace, objects)
  if (settled !== undefined) return `${what} ${settled}\n`
  const sight = await look(cluster, request, found, namespace as KubeObject)
  const adoption = planAdoption(sight)
  const said = describeAdoption(sight, adoption)
  if (!isMeant) return `${said}Nothing was changed. Run it again with --yes to do it.\n`
  await cluster.patch(namespaces, { name }, adoption.patch)
  return `${said}Done: the namespace ${name} is its own now. The operator goes on; its status says how far it is.\n`
}

function refuseReserved({ name, namespace }: AdoptRequest): void {
  if (!isReservedNamespace(name, { ownNamespace: namespace })) return
  const message = `The namespace ${name} belongs to the cluster, never to an environment.`
  throw new TronadorError('NamespaceReserved', message)
}

/** Why nothing is to be done; undefined where something is. Throws where nothing may be done. */
function settledAlready(
  { kind, object }: FoundObject,
  namespace: KubeObject | undefined,
  objects: readonly FoundObject[],
): string | undefined {
  const { name, uid = '', deletionTimestamp } = object.metadata
  if (deletionTimestamp !== undefined) {
    throw new TronadorError('EnvironmentMissing', `${kind.kind} ${name} is being deleted.`)
  }
  if (namespace === undefined) throw new TronadorError('NamespaceMissing', `There is no namespace ${name}.`)
  const isLiving = (other: string) => objects.some((one) => one.object.metadata.uid === other)
  const ownership = ownershipOf(namespace, { kind: kind.kind, name, uid }, isLiving)
  if (ownership === 'terminating') {
    throw new TronadorError('NamespaceTerminating', `The namespace ${name} is being deleted.`)
  }
  if (ownership === 'ours') return 'has this namespace already; nothing is to be done.'
  if (ownership === 'inherited') return 'takes this namespace over by itself: it was its predecessor’s.'
  const recorded = namespace.metadata.annotations?.[ownerUidAnnotation]
  if (recorded !== undefined && isLiving(recorded)) {
    const owner = namespace.metadata.annotations?.[ownerAnnotation] ?? `the object with UID ${recorded}`
    throw new TronadorError('NamespaceOwned', `The namespace ${name} belongs to ${owner}, which exists.`)
  }
  return undefined
}

async function look(
  cluster: Cluster,
  request: AdoptRequest,
  { kind, object }: FoundObject,
  namespace: KubeObject,
): Promise<AdoptionSight> {
  const served = await findServedEngines(cluster)
  const engines = withHandover(allEngines.filter((engine) => served.has(engine.name)))
  const desired = kind.translate(object, {
    ownNamespace: request.namespace,
    trustedRepositories: request.trustedRepositories,
    engines: {
      Environment: chooseEngine(request.engines.Environment, served),
      EnvironmentProvisioner: chooseEngine(request.engines.EnvironmentProvisioner, served),
    },
  })
  const list = async (resources: readonly Resource[]): Promise<KubeObject[]> => {
    const lists = resources.map((resource) => cluster.list<KubeObject>(resource, { namespace: request.name }))
    return (await Promise.all(lists)).flatMap(({ items }) => items)
  }
  const objects = await list(engines.kinds.map(resourceOf))
  const inSight = [...asAdopted(objects, desired.release.name), ...(await list(workloadResources))]
  return {
    desired,
    namespace,
    objects,
    engine: engines.plan(desired, inSight),
    note: engines.readRelease(desired, inSight).note?.message,
    operator: { namespace: request.namespace, serviceAccount: request.serviceAccount },
  }
}
