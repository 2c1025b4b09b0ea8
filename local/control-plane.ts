/** etcd, the API server and the controller manager. */

import type { Cluster } from '../src/kube/cluster.ts'

/** Name of the one node, where there is one. */
export const nodeName = 'node'

/** Who may speak to the API server with a token of its own. */
export type Identity = 'admin' | 'kubelet' | 'kube-proxy' | 'kube-scheduler'

/** A control plane that answers. */
export interface ControlPlane {
  /** `https://HOST:PORT`. */
  readonly server: string
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string
  /** Client with the administrator's rights. */
  readonly client: Cluster
  /**
   * Folder of certificates: `ca.crt`, `ca.key`, `apiserver.{crt,key}`, `kubelet.{crt,key}` (serving, for the node's
   * address), `kubelet-client.{crt,key}` (the API server towards the kubelet), `sa.{key,pub}`.
   */
  readonly pki: string
  /** Path of a kubeconfig for one of the node's programs. */
  kubeconfigOf(identity: Identity): string
}

/** Where the control plane of a cluster with a node is reached from; without it: loopback alone. */
export interface Addresses {
  /** Address of the host's end of the pair that leads to the node: the API server listens here. */
  readonly host: string
  /** The node's own address, for the kubelet's certificate. */
  readonly node: string
  /** CIDR of the cluster's Services. */
  readonly services: string
}
