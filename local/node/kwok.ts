/** KWOK simulates a node and its pods where the machine does not allow real ones. Nothing answers in such a pod. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KubeObject } from '../../src/api/object.ts'
import { type ControlPlane, nodeName } from '../control-plane.ts'
import type { Surroundings } from '../surroundings.ts'
import { isNodeReady, nodes } from './kubelet.ts'

/** Puts one simulated node into the cluster and waits until it is Ready; pods on it become Ready by themselves. */
export async function startKwok(surroundings: Surroundings, controlPlane: ControlPlane): Promise<void> {
  const kwok = await surroundings.build.binary('kwok')
  const config = join(surroundings.run.path, 'kwok.yaml')
  writeFileSync(config, '')
  await controlPlane.client.create(nodes, simulatedNode())
  await surroundings.start({
    name: 'kwok',
    command: kwok,
    args: [
      `--kubeconfig=${controlPlane.kubeconfig}`,
      `--config=${config}`,
      '--manage-all-nodes=false',
      '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
      '--node-lease-duration-seconds=40',
    ],
    ready: () => isNodeReady(controlPlane),
    readyWithin: 30,
  })
}

function simulatedNode(): KubeObject & { status: object } {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: nodeName,
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
      labels: { 'kubernetes.io/os': 'linux', 'kubernetes.io/hostname': nodeName, type: 'kwok' },
    },
    status: {
      capacity: { cpu: '32', memory: '256Gi', pods: '500' },
      allocatable: { cpu: '32', memory: '256Gi', pods: '500' },
    },
  }
}
