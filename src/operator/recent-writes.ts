/**
 * Objects that we have just created and whose event is still on its way. Without them the next pass would not see
 * them and write them a second time.
 */
import type { Clock } from '../kube/clock.ts'
import type { KubeObject, Resource } from '../kube/cluster.ts'

/** See {@link createRecentWrites}. */
export interface RecentWrites {
  remember(resource: Resource, object: KubeObject): void
  /** An event told of the object: from now on the copy is right. */
  forget(resource: Resource, object: KubeObject): void
  /** What was written to the namespace (or is the namespace) and is not among the objects known. */
  missingFrom(known: readonly KubeObject[], resource: Resource, namespace: string): KubeObject[]
}

/** How long our word stands against a copy that knows nothing: events take milliseconds, or the object is gone again. */
const trustedFor = 5_000

/** Makes an empty memory. */
export function createRecentWrites(clock: Clock): RecentWrites {
  /** By resource and namespace, then by name. */
  const places = new Map<string, Map<string, { readonly object: KubeObject; readonly until: number }>>()
  const placeOf = (resource: Resource, namespace: string) => `${resource.group}/${resource.plural} ${namespace}`
  const placeOfObject = (resource: Resource, { metadata }: KubeObject) =>
    placeOf(resource, metadata.namespace ?? metadata.name)

  function drop(place: string, name: string): void {
    places.get(place)?.delete(name)
    if (places.get(place)?.size === 0) places.delete(place)
  }

  return {
    remember(resource, object) {
      const place = placeOfObject(resource, object)
      const entries = places.get(place) ?? new Map()
      entries.set(object.metadata.name, { object, until: clock.now() + trustedFor })
      places.set(place, entries)
    },
    forget: (resource, object) => drop(placeOfObject(resource, object), object.metadata.name),
    missingFrom(known, resource, namespace) {
      const place = placeOf(resource, namespace)
      const present = new Set(known.map(({ metadata }) => metadata.name))
      return [...(places.get(place) ?? [])].flatMap(([name, { object, until }]) => {
        if (!present.has(name) && clock.now() < until) return [object]
        drop(place, name)
        return []
      })
    },
  }
}
