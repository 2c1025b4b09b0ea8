/**
 * When the objects of each environment were first seen: from watches of this process, on its monotonic clock. Only
 * metadata is asked for, so that looking costs little of what is measured.
 */
import { managedByLabel, managedByValue } from '../src/api/labels.ts'
import type { Cluster, KubeObject, Resource } from '../src/kube/cluster.ts'
import {
  gitRepositories,
  helmReleases,
  limitRanges,
  namespaces,
  networkPolicies,
  resourceQuotas,
  roleBindings,
  serviceAccounts,
} from '../src/kube/resources.ts'

/** What an environment is made of, in the order in which it comes: what stands in one line comes together. */
export const childStages: readonly (readonly Resource[])[] = [
  [namespaces],
  [roleBindings, serviceAccounts, networkPolicies, resourceQuotas, limitRanges],
  [gitRepositories],
  [helmReleases],
]
/** Everything an environment is made of. */
export const childResources: readonly Resource[] = childStages.flat()

/** See {@link watchChildren}. */
export interface Sightings {
  /** Everything that was seen of one environment, `plural/name`, with its moment. */
  of(environment: string): ReadonlyMap<string, number>
  /** How many environments have at least so many children. */
  complete(children: number): number
  /** Resolves with the moment at which the environment got its last child; rejects if that takes minutes. */
  completion(environment: string, children: number): Promise<number>
  /** Objects of each resource, by its plural. */
  countByResource(): Readonly<Record<string, number>>
  stop(): Promise<void>
}

interface Waiter {
  readonly children: number
  resolve(at: number): void
  reject(error: Error): void
}

/** Seconds after which an environment that is waited for will not come any more. */
const patience = 300

/** Watches everything that an environment is made of. `signal` ends all waiting. */
export async function watchChildren(cluster: Cluster, signal: AbortSignal): Promise<Sightings> {
  const seen = new Map<string, Map<string, number>>()
  const waiting = new Map<string, Waiter>()
  const stopping = new AbortController()
  const labelSelector = `${managedByLabel}=${managedByValue}`
  const selection = { labelSelector, metadataOnly: true, signal: stopping.signal }

  function note({ plural }: Resource, { metadata }: KubeObject): void {
    const environment = metadata.namespace ?? metadata.name
    const children = seen.get(environment) ?? new Map<string, number>()
    seen.set(environment, children)
    const key = `${plural}/${metadata.name}`
    if (children.has(key)) return
    const at = performance.now()
    children.set(key, at)
    const waiter = waiting.get(environment)
    if (waiter !== undefined && children.size >= waiter.children) waiter.resolve(at)
  }

  async function follow(resource: Resource, from: string): Promise<void> {
    let resourceVersion = from
    while (!stopping.signal.aborted) {
      for await (const event of cluster.watch<KubeObject>(resource, { ...selection, resourceVersion })) {
        if (event.type === 'BOOKMARK') resourceVersion = event.resourceVersion
        else {
          resourceVersion = event.object.metadata.resourceVersion ?? resourceVersion
          if (event.type === 'ADDED') note(resource, event.object)
        }
      }
    }
  }

  const giveUp = (reason: Error) => {
    for (const waiter of waiting.values()) waiter.reject(reason)
  }
  signal.addEventListener('abort', () => giveUp(signal.reason as Error))
  const following = await Promise.all(
    childResources.map(async (resource) => {
      const { items, resourceVersion } = await cluster.list<KubeObject>(resource, selection)
      for (const item of items) note(resource, item)
      return { done: follow(resource, resourceVersion).catch(giveUp) }
    }),
  )
  return {
    of: (environment) => seen.get(environment) ?? new Map(),
    complete: (children) => [...seen.values()].filter((found) => found.size >= children).length,
    completion(environment, children) {
      const known = seen.get(environment)
      if (known !== undefined && known.size >= children) return Promise.resolve(Math.max(...known.values()))
      const { promise, resolve, reject } = Promise.withResolvers<number>()
      waiting.set(environment, { children, resolve, reject })
      const late = `${environment} has ${seen.get(environment)?.size ?? 0} of ${children} objects after ${patience} s.`
      const timer = setTimeout(() => reject(new Error(late)), patience * 1000)
      const settled = promise.finally(() => {
        clearTimeout(timer)
        waiting.delete(environment)
      })
      // Whoever asked may still be busy with what comes first: a rejection until then must not end the process.
      settled.catch(() => {})
      return settled
    },
    countByResource() {
      const count: Record<string, number> = {}
      for (const key of [...seen.values()].flatMap((children) => [...children.keys()])) {
        const plural = key.slice(0, key.indexOf('/'))
        count[plural] = (count[plural] ?? 0) + 1
      }
      return count
    },
    async stop() {
      stopping.abort()
      await Promise.all(following.map(({ done }) => done))
    },
  }
}
