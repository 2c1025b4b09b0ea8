/**
 * What a loader without logic writes for one environment: the very requests of the operator, learned from an
 * environment that the operator has made, with its name and UID left open.
 */
import type { Environment } from '../../src/api/environment.ts'
import type { Cluster, KubeObject, Resource } from '../../src/kube/cluster.ts'
import { apiVersionOf, environments, events } from '../../src/kube/resources.ts'
import type { RequestCount } from '../request-count.ts'
import { childStages } from '../sightings.ts'

/** One request. `NAME` and `UID` stand for those of the environment, in the body too. */
export interface RawRequest {
  readonly method: 'POST' | 'PATCH'
  readonly path: string
  readonly contentType: string
  readonly body: string
}

/** Requests by stages: those of one are sent at the same time, once those of the one before are answered. */
export type Recipe = readonly (readonly RawRequest[])[]

/** `same`: every request of the operator. `posted`: the same, but that every child is created by a plain POST. */
export type RecipeKind = 'same' | 'posted'

/** Learns the recipe from a finished environment. `requests`: what the operator has asked for this one environment. */
export async function learnRecipe(
  cluster: Cluster,
  name: string,
  requests: RequestCount,
): Promise<Readonly<Record<RecipeKind, Recipe>>> {
  const environment = await cluster.get<Environment>(environments, { name })
  const uid = environment?.metadata.uid
  if (environment === undefined || uid === undefined) throw new Error(`There is no environment ${name} to learn from.`)
  const open = (text: string) => text.replaceAll(name, 'NAME').replaceAll(uid, 'UID')
  const children = await Promise.all(
    childStages.map(async (resources) =>
      (await Promise.all(resources.map((resource) => childrenOf(cluster, resource, name)))).flat(),
    ),
  )
  const post = ({ resource, object }: Child): RawRequest => ({
    method: 'POST',
    path: open(collectionPath(resource, object)),
    contentType: 'application/json',
    body: open(JSON.stringify(object)),
  })
  const applied = ({ resource, object }: Child): RawRequest => ({
    method: 'PATCH',
    path: open(`${collectionPath(resource, object)}/${object.metadata.name}?fieldManager=tronador-operator&force=true`),
    contentType: 'application/apply-patch+yaml',
    body: open(JSON.stringify(object)),
  })
  const own = (part: string, change: object): RawRequest => ({
    method: 'PATCH',
    path: `/apis/${apiVersionOf(environments)}/environments/NAME${part}`,
    contentType: 'application/merge-patch+json',
    body: open(JSON.stringify(change)),
  })
  const asOperator = (child: Child) => ((requests[`create ${child.resource.plural}`] ?? 0) > 0 ? post : applied)(child)
  const times = (label: string, request: RawRequest) => Array.from({ length: requests[label] ?? 0 }, () => [request])
  const { finalizers } = environment.metadata
  const notes = await eventsOn(cluster, uid)
  const writeAll = (write: (child: Child) => RawRequest): Recipe => [
    ...times('patch environments', own('', { metadata: { finalizers, uid } })),
    ...children.map((stage) => stage.map(write)),
    ...times('patch environments/status', own('/status', { status: environment.status, metadata: { uid } })),
    ...notes.map((object) => [post({ resource: events, object })]),
  ]
  return { same: writeAll(asOperator), posted: writeAll(post) }
}

interface Child {
  readonly resource: Resource
  readonly object: KubeObject
}

async function childrenOf(cluster: Cluster, resource: Resource, name: string): Promise<Child[]> {
  const labelSelector = `tronador.stakater.com/environment=${name}`
  const { items } = await cluster.list<KubeObject>(resource, { labelSelector })
  return items.map((object) => ({ resource, object: asWanted(object) }))
}

async function eventsOn(cluster: Cluster, uid: string): Promise<KubeObject[]> {
  const { items } = await cluster.list<KubeObject & { regarding?: { uid?: string } }>(events, { namespace: 'default' })
  return items.filter(({ regarding }) => regarding?.uid === uid).map(asWanted)
}

/** Without what the API server and other controllers have added. */
function asWanted(object: KubeObject): KubeObject {
  const { status: _, ...wanted } = object as KubeObject & { status?: unknown; spec?: { finalizers?: unknown } }
  const { name, namespace, labels = {}, annotations } = object.metadata
  const { 'kubernetes.io/metadata.name': __, ...ownLabels } = labels
  if (object.kind === 'Namespace') delete wanted.spec
  const metadata = {
    name,
    ...(namespace !== undefined && { namespace }),
    labels: ownLabels,
    ...(annotations !== undefined && { annotations }),
  }
  return { ...wanted, metadata }
}

function collectionPath(resource: Resource, { metadata }: KubeObject): string {
  const group = resource.group === '' ? `/api/${resource.version}` : `/apis/${apiVersionOf(resource)}`
  return resource.namespaced
    ? `${group}/namespaces/${metadata.namespace}/${resource.plural}`
    : `${group}/${resource.plural}`
}
