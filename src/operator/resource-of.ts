/** From an object's own words (`apiVersion`, `kind`) to where it is served. */
import type { Resource } from '../kube/cluster.ts'
import * as known from '../kube/resources.ts'

const resources = new Map<string, Resource>(
  Object.values(known)
    .filter((entry) => typeof entry === 'object')
    .map((resource) => [`${known.apiVersionOf(resource)} ${resource.kind}`, resource]),
)

/** The resource of that kind. Throws for a kind that Tronador does not know: a fault in the program. */
export function resourceOf({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): Resource {
  const resource = resources.get(`${apiVersion} ${kind}`)
  if (resource === undefined) throw new Error(`no resource is known for ${apiVersion} ${kind}`)
  return resource
}
