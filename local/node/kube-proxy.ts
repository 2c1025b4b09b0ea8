/** kube-proxy: makes Service addresses lead to pods, by nftables rules inside the node's network namespace. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ControlPlane, nodeName } from '../control-plane.ts'
import { systemPath } from './command.ts'
import type { Machine, MachineSurroundings } from './machine.ts'
import type { NodeNetwork } from './network.ts'

const healthPort = 10256

/** Starts kube-proxy and waits until its first rules are in force. */
export async function startKubeProxy(
  surroundings: MachineSurroundings,
  controlPlane: ControlPlane,
  node: Machine,
): Promise<void> {
  const kubeProxy = await surroundings.build.binary('kube-proxy')
  const config = join(node.folder, 'kube-proxy.yaml')
  writeFileSync(config, kubeProxyConfig(node.network, controlPlane.kubeconfigOf('kube-proxy')))
  await surroundings.start({
    name: 'kube-proxy',
    ...node.namespaces.enter(kubeProxy, [`--config=${config}`, `--hostname-override=${nodeName}`]),
    env: { PATH: systemPath() },
    ready: async () => (await fetch(`http://${node.network.node}:${healthPort}/healthz`)).ok,
    readyWithin: 30,
  })
}

/** kube-proxy's configuration. */
export function kubeProxyConfig(network: Pick<NodeNetwork, 'node' | 'pods'>, kubeconfig: string): string {
  return JSON.stringify({
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    // A new Service is reached at once, not with the next second.
    nftables: { minSyncPeriod: '50ms' },
    clientConnection: { kubeconfig },
    bindAddress: network.node,
    healthzBindAddress: `${network.node}:${healthPort}`,
    metricsBindAddress: '127.0.0.1:10249',
    clusterCIDR: network.pods,
    // The kernel lets nobody but the first network namespace set these.
    conntrack: { maxPerCore: 0, min: 0 },
    oomScoreAdj: 0,
  })
}
