/** The frame of every Kubernetes object. */

/** An object's metadata, as far as Tronador reads or writes it. */
export interface ObjectMeta {
  name: string
  namespace?: string
  uid?: string
  resourceVersion?: string
  generation?: number
  creationTimestamp?: string
  deletionTimestamp?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  finalizers?: string[]
}

/** Any Kubernetes object. Typed kinds extend it with `spec`, `status` and so on. */
export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
}
