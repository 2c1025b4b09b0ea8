/**
 * The node: real pods on this machine. The control plane runs on the host; containerd, the kubelet and kube-proxy run
 * in namespaces of their own, so that the host sees one device, its routes and one cgroup folder. Where the machine
 * does not allow that, KWOK simulates a node and its pods.
 */

import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import type { Addresses, ControlPlane } from '../control-plane.ts'
import type { RunFolder } from '../run-folder.ts'
import type { Surroundings } from '../surroundings.ts'
import { hasNodeCgroup } from './cgroups.ts'
import { startIngress } from './ingress.ts'
import { startKwok } from './kwok.ts'
import { nodeFolder, type RootSteps, stepsAsRoot, sweepMachine } from './machine.ts'
import { hasNetwork, type NodeNetwork } from './network.ts'
import { buildPause, pushPause } from './pause.ts'
import { startRegistry } from './registry.ts'
import { isRoot } from './rights.ts'
import { startScheduler } from './scheduler.ts'
import { stepsThroughSudo, sweepThroughSudo } from './sudo.ts'

export { type NodeRights, nodeRights } from './rights.ts'

/** What the control plane must know of the node before it starts, and what runs already without it. */
export interface PreparedNode {
  readonly addresses: Addresses
  readonly steps: RootSteps
  /** Address of the registry, once containerd runs too; both start beside the control plane. */
  readonly registry: Promise<string>
}

/** Where images are pushed to and where Ingresses answer. */
export interface NodeServices {
  readonly registry: { readonly address: string }
  readonly ingress: { readonly port: number }
}

/**
 * Claims addresses, and begins to start what needs no API server. Needs the rights of `nodeRights`; a user
 * who is not root is asked for sudo here.
 */
export async function prepareNode(surroundings: Surroundings): Promise<PreparedNode> {
  mkdirSync(nodeFolder(surroundings.run), { recursive: true })
  const steps = isRoot() ? stepsAsRoot(surroundings) : await stepsThroughSudo(surroundings)
  const network = await steps.claim()
  const registry = startRegistryAndRuntime(surroundings, steps, network)
  // Its failure is `startNode`'s to report; until then nobody listens.
  registry.catch(() => {})
  return { addresses: { host: network.host, node: network.node, services: network.services }, steps, registry }
}

/** Starts the rest of the node and waits until pods can run and be reached. */
export async function startNode(
  surroundings: Surroundings,
  controlPlane: ControlPlane,
  prepared: PreparedNode,
): Promise<NodeServices> {
  const address = await prepared.registry
  const [ingress] = await Promise.all([
    startIngressOf(surroundings, controlPlane, false),
    startScheduler(surroundings, controlPlane),
    prepared.steps.startPrograms(controlPlane),
  ])
  return { registry: { address }, ingress }
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
export async function sweepNode(run: Pick<RunFolder, 'id' | 'path'>): Promise<void> {
  const isLeft = hasNetwork(run.id) || hasNodeCgroup(run.id) || existsSync(nodeFolder(run))
  if (isLeft) await (isRoot() ? sweepMachine(run) : sweepThroughSudo(run))
}

async function startRegistryAndRuntime(
  surroundings: Surroundings,
  steps: RootSteps,
  network: NodeNetwork,
): Promise<string> {
  // A port of this run's own: the registry of one that had the same address may be dying still.
  const port = await surroundings.claims.port()
  const [registry, pause] = await Promise.all([
    startRegistry(surroundings, `${network.host}:${port}`),
    buildPause(surroundings),
  ])
  const pauseImage = await pushPause(registry.address, readFileSync(pause))
  await steps.startRuntime({ pauseImage, registry: registry.address })
  return registry.address
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
