/**
 * The node's own namespaces (mount, network, process, host name, IPC). Their first process is started under ours, and
 * with it the kernel ends every process of the node, its mounts and its network: kill -9 of us leaves none of them.
 */

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nodeName } from '../control-plane.ts'
import { systemPath } from './command.ts'
import type { MachineSurroundings } from './machine.ts'
import type { NodeNetwork } from './network.ts'

/** The node as a place where programs run. */
export interface NodeNamespaces {
  /** Process number of the node's first process, as the host counts. */
  readonly pid: number
  /** How to start a program inside, and how to end it. */
  enter(command: string, args: readonly string[]): { command: string; args: string[]; kill: (pid: number) => void }
  /** Where the host finds a file of the node. */
  path(inside: string): string
}

/**
 * Runs as the first process. Programs have `/run`, `/var/lib` and `/var/log` built into them: each is covered, so that
 * the host's are never touched. The cache may lie below one of them and is put back in its place.
 * Arguments: cache folder, node name, bridge address, file to say "ready" with, program that takes over as process 1
 * once it is built.
 */
const script = `set -eu
cache=$1 name=$2 gateway=$3 ready=$4 init=$5
mount --make-rshared /
echo "$name" > /proc/sys/kernel/hostname
cd "$cache"
for folder in /run /var/lib /var/log; do mount -t tmpfs tmpfs "$folder"; done
mkdir -p "$cache"
mount --no-canonicalize --bind . "$cache"
mount --make-rshared "$cache"
cd /
ip link set lo up
echo 1 > /proc/sys/net/ipv4/ip_forward
ip link add cni0 type bridge
ip addr add "$gateway" dev cni0
ip link set cni0 up
touch "$ready"
until [ -x "$init" ]; do sleep 0.1; done
exec "$init"
`

/** Opens the namespaces. `init` is a program that waits for ever and reaps orphans. */
export async function startNamespaces(
  surroundings: MachineSurroundings,
  options: { readonly network: NodeNetwork; readonly folder: string; readonly init: string },
): Promise<NodeNamespaces> {
  const { network, folder } = options
  const [file, ready] = [join(folder, 'init.sh'), join(folder, 'init-ready')]
  writeFileSync(file, script)
  rmSync(ready, { force: true })
  const gateway = `${network.gateway}/${network.pods.split('/')[1]}`
  const unshare = await surroundings.start({
    name: 'node',
    command: 'unshare',
    args: [
      ...['--mount', '--net', '--pid', '--uts', '--ipc', '--fork', '--kill-child', '--mount-proc'],
      ...['sh', file, surroundings.cache.folder, nodeName, gateway, ready, options.init],
    ],
    env: { PATH: systemPath() },
    ready: async () => existsSync(ready),
    readyWithin: 10,
    kill: killWrapped,
  })
  const pid = firstChildOf(unshare.pid)
  if (pid === undefined) throw new Error('The node’s first process ended as soon as it began.')
  return {
    pid,
    enter: (command, args) => ({
      command: 'nsenter',
      args: ['--target', String(pid), '--mount', '--net', '--pid', '--uts', '--ipc', '--', command, ...args],
      kill: killWrapped,
    }),
    path: (inside) => `/proc/${pid}/root${inside}`,
  }
}

/** `unshare` and `nsenter` end with their child; were they killed first, it would be nobody's to reap. */
function killWrapped(wrapper: number): void {
  const child = firstChildOf(wrapper)
  process.kill(child ?? wrapper, 'SIGKILL')
}

function firstChildOf(pid: number): number | undefined {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return children === '' ? undefined : Number(children.split(' ')[0])
}
