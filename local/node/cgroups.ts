/**
 * The one cgroup folder of the node, `tronador-RUN`: in every hierarchy on a machine with cgroup v1 (run and tested
 * there), once on a machine with v2 (written from the kernel's and the kubelet's documentation, not yet run).
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitUntil } from '../process.ts'

/** Path of a run's cgroup, as the kubelet's `cgroupRoot` wants it. */
export function cgroupOf(run: string): string {
  return `/tronador-${run}`
}

/** Creates the cgroup in which the kubelet puts all pods. */
export function createNodeCgroup(run: string): void {
  const v1 = cgroupMounts(readMounts(), 'cgroup')
  for (const hierarchy of v1) createV1(hierarchy, run)
  if (v1.length === 0) createV2(run)
}

/** Whether any of a run's cgroups is still there. */
export function hasNodeCgroup(run: string): boolean {
  return foldersOf(run).some((folder) => existsSync(folder))
}

/**
 * Removes a run's cgroups, deepest first. The kernel may still be ending the processes in them, so it is tried again
 * for ten seconds.
 */
export async function removeNodeCgroup(run: string): Promise<void> {
  await waitUntil(
    `Removing the cgroup ${cgroupOf(run)}`,
    async () => {
      foldersOf(run).forEach(removeTree)
      return !hasNodeCgroup(run)
    },
    10,
  )
}

/** A place where a cgroup can be created: the first hierarchy of v1, or v2's one. */
export function firstCgroupMount(): string {
  return cgroupMounts(readMounts(), 'cgroup')[0] ?? '/sys/fs/cgroup'
}

/** Mount points of cgroup v1's (`cgroup`) or v2's (`cgroup2`) hierarchies, out of `/proc/self/mounts`. */
export function cgroupMounts(mounts: string, type: 'cgroup' | 'cgroup2'): string[] {
  return mounts
    .split('\n')
    .map((line) => line.split(' '))
    .filter((fields) => fields[2] === type)
    .map((fields) => fields[1] as string)
}

/** Beside the hierarchies of v1 there may be one of v2, in which the runtime makes folders of its own. */
function foldersOf(run: string): string[] {
  const mounts = readMounts()
  return [...cgroupMounts(mounts, 'cgroup'), ...cgroupMounts(mounts, 'cgroup2')].map((mount) =>
    join(mount, cgroupOf(run)),
  )
}

function readMounts(): string {
  return readFileSync('/proc/self/mounts', 'utf8')
}

function createV1(hierarchy: string, run: string): void {
  const folder = join(hierarchy, cgroupOf(run))
  mkdirSync(folder, { recursive: true })
  // A new cpuset is empty and takes no process until it is told its processors and memory.
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    if (existsSync(join(hierarchy, file))) writeFileSync(join(folder, file), readFileSync(join(hierarchy, file)))
  }
}

function createV2(run: string): void {
  const root = '/sys/fs/cgroup'
  const folder = join(root, cgroupOf(run))
  mkdirSync(folder, { recursive: true })
  // The kubelet wants these in its root, and a folder has only the controllers that its parent hands down.
  for (const parent of [root, folder]) {
    const offered = readFileSync(join(parent, 'cgroup.controllers'), 'utf8').trim().split(' ')
    const wanted = ['cpu', 'cpuset', 'memory', 'pids', 'io', 'hugetlb'].filter((name) => offered.includes(name))
    writeFileSync(join(parent, 'cgroup.subtree_control'), wanted.map((name) => `+${name}`).join(' '))
  }
}

/** Removes what is empty by now and leaves the rest for the next try. */
function removeTree(folder: string): void {
  if (!existsSync(folder)) return
  try {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory()) removeTree(join(folder, entry.name))
    }
    rmdirSync(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EBUSY' && code !== 'ENOENT' && code !== 'ENOTEMPTY') throw error
  }
}
