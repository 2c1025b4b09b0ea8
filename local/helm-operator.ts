/** Helm Operator: the engine that deploys a HelmRelease v1. */

import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Surroundings } from './cluster.ts'
import type { ControlPlane } from './control-plane.ts'
import { systemPath } from './node/command.ts'
import type { RunningProcess } from './process.ts'

/**
 * Starts it for all namespaces; its custom resource must be served. Its Helm part reads three things of a kubeconfig:
 * the server, the authority's file and the token. The administrator's has them. It marks what a release made, and asks
 * whose a release is, by running `kubectl`; without one it goes on and does neither.
 */
export async function startHelmOperator(
  { build, start, claims, run, progress }: Surroundings,
  { kubeconfig }: ControlPlane,
): Promise<RunningProcess> {
  const stage = progress.stage('Start Helm Operator')
  const address = `127.0.0.1:${await claims.port()}`
  const [home, temporary] = ['home', 'tmp'].map((name) => join(run.path, 'helm-operator', name)) as [string, string]
  for (const folder of [home, temporary]) mkdirSync(folder, { recursive: true, mode: 0o700 })
  const kubectl = await build.binary('kubectl')
  const running = await start({
    name: 'helm-operator',
    command: await build.binary('helm-operator'),
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--listen=${address}`,
      '--enabled-helm-versions=v3',
      '--workers=8',
      '--charts-sync-interval=30s',
      '--status-update-interval=1s',
      '--git-poll-interval=2s',
      '--git-timeout=10s',
      '--git-default-ref=main',
      // Charts bring their dependencies along; no repository can be asked for them here.
      '--update-chart-deps=false',
    ],
    // It clones charts below TMPDIR, and asks its maker for news at every start unless told not to.
    env: {
      PATH: systemPath([dirname(kubectl)]),
      KUBECONFIG: kubeconfig,
      HOME: home,
      TMPDIR: temporary,
      CHECKPOINT_DISABLE: '1',
    },
    ready: async () => (await fetch(`http://${address}/healthz`)).ok,
  })
  stage.done()
  return running
}
