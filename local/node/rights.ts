/** Whether this machine lets us run a node, found out by trying and not by guessing. */

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { firstCgroupMount } from './cgroups.ts'
import { CommandFailed, run, systemPath } from './command.ts'
import { askForSudo, runAsRoot } from './sudo.ts'

/** All is there, by ourselves or through sudo, or what is missing: one plain phrase each, for a person. */
export type NodeRights = 'root' | 'sudo' | { readonly missing: readonly string[] }

/** Tools a node needs, with the Debian package that brings each. */
const tools = {
  ip: 'iproute2',
  nft: 'nftables',
  mount: 'mount',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  cc: 'gcc',
} as const

/** Rights a node needs besides user 0, which containers often lack: their bit in the kernel's capability set. */
const capabilities = { CAP_NET_ADMIN: 12, CAP_SYS_PTRACE: 19, CAP_SYS_ADMIN: 21, CAP_SYSLOG: 34 } as const

/**
 * Looks and tries, in `folder` (on the disk where images will lie). Leaves nothing behind. A user who is not root is
 * asked for sudo, if there is someone to type the password.
 */
export async function nodeRights(folder: string): Promise<NodeRights> {
  const missing = missingTools(systemPath())
  if (missing.length > 0) return { missing }
  if (!isRoot()) return rightsThroughSudo(folder)
  missing.push(...missingCapabilities(readFileSync('/proc/self/status', 'utf8')))
  // A trial says something only where everything it needs is there.
  if (missing.length === 0) missing.push(...(await failedTrials(folder)))
  return missing.length === 0 ? 'root' : { missing }
}

/** Whether this process is root's. */
export function isRoot(): boolean {
  return process.getuid?.() === 0
}

async function rightsThroughSudo(folder: string): Promise<NodeRights> {
  if (!(await askForSudo())) return { missing: ['the rights of root, and sudo does not give them'] }
  const rights = JSON.parse(await runAsRoot('rights', folder)) as NodeRights
  return rights === 'root' ? 'sudo' : rights
}

/** The capabilities that `/proc/PID/status` shows as missing. */
export function missingCapabilities(status: string): string[] {
  const held = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`)
  return Object.entries(capabilities)
    .filter(([, bit]) => ((held >> BigInt(bit)) & 1n) === 0n)
    .map(([name]) => `the right ${name}`)
}

function missingTools(path: string): string[] {
  const folders = path.split(':')
  return Object.entries(tools)
    .filter(([tool]) => !folders.some((folder) => existsSync(join(folder, tool))))
    .map(([tool, debianPackage]) => `the program ${tool} (Debian package ${debianPackage})`)
}

async function failedTrials(folder: string): Promise<string[]> {
  const place = mkdtempSync(join(folder, 'trial-'))
  const inNamespaces = (script: string) =>
    run('unshare', ['--mount', '--net', '--pid', '--fork', 'sh', '-c', script, 'sh', place])
  const trials: [what: string, trial: () => Promise<unknown>][] = [
    ['namespaces', () => inNamespaces('true')],
    [
      'the overlay file system below the cache folder',
      () => inNamespaces('cd "$1" && mkdir l u w m && mount -t overlay overlay -o lowerdir=l,upperdir=u,workdir=w m'),
    ],
    ['network bridges', () => inNamespaces('ip link add trial type bridge')],
    ['nftables in the kernel', () => inNamespaces('nft add table ip trial')],
    ['a writable /sys/fs/cgroup', async () => tryCgroup()],
  ]
  const outcomes = await Promise.all(
    trials.map(([what, trial]) =>
      trial().then(
        () => [],
        (error: Error) => [`${what} (${wordsOf(error)})`],
      ),
    ),
  )
  rmSync(place, { recursive: true, force: true })
  return outcomes.flat()
}

/** The first line of what the tool said. */
function wordsOf(error: Error): string {
  const words = error instanceof CommandFailed ? error.words : error.message
  return words.split('\n')[0] as string
}

function tryCgroup(): void {
  const folder = join(firstCgroupMount(), `tronador-trial-${process.pid}`)
  mkdirSync(folder)
  rmdirSync(folder)
}
