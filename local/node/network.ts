/**
 * What the host sees of the node: one pair of network devices and two routes. The device is named by the run, so that
 * a dead run's can be told; the routes are the claim, since the kernel refuses a second one to the same subnet.
 */

import { existsSync } from 'node:fs'
import { CommandFailed, run } from './command.ts'
import { freeSubnets, type Subnets } from './subnets.ts'

/** A claimed network. The other end of the pair waits on the host until the node takes it. */
export interface NodeNetwork extends Subnets {
  /** The host's device. */
  readonly device: string
  /** The device that is the node's. */
  readonly peer: string
}

/** Claims subnets that neither this machine nor another local cluster uses, and lays the routes to them. */
export async function claimNetwork(id: string): Promise<NodeNetwork> {
  const { device, peer } = devicesOf(id)
  await run('ip', ['link', 'add', device, 'type', 'veth', 'peer', 'name', peer])
  try {
    await run('ip', ['link', 'set', device, 'up'])
    for (const subnets of freeSubnets(await usedAddresses())) {
      if (await layRoutes(device, subnets)) return { ...subnets, device, peer }
    }
    throw new Error('No free subnet is left for a local cluster: stop another one and try again.')
  } catch (error) {
    await releaseNetwork(id)
    throw error
  }
}

/** Takes the node's device into the node's network namespace and gives it its address and its way to the host. */
export async function connectNode(network: NodeNetwork, nodePid: number): Promise<void> {
  const inside = (...args: string[]) => run('nsenter', ['--target', String(nodePid), '--net', 'ip', ...args])
  await run('ip', ['link', 'set', network.peer, 'netns', String(nodePid)])
  await inside('addr', 'add', `${network.node}/${network.linkPrefix}`, 'dev', network.peer)
  await inside('link', 'set', network.peer, 'up')
  await inside('route', 'add', 'default', 'via', network.host)
}

/** Removes the pair, and with it its routes and addresses. No error when it is gone already. */
export async function releaseNetwork(id: string): Promise<void> {
  if (!hasNetwork(id)) return
  await run('ip', ['link', 'delete', devicesOf(id).device]).catch((error: unknown) => {
    // The kernel may have been faster: it removes the pair with the node's namespace.
    if (hasNetwork(id)) throw error
  })
}

/** Whether a run's device is still there. */
export function hasNetwork(id: string): boolean {
  return existsSync(`/sys/class/net/${devicesOf(id).device}`)
}

/** Names that end in the run's six hex digits, within the kernel's fifteen characters. */
function devicesOf(id: string): { device: string; peer: string } {
  return { device: `tronador-${id}`, peer: `trn-peer-${id}` }
}

/** False when another cluster was faster: its routes are there already. */
async function layRoutes(device: string, subnets: Subnets): Promise<boolean> {
  await run('ip', ['addr', 'add', `${subnets.host}/${subnets.linkPrefix}`, 'dev', device])
  try {
    for (const subnet of [subnets.pods, subnets.services]) {
      await run('ip', ['route', 'add', subnet, 'via', subnets.node, 'dev', device])
    }
    return true
  } catch (error) {
    if (!(error instanceof CommandFailed && error.message.includes('File exists'))) throw error
    await run('ip', ['addr', 'flush', 'dev', device])
    return false
  }
}

async function usedAddresses(): Promise<string[]> {
  const routes = JSON.parse(await run('ip', ['-json', 'route', 'show', 'table', 'all'])) as { dst?: string }[]
  return routes.flatMap((route) => route.dst ?? [])
}
