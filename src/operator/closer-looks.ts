/**
 * What a controller watches in a single namespace, and only while that environment is not ready: pods and events, and
 * the Secrets and ConfigMaps (metadata only). Each controller has its own: of two objects of one name the one that has
 * the namespace shall not lose sight of it because the other looks away.
 */
import type { KubeObject, Resource } from '../kube/cluster.ts'
import { configMaps, events, pods, secrets } from '../kube/resources.ts'
import { createScopedWatches, type ScopedWatches, type ScopedWatchesOptions } from './runtime/scoped-watches.ts'

/** See {@link createCloserLooks}. */
export interface CloserLooks {
  readonly pods: ScopedWatches<KubeObject>
  readonly events: ScopedWatches<KubeObject>
  readonly secrets: ScopedWatches<KubeObject>
  readonly configMaps: ScopedWatches<KubeObject>
  /** Ends every look at the namespace. */
  lookAway(namespace: string): void
  stop(): Promise<void>
}

/** Makes them; none is open yet. `wake` is called with the namespace. */
export function createCloserLooks(
  options: Pick<ScopedWatchesOptions<KubeObject>, 'cluster' | 'clock' | 'random' | 'log'>,
  wake: (namespace: string) => void,
): CloserLooks {
  const make = (resource: Resource) =>
    createScopedWatches<KubeObject>({ ...options, resource, onChange: wake, onSynced: wake })
  const looks = { pods: make(pods), events: make(events), secrets: make(secrets), configMaps: make(configMaps) }
  return {
    ...looks,
    lookAway: (namespace) => Object.values(looks).forEach((watches) => void watches.release(namespace)),
    stop: async () => void (await Promise.all(Object.values(looks).map((watches) => watches.stop()))),
  }
}
