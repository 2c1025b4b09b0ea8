/** CoreDNS: pods find Services by name. Names outside the cluster do not exist, as pods have no way out of it. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ControlPlane } from '../control-plane.ts'
import type { Machine, MachineSurroundings } from './machine.ts'
import type { NodeNetwork } from './network.ts'

const readyPort = 8181

/** Starts CoreDNS on the bridge's address and waits until it knows the cluster's Services. */
export async function startCoreDns(
  surroundings: MachineSurroundings,
  controlPlane: ControlPlane,
  node: Machine,
): Promise<void> {
  const coredns = await surroundings.build.binary('coredns')
  const config = join(node.folder, 'Corefile')
  writeFileSync(config, corefile(node.network, controlPlane.kubeconfig))
  await surroundings.start({
    name: 'coredns',
    ...node.namespaces.enter(coredns, ['-conf', config]),
    ready: async () => (await fetch(`http://${node.network.node}:${readyPort}/ready`)).ok,
    readyWithin: 30,
  })
}

/** CoreDNS's configuration. */
export function corefile(network: Pick<NodeNetwork, 'gateway' | 'node'>, kubeconfig: string): string {
  return `cluster.local:53 {
  bind ${network.gateway}
  errors
  ready ${network.node}:${readyPort}
  kubernetes cluster.local {
    kubeconfig ${kubeconfig}
    ttl 5
  }
}
.:53 {
  bind ${network.gateway}
  errors
  template ANY ANY {
    rcode NXDOMAIN
  }
}
`
}
