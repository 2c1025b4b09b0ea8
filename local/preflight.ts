/**
 * Looks, before anything long starts, whether this machine can carry a tier: programs, the Go version, disk, and for
 * real pods what the node needs.
 */

import { execFile } from 'node:child_process'
import { readdirSync, statfsSync } from 'node:fs'
import { promisify } from 'node:util'
import { describeMissing, findMissing, isOnPath } from '../scripts/prerequisites.mjs'
import { openCache } from './cache.ts'
import type { Tier } from './cluster.ts'
import { nodeRights } from './node/index.ts'

/** What a machine is like, as far as a local cluster cares. */
export interface Machine {
  hasCommand(command: string): boolean
  /** Like `go1.26.8`; undefined without Go. */
  readonly goVersion: string | undefined
  /** Free bytes where the cache lies. */
  readonly freeDisk: number
  /** Whether anything was built into the cache before. */
  readonly isCacheWarm: boolean
  /** What keeps this machine from running real pods; not looked at where none are asked for. */
  readonly nodeObstacles: readonly string[]
}

/** What a local cluster lacks. The message names each thing and its mend. */
export class MachineLacks extends Error {
  override readonly name = 'MachineLacks'
}

/** Resolves when the machine can carry this tier, rejects with {@link MachineLacks} otherwise. */
export async function checkMachine(
  tier: Tier,
  options: { readonly simulatePods?: boolean; readonly argocd?: boolean } = {},
): Promise<void> {
  if (tier === 'pipelines' && options.simulatePods === true)
    throw new MachineLacks('Pipelines run in real pods alone: ask for tier pods with --simulate-pods, or leave it out.')
  const need = tier === 'pods' && options.simulatePods === true ? 'pull-requests' : tier
  const faults = findFaults(need, await inspectMachine(runsPods(need)), options)
  if (faults.length > 0) throw new MachineLacks(faults.join('\n\n'))
}

function runsPods(tier: Tier): boolean {
  return tier === 'pods' || tier === 'pipelines'
}

/** All that this machine lacks for a tier, one text each; tier `pods` means real ones. */
export function findFaults(tier: Tier, machine: Machine, options: { readonly argocd?: boolean } = {}): string[] {
  const missing = [
    ...findMissing(tier, machine.hasCommand),
    ...(options.argocd === true ? findMissing('argocd', machine.hasCommand) : []),
  ]
  return [
    ...(missing.length === 0 ? [] : [describeMissing(missing)]),
    ...findGoFaults(machine),
    ...findDiskFaults(tier, machine),
    ...(runsPods(tier) && missing.length === 0 ? findNodeFaults(machine) : []),
  ]
}

function findGoFaults({ goVersion }: Machine): string[] {
  if (goVersion === undefined) return []
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(goVersion) ?? []
  if (Number(major) > 1 || Number(minor) >= 21) return []
  return [
    `${goVersion} is too old: 1.21 is the first Go that fetches the version it needs. Get one from https://go.dev/dl.`,
  ]
}

function findDiskFaults(tier: Tier, { freeDisk, isCacheWarm }: Machine): string[] {
  const cold = tier === 'control-plane' ? 6 : 14
  const needed = isCacheWarm ? 2 : cold
  const free = freeDisk / 2 ** 30
  if (free >= needed) return []
  return [`The disk of the cache folder has ${free.toFixed(1)} GiB free; ${needed} GiB are needed.`]
}

function findNodeFaults({ nodeObstacles }: Machine): string[] {
  if (nodeObstacles.length === 0) return []
  return [
    [
      'This machine cannot run real pods. They need a node of its own in Linux namespaces, and that needs:',
      ...nodeObstacles.map((obstacle) => `  ${obstacle}`),
      'Mend it (as root, outside of a container), or add --simulate-pods: pods then only seem to run.',
    ].join('\n'),
  ]
}

async function inspectMachine(withNode: boolean): Promise<Machine> {
  const path = process.env.PATH ?? ''
  const cache = openCache()
  const disk = statfsSync(cache.folder)
  const rights = withNode ? await nodeRights(cache.folder) : 'root'
  return {
    hasCommand: (command) => isOnPath(command, path),
    goVersion: isOnPath('go', path) ? await readGoVersion() : undefined,
    freeDisk: disk.bavail * disk.bsize,
    isCacheWarm: readdirSync(cache.modules).length > 0,
    nodeObstacles: typeof rights === 'string' ? [] : rights.missing,
  }
}

async function readGoVersion(): Promise<string> {
  const { stdout } = await promisify(execFile)('go', ['env', 'GOVERSION'])
  return stdout.trim()
}
