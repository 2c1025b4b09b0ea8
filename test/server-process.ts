/** `tronador server` as a process of its own, for the tiers that talk to it. */
import { join } from 'node:path'
import { type RunningProcess, startProcess } from '../local/process.ts'

/** Starts it and waits until it is ready. `ports`: of its webhooks, and of its health. `folder` takes data and log. */
export function startServerProcess(options: {
  readonly kubeconfig: string
  readonly namespace: string
  readonly folder: string
  readonly ports: readonly [number, number]
}): Promise<RunningProcess> {
  const { kubeconfig, namespace, folder, ports } = options
  const [port, health] = ports
  const ends = ['--listen', `127.0.0.1:${port}`, '--health-port', String(health), '--data-folder', folder]
  return startProcess({
    name: 'tronador-server',
    command: process.execPath,
    args: ['src/main.ts', 'server', '--kubeconfig', kubeconfig, '--namespace', namespace, ...ends],
    cwd: join(import.meta.dirname, '..'),
    logs: folder,
    ready: async () => (await fetch(`http://127.0.0.1:${health}/readyz`)).ok,
    grace: 10,
  })
}
