/** The kubelet: makes the node's pods what the API server says. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KubeObject } from '../../src/api/object.ts'
import type { Resource } from '../../src/kube/cluster.ts'
import { type ControlPlane, nodeName } from '../control-plane.ts'
import { cgroupOf } from './cgroups.ts'
import { systemPath } from './command.ts'
import { containerdSocket } from './containerd.ts'
import type { Machine, MachineSurroundings } from './machine.ts'
import type { NodeNetwork } from './network.ts'

/** Where nodes are served. */
export const nodes: Resource = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false }

interface NodeObject extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

/** Starts the kubelet and waits until the node is Ready. containerd must run: without it the kubelet ends at once. */
export async function startKubelet(
  surroundings: MachineSurroundings,
  controlPlane: ControlPlane,
  node: Machine,
): Promise<void> {
  const kubelet = await surroundings.build.binary('kubelet')
  const config = join(node.folder, 'kubelet.yaml')
  const resolver = join(node.folder, 'resolv.conf')
  writeFileSync(resolver, '')
  writeFileSync(config, kubeletConfig({ ...node, run: surroundings.run.id, pki: controlPlane.pki, resolver }))
  await surroundings.start({
    name: 'kubelet',
    ...node.namespaces.enter(kubelet, [
      `--config=${config}`,
      `--kubeconfig=${controlPlane.kubeconfigOf('kubelet')}`,
      `--root-dir=${join(node.folder, 'kubelet')}`,
      `--hostname-override=${nodeName}`,
      `--node-ip=${node.network.node}`,
    ]),
    env: { PATH: systemPath() },
    ready: () => isNodeReady(controlPlane),
    readyWithin: 60,
  })
}

/** The kubelet's configuration. */
export function kubeletConfig(options: {
  readonly network: Pick<NodeNetwork, 'node' | 'gateway'>
  readonly folder: string
  readonly run: string
  readonly pki: string
  readonly resolver: string
}): string {
  const pki = (file: string) => join(options.pki, file)
  return JSON.stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: options.network.node,
    port: 10250,
    healthzBindAddress: '127.0.0.1',
    tlsCertFile: pki('kubelet.crt'),
    tlsPrivateKeyFile: pki('kubelet.key'),
    // Pods reach this address too: they get nothing without a token or certificate.
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: pki('ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    volumePluginDir: join(options.folder, 'volume-plugins'),
    clusterDNS: [options.network.gateway],
    clusterDomain: 'cluster.local',
    resolvConf: options.resolver,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: cgroupOf(options.run),
    cgroupsPerQOS: true,
    enforceNodeAllocatable: ['pods'],
    // Whatever a pod starts without end, the machine goes on.
    podPidsLimit: 2048,
    failCgroupV1: false,
    failSwapOn: false,
    // Lowering it needs a right that containers seldom have.
    oomScoreAdj: 0,
    // The disk is the user's: only its last percent is a reason to evict, and images leave with the run.
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    imageGCHighThresholdPercent: 100,
    serializeImagePulls: false,
    // Watching needs a moment to begin, and a pod that mounts a ConfigMap waits for it.
    configMapAndSecretChangeDetectionStrategy: 'Get',
    registryPullQPS: 0,
    eventRecordQPS: 0,
  })
}

/** Whether the one node of the cluster is Ready. */
export async function isNodeReady(controlPlane: ControlPlane): Promise<boolean> {
  const node = await controlPlane.client.get<NodeObject>(nodes, { name: nodeName })
  return node?.status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false
}
