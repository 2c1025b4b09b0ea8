/** The real adapter of {@link Cluster}: Kubernetes' REST API over kept-alive connections. */
import { type Clock, type Random, systemClock, systemRandom } from './clock.ts'
import {
  type Cluster,
  isKubeError,
  KubeError,
  type KubeObject,
  type ObjectList,
  type ObjectRef,
  type Resource,
  type Selection,
} from './cluster.ts'
import { createTransport, type RequestSeen, type Transport } from './http.ts'
import type { ClusterConfig } from './kubeconfig.ts'
import { apiVersionOf, pods } from './resources.ts'
import { watchEvents } from './watch-stream.ts'

/** What may differ from one client to the next. */
export interface ClientOptions {
  readonly clock?: Clock
  readonly random?: Random
  /** `name/version`; the API server takes the name for the field manager of plain writes. */
  readonly userAgent?: string
  /** Called for every request that was answered or failed, for metrics. */
  readonly onRequest?: (seen: RequestSeen) => void
}

/** A cluster with connections to give back. */
export interface ClusterClient extends Cluster {
  /** Closes all connections, cutting what is under way. */
  close(): Promise<void>
}

/** Objects per page of a list: with twice as many an operator that starts with 1,000 environments peaks 8 MiB higher. */
const pageSize = 250

/** How often a list begins again because its pages went stale before the last one was read. */
const listAttempts = 3

/** Seconds after which the server ends a watch: at least so many, at most twice. */
const watchSeconds = 300

/** Makes a client. It opens no connection before the first request. */
export function createClient(config: ClusterConfig, options: ClientOptions = {}): ClusterClient {
  const random = options.random ?? systemRandom
  const transport = createTransport(config, {
    clock: options.clock ?? systemClock,
    random,
    userAgent: options.userAgent ?? 'tronador',
    ...(options.onRequest === undefined ? {} : { onRequest: options.onRequest }),
  })

  return {
    async get<T extends KubeObject>(resource: Resource, ref: ObjectRef) {
      const found = await unlessNotFound(transport.send({ method: 'GET', path: pathOf(resource, ref) }))
      return found as T | undefined
    },

    list: (resource, selection = {}) => listPages(transport, resource, selection),

    async *watch<T extends KubeObject>(
      resource: Resource,
      { signal, ...selection }: Selection & { readonly resourceVersion: string; readonly signal: AbortSignal },
    ) {
      const path = pathOf(resource, selection, {
        ...selectors(selection),
        watch: '1',
        allowWatchBookmarks: 'true',
        resourceVersion: selection.resourceVersion,
        timeoutSeconds: String(Math.round(watchSeconds * (1 + random()))),
      })
      try {
        const chunks = await transport.stream({ method: 'GET', path, accept: acceptOf(selection, '') }, signal)
        yield* watchEvents<T>(chunks, completeAs(resource))
      } catch (error) {
        if (!signal.aborted) throw error
      }
    },

    async create<T extends KubeObject>(resource: Resource, object: T) {
      const path = pathOf(resource, collectionOf(resource, object))
      return (await transport.send({ method: 'POST', path, contentType: 'application/json', body: object })) as T
    },

    async apply<T extends KubeObject>(resource: Resource, object: T, { fieldManager, force = false }: ApplyArguments) {
      const path = pathOf(resource, object.metadata, { fieldManager, force: String(force) })
      const contentType = 'application/apply-patch+yaml'
      return (await transport.send({ method: 'PATCH', path, contentType, body: object })) as T
    },

    async patch<T extends KubeObject>(resource: Resource, ref: ObjectRef, patch: object) {
      return (await mergePatch(transport, pathOf(resource, ref), patch)) as T
    },

    async patchStatus<T extends KubeObject>(resource: Resource, ref: ObjectRef, patch: object) {
      return (await mergePatch(transport, `${pathOf(resource, ref)}/status`, patch)) as T
    },

    async delete(resource, ref, { uid, propagation }) {
      const body = {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        preconditions: { uid },
        ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
      }
      const path = pathOf(resource, ref)
      await unlessNotFound(transport.send({ method: 'DELETE', path, contentType: 'application/json', body }))
    },

    async podLog(ref, { container, tailLines, limitBytes }) {
      const query = { container, tailLines: String(tailLines), limitBytes: String(limitBytes) }
      const path = pathOf(pods, ref, query, 'log')
      try {
        const chunks = await transport.stream({ method: 'GET', path }, new AbortController().signal)
        return await textOf(chunks)
      } catch (error) {
        if (isKubeError(error, 'NotFound', 'BadRequest')) return undefined
        throw error
      }
    },

    async serves(resource) {
      const found = await unlessNotFound(transport.send({ method: 'GET', path: groupPath(resource) }))
      const served = found as { readonly resources?: readonly { readonly name: string }[] } | undefined
      return served?.resources?.some(({ name }) => name === resource.plural) ?? false
    },

    close: () => transport.close(),
  }
}

