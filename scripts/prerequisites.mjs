/**
 * What must be on the machine because it cannot be fetched: programs, and how people get them. Plain JavaScript
 * without dependencies, because it is asked before anything is installed.
 */

import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

/**
 * @typedef {'none' | 'control-plane' | 'engines' | 'pull-requests' | 'pods' | 'pipelines' | 'argocd'} Need
 * @typedef {{ command: string, apt: string, dnf: string, why: string }} Prerequisite
 */

const building = [
  {
    command: 'go',
    apt: 'golang-go',
    dnf: 'golang',
    why: 'compiles Kubernetes and all else; 1.21 or newer, see https://go.dev/dl',
  },
  { command: 'setpriv', apt: 'util-linux', dnf: 'util-linux', why: 'ties every process to the one that started it' },
  { command: 'flock', apt: 'util-linux', dnf: 'util-linux', why: 'lets two runs share one cache' },
]
const git = [{ command: 'git', apt: 'git', dnf: 'git', why: 'serves, fetches and pushes repositories' }]
const codeHost = [
  { command: 'cc', apt: 'gcc libc6-dev', dnf: 'gcc glibc-devel', why: 'compiles what Gitea keeps its data in' },
]
const node = [
  { command: 'ip', apt: 'iproute2', dnf: 'iproute', why: "connects the node's network" },
  { command: 'nft', apt: 'nftables', dnf: 'nftables', why: 'routes Services to pods' },
  { command: 'mount', apt: 'mount', dnf: 'util-linux', why: 'keeps the node’s files apart' },
  { command: 'umount', apt: 'mount', dnf: 'util-linux', why: 'keeps the node’s files apart' },
  { command: 'unshare', apt: 'util-linux', dnf: 'util-linux', why: 'gives the node namespaces of its own' },
  { command: 'nsenter', apt: 'util-linux', dnf: 'util-linux', why: 'reaches into the namespaces of the node' },
]

/** @type {Record<Need, Prerequisite[]>} */
const byNeed = {
  none: [],
  'control-plane': building,
  engines: [...building, ...git],
  'pull-requests': [...building, ...git, ...codeHost],
  pods: [...building, ...git, ...codeHost, ...node],
  pipelines: [...building, ...git, ...codeHost, ...node],
  argocd: [{ command: 'redis-server', apt: 'redis-server', dnf: 'redis', why: 'keeps what Argo CD remembers' }],
}

/**
 * The programs that are needed and not there.
 * @param {Need} need
 * @param {(command: string) => boolean} isThere
 * @returns {Prerequisite[]}
 */
export function findMissing(need, isThere) {
  return byNeed[need].filter(({ command }) => !isThere(command))
}

/**
 * Tells a person what is missing and how to get it.
 * @param {readonly Prerequisite[]} missing at least one
 * @returns {string}
 */
export function describeMissing(missing) {
  const packages = (/** @type {'apt' | 'dnf'} */ manager) =>
    [...new Set(missing.map((each) => each[manager]))].join(' ')
  return [
    'This machine lacks what cannot be installed into the project:',
    ...missing.map(({ command, why }) => `  ${command.padEnd(8)} ${why}`),
    'Get it with one of',
    `  sudo apt-get install ${packages('apt')}`,
    `  sudo dnf install ${packages('dnf')}`,
  ].join('\n')
}

/**
 * Whether a program is on a search path.
 * @param {string} command
 * @param {string} path as in `PATH`
 */
export function isOnPath(command, path) {
  return path.split(':').some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
