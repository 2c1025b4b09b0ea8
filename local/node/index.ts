/**
 * The node: real pods on this machine. The control plane runs on the host; containerd, the kubelet and kube-proxy run
 * in namespaces of their own, so that the host sees one device, its routes and one cgroup folder. Where the machine
 * does not allow that, KWOK simulates a node and its pods.
 */

import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Addresses, ControlPlane } from '../control-plane.ts'
import type { Surroundings } from '../surroundings.ts'
import { createNodeCgroup, removeNodeCgroup } from './cgroups.ts'
import { startContainerd } from './containerd.ts'
import { startCoreDns } from './coredns.ts'
import { startIngress } from './ingress.ts'
import { startKubeProxy } from './kube-proxy.ts'
import { startKubelet } from './kubelet.ts'
import { startKwok } from './kwok.ts'
import { type NodeNamespaces, startNamespaces } from './namespaces.ts'
import { claimNetwork, connectNode, type NodeNetwork, releaseNetwork } from './network.ts'
import { buildPause, pushPause } from './pause.ts'
import { startRegistry } from './registry.ts'
import { startScheduler } from './scheduler.ts'

export { nodeRights } from './rights.ts'

/** What the control plane must know of the node before it starts, and what runs already without it. */
export interface PreparedNode {
  readonly addresses: Addresses
  /** The node with containerd in it; it starts beside the control plane. */
  readonly machine: Promise<Machine>
}

interface Machine {
  readonly namespaces: NodeNamespaces
  readonly network: NodeNetwork
  readonly folder: string
  readonly registry: string
}

/** Where images are pushed to and where Ingresses answer. */
export interface NodeServices {
  readonly registry: { readonly address: string }
  readonly ingress: { readonly port: number }
}

/** Claims addresses and a cgroup, and begins to start what needs no API server. Needs the rights of `nodeRights`. */
export async function prepareNode(surroundings: Surroundings): Promise<PreparedNode> {
  const run = surroundings.run.id
  surroundings.onStop(() => removeNodeCgroup(run))
  createNodeCgroup(run)
  surroundings.onStop(() => releaseNetwork(run))
  const network = await claimNetwork(run)
  const machine = startMachine(surroundings, network)
  // Its failure is `startNode`'s to report; until then nobody listens.
  machine.catch(() => {})
  return { addresses: { host: network.host, node: network.node, services: network.services }, machine }
}

/** Starts the rest of the node and waits until pods can run and be reached. */
export async function startNode(
  surroundings: Surroundings,
  controlPlane: ControlPlane,
  prepared: PreparedNode,
): Promise<NodeServices> {
  const machine = await prepared.machine
  const [ingress] = await Promise.all([
    startIngressOf(surroundings, controlPlane, false),
    startKubelet(surroundings, controlPlane, machine),
    startKubeProxy(surroundings, controlPlane, machine),
    startScheduler(surroundings, controlPlane),
    startCoreDns(surroundings, controlPlane, machine),
  ])
  return { registry: { address: machine.registry }, ingress }
}

/** Starts a node whose pods only seem to run: they get Ready, and nothing answers in them. Needs no rights. */
export async function startSimulatedNode(
  surroundings: Surroundings,
  controlPlane: ControlPlane,
): Promise<NodeServices> {
  const registryAddress = `127.0.0.1:${await surroundings.claims.port()}`
  const [registry, ingress] = await Promise.all([
    startRegistry(surroundings, registryAddress),
    startIngressOf(surroundings, controlPlane, true),
    startKwok(surroundings, controlPlane),
    startScheduler(surroundings, controlPlane),
  ])
  return { registry, ingress }
}

/** Removes what a dead run left in the system. Never call it for one that lives. */
export async function sweepNode(run: { readonly id: string }): Promise<void> {
  await releaseNetwork(run.id)
  await removeNodeCgroup(run.id)
}

async function startMachine(surroundings: Surroundings, network: NodeNetwork): Promise<Machine> {
  const folder = join(surroundings.run.path, 'node')
  mkdirSync(folder, { recursive: true })
  const [registry, pause] = await Promise.all([
    startRegistry(surroundings, `${network.host}:5000`),
    buildPause(surroundings, folder),
  ])
  const [namespaces, pauseImage] = await Promise.all([
    startNamespaces(surroundings, { network, folder, init: pause }),
    pushPause(registry.address, readFileSync(pause)),
  ])
  await connectNode(network, namespaces.pid)
  const machine = { namespaces, network, folder, registry: registry.address }
  await startContainerd(surroundings, { ...machine, pauseImage })
  return machine
}

async function startIngressOf(
  surroundings: Surroundings,
  controlPlane: ControlPlane,
  simulated: boolean,
): Promise<{ port: number }> {
  const port = await surroundings.claims.port()
  const ingress = await startIngress({ cluster: controlPlane.client, port, simulated })
  surroundings.onStop(() => ingress.stop())
  return { port }
}