interface ApplyArguments {
  readonly fieldManager: string
  readonly force?: boolean
}

/**
 * Reads a list page by page, all pages at the revision of the first. Pages that expired in the meantime (410) make
 * the list begin again: half a list must never pass for the whole.
 */
async function listPages<T extends KubeObject>(
  transport: Transport,
  resource: Resource,
  selection: Selection,
): Promise<ObjectList<T>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await listOnce(transport, resource, selection)
    } catch (error) {
      if (!isKubeError(error, 'Gone') || attempt >= listAttempts) throw error
    }
  }
}

async function listOnce<T extends KubeObject>(
  transport: Transport,
  resource: Resource,
  selection: Selection,
): Promise<ObjectList<T>> {
  const complete = completeAs<T>(resource)
  const items: T[] = []
  for (let next: string | undefined = ''; next !== undefined; ) {
    const path: string = pathOf(resource, selection, {
      ...selectors(selection),
      limit: String(pageSize),
      ...(next === '' ? {} : { continue: next }),
    })
    const page = (await transport.send({ method: 'GET', path, accept: acceptOf(selection, 'List') })) as ListPage<T>
    for (const item of page.items ?? []) items.push(complete(item))
    if (!page.metadata.continue) return { items, resourceVersion: page.metadata.resourceVersion }
    next = page.metadata.continue
  }
  throw new Error('unreachable: the loop ends by returning')
}

interface ListPage<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string }
  readonly items: readonly T[] | null
}

function mergePatch(transport: Transport, path: string, patch: object): Promise<unknown> {
  return transport.send({ method: 'PATCH', path, contentType: 'application/merge-patch+json', body: patch })
}

async function unlessNotFound(answer: Promise<unknown>): Promise<unknown> {
  try {
    return await answer
  } catch (error) {
    if (isKubeError(error, 'NotFound')) return undefined
    throw error
  }
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts).toString('utf8')
}

/** Items of a list and objects asked for as metadata alone carry no kind of their own: give them the resource's. */
function completeAs<T extends KubeObject>(resource: Resource): (object: T) => T {
  const apiVersion = apiVersionOf(resource)
  return (object) => ({ ...object, apiVersion, kind: resource.kind })
}

/** Metadata alone has no fallback to whole objects: the caller must not receive what it must not read. */
function acceptOf(selection: Selection, suffix: '' | 'List'): string {
  if (selection.metadataOnly !== true) return 'application/json'
  return `application/json;as=PartialObjectMetadata${suffix};g=meta.k8s.io;v=v1`
}

function selectors({ labelSelector, fieldSelector }: Selection): Record<string, string> {
  return {
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  }
}

function collectionOf(resource: Resource, object: KubeObject): Selection {
  return resource.namespaced && object.metadata.namespace !== undefined ? { namespace: object.metadata.namespace } : {}
}

function groupPath(resource: Resource): string {
  return resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`
}

/** The path of one object, or of a collection where no name is given. Every part of it is escaped. */
function pathOf(
  resource: Resource,
  { namespace, name }: { readonly namespace?: string; readonly name?: string },
  query: Record<string, string> = {},
  subresource?: string,
): string {
  if (resource.namespaced && name !== undefined && namespace === undefined) {
    const message = `${resource.kind} "${name}" is namespaced, but no namespace is given`
    throw new KubeError('BadRequest', message, { status: 400 })
  }
  const parts = [
    ...(resource.namespaced && namespace !== undefined ? ['namespaces', segment(namespace)] : []),
    resource.plural,
    ...(name === undefined ? [] : [segment(name)]),
    ...(subresource === undefined ? [] : [subresource]),
  ]
  const search = new URLSearchParams(query).toString()
  return `${groupPath(resource)}/${parts.join('/')}${search === '' ? '' : `?${search}`}`
}

/** An empty or dotted name would address the collection or another path: refuse it before it is sent. */
function segment(name: string): string {
  if (name === '' || name === '.' || name === '..') {
    throw new KubeError('BadRequest', `"${name}" cannot be the name of a Kubernetes object`, { status: 400 })
  }
  return encodeURIComponent(name)
}
