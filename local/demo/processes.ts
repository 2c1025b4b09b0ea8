/** Tronador's own two processes, each with the rights of its own service account. */
import { join } from 'node:path'
import type { LocalCluster } from '../cluster.ts'
import { freePort } from '../free-port.ts'
import { type RunningProcess, startProcess } from '../process.ts'
import { tronadorNamespace } from './wiring.ts'

const root = join(import.meta.dirname, '..', '..')

/** Operator and server. */
export interface TronadorProcesses {
  /** `http://127.0.0.1:PORT`, where the code host sends its webhooks. */
  readonly serverUrl: string
  /** Resolves when one of them ends by itself. */
  readonly died: Promise<Error>
}

/** Starts both and waits until they are ready. `operatorArgs`: what else the operator is told. */
export async function startTronador(
  cluster: LocalCluster,
  operatorArgs: readonly string[],
  onStop: (work: () => Promise<void>) => void,
): Promise<TronadorProcesses> {
  const [operatorHealth, listen, serverHealth] = await Promise.all([freePort(), freePort(), freePort()])
  // In the run folder, so that the next start removes what a killed server leaves.
  const copies = join(cluster.runFolder, 'gitops')
  const running = await Promise.all([
    start(cluster, onStop, 'operator', operatorHealth, ['--health-port', String(operatorHealth), ...operatorArgs]),
    start(cluster, onStop, 'server', serverHealth, [
      ...['--listen', `127.0.0.1:${listen}`, '--health-port', String(serverHealth)],
      ...['--data-folder', copies],
    ]),
  ])
  return {
    serverUrl: `http://127.0.0.1:${listen}`,
    died: Promise.race(running.map((process) => process.died)),
  }
}

async function start(
  cluster: LocalCluster,
  onStop: (work: () => Promise<void>) => void,
  part: 'operator' | 'server',
  healthPort: number,
  args: readonly string[],
): Promise<RunningProcess> {
  const kubeconfig = await cluster.kubeconfigFor(tronadorNamespace, `tronador-${part}`)
  return startProcess({
    name: `tronador-${part}`,
    command: process.execPath,
    args: ['src/main.ts', part, '--kubeconfig', kubeconfig, '--namespace', tronadorNamespace, ...args],
    cwd: root,
    logs: join(cluster.runFolder, 'logs'),
    ready: async () => (await fetch(`http://127.0.0.1:${healthPort}/readyz`)).ok,
    grace: 5,
    onStarted: ({ stop }) => onStop(stop),
  })
}
