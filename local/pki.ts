/** The certificates of one cluster. They are made by a small Go program, because Node can sign none. */

import { execFile } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Surroundings } from './cluster.ts'
import { type Addresses, nodeName } from './control-plane.ts'

/**
 * Writes the certificates and returns their folder: `ca.{crt,key}`, `apiserver.{crt,key}`, `sa.{key,pub}`, and for a
 * cluster with a node `kubelet.{crt,key}` (what the kubelet serves with) and `kubelet-client.{crt,key}` (what the API
 * server shows the kubelet).
 */
export async function createPki({ build, run }: Surroundings, addresses?: Addresses): Promise<string> {
  const folder = join(run.path, 'pki')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  await promisify(execFile)(await build.binary('pki'), [
    `-folder=${folder}`,
    `-server-names=${serverNames(addresses).join(',')}`,
    `-node-names=${addresses === undefined ? '' : [nodeName, addresses.node].join(',')}`,
  ])
  return folder
}

/** All names and addresses under which the API server may be spoken to, from the host and from pods. */
export function serverNames(addresses?: Addresses): string[] {
  const inCluster = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
  ]
  const loopback = ['localhost', '127.0.0.1']
  return addresses === undefined ? loopback : [...loopback, addresses.host, firstOf(addresses.services), ...inCluster]
}

/** Service `default/kubernetes` always has the first address of the Services' range. */
function firstOf(cidr: string): string {
  return cidr.replace(/\.0\/\d+$/, '.1')
}
