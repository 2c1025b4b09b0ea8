/** Names objects of one resource by a string: `name`, or `namespace/name`. */
import type { KubeObject, ObjectRef } from '../../kube/cluster.ts'

/** The key of an object. */
export function keyOf({ metadata }: { readonly metadata: KubeObject['metadata'] }): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`
}

/** The object that a key names. */
export function refOf(key: string): ObjectRef {
  const [namespace, name] = key.split('/')
  return name === undefined ? { name: key } : { name, ...(namespace === undefined ? {} : { namespace }) }
}
