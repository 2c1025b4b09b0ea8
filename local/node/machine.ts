/**
 * The part of the node that needs the rights of root: its network device, its cgroup, its namespaces and the programs
 * in them. It runs in this process, or in one of its own under sudo (see `sudo.ts`).
 */

import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Build } from '../build.ts'
import type { Cache } from '../cache.ts'
import type { ControlPlane } from '../control-plane.ts'
import type { RunFolder } from '../run-folder.ts'
import type { Surroundings } from '../surroundings.ts'
import { createNodeCgroup, removeNodeCgroup } from './cgroups.ts'
import { startContainerd } from './containerd.ts'
import { startCoreDns } from './coredns.ts'
import { startKubeProxy } from './kube-proxy.ts'
import { startKubelet } from './kubelet.ts'
import { type NodeNamespaces, startNamespaces } from './namespaces.ts'
import { claimNetwork, connectNode, type NodeNetwork, releaseNetwork } from './network.ts'

/** What of a cluster's surroundings this part uses. */
export interface MachineSurroundings extends Pick<Surroundings, 'start' | 'onStop'> {
  readonly cache: Pick<Cache, 'folder'>
  readonly run: Pick<RunFolder, 'id' | 'path'>
  readonly build: Pick<Build, 'binary'>
}

/** The node's namespaces with containerd in them. */
export interface Machine {
  readonly namespaces: NodeNamespaces
  readonly network: NodeNetwork
  /** Where its files are on the host. */
  readonly folder: string
}

/** What is made without rights and handed in. */
export interface MachineParts {
  readonly pauseImage: string
  /** Address of the registry that speaks plain HTTP. */
  readonly registry: string
}

/** The steps that need the rights of root, in this order. */
export interface RootSteps {
  /** Claims a network and opens the node's namespaces at its other end. */
  claim(): Promise<NodeNetwork>
  /** Starts containerd. */
  startRuntime(parts: MachineParts): Promise<void>
  /** Starts what needs the API server; resolves when pods can run. */
  startPrograms(controlPlane: ControlPlane): Promise<void>
}

/** Folder of the node's own files. Where sudo is used, root owns what is in it. */
export function nodeFolder(run: Pick<RunFolder, 'path'>): string {
  return join(run.path, 'node')
}

/** Where the node's first process is put once it is built. */
export function pausePath(run: Pick<RunFolder, 'path'>): string {
  return join(nodeFolder(run), 'pause')
}

/** The steps, taken in this process. */
export function stepsAsRoot(surroundings: MachineSurroundings): RootSteps {
  let machine: Machine | undefined
  return {
    async claim() {
      machine = await openMachine(surroundings)
      return machine.network
    },
    async startRuntime(parts) {
      if (machine === undefined) throw new Error('The network is claimed first.')
      createNodeCgroup(surroundings.run.id)
      await startContainerd(surroundings, { ...machine, ...parts })
    },
    async startPrograms(controlPlane) {
      if (machine === undefined) throw new Error('The network is claimed first.')
      await Promise.all([
        startKubelet(surroundings, controlPlane, machine),
        startKubeProxy(surroundings, controlPlane, machine),
        startCoreDns(surroundings, controlPlane, machine),
      ])
    },
  }
}

/** Removes what a dead run left in the system; needs the rights of root. */
export async function sweepMachine(run: Pick<RunFolder, 'id' | 'path'>): Promise<void> {
  await releaseNetwork(run.id)
  await removeNodeCgroup(run.id)
  rmSync(nodeFolder(run), { recursive: true, force: true, maxRetries: 5 })
}

async function openMachine(surroundings: MachineSurroundings): Promise<Machine> {
  const { run, onStop } = surroundings
  const folder = nodeFolder(run)
  mkdirSync(folder, { recursive: true })
  // Registered before anything is made, so that nothing stays when making it fails half way.
  onStop(() => sweepMachine(run))
  const network = await claimNetwork(run.id)
  try {
    // At once, and not when the programs are built: with its other end in the namespaces, the kernel removes the device
    // when we are killed.
    const namespaces = await startNamespaces(surroundings, { network, folder, init: pausePath(run) })
    await connectNode(network, namespaces.pid)
    return { namespaces, network, folder }
  } catch (error) {
    // A stop that came while the network was claimed has swept already.
    await releaseNetwork(run.id)
    throw error
  }
}
