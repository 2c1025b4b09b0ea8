/** Flux: the controllers that fetch sources, deploy Helm releases and apply the GitOps repository. */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { namespaces } from '../src/kube/resources.ts'
import type { Surroundings } from './cluster.ts'
import type { ControlPlane } from './control-plane.ts'

/** Namespace Flux calls its own. */
const fluxNamespace = 'flux-system'

/** A controller of Flux. */
export type FluxController = 'source-controller' | 'helm-controller' | 'kustomize-controller'

/** Starts these controllers; their custom resources must be served. */
export async function startFlux(
  surroundings: Surroundings,
  controlPlane: ControlPlane,
  controllers: readonly FluxController[],
): Promise<void> {
  const stage = surroundings.progress.stage(`Start Flux (${controllers.join(', ')})`)
  await controlPlane.client.apply(
    namespaces,
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: fluxNamespace } },
    { fieldManager: 'local-cluster', force: true },
  )
  await Promise.all(controllers.map((name) => startController(surroundings, controlPlane, name)))
  stage.done()
}

async function startController(
  surroundings: Surroundings,
  controlPlane: ControlPlane,
  name: FluxController,
): Promise<void> {
  const { build, start, claims, run } = surroundings
  const health = `127.0.0.1:${await claims.port()}`
  const own = name === 'source-controller' ? await sourceFlags(surroundings) : consumerFlags(name)
  await start({
    name,
    command: await build.binary(name),
    args: [
      `--health-addr=${health}`,
      `--metrics-addr=127.0.0.1:${await claims.port()}`,
      '--events-addr=',
      '--watch-all-namespaces=true',
      '--enable-leader-election=false',
      '--concurrent=8',
      '--requeue-dependency=1s',
      '--min-retry-delay=200ms',
      '--max-retry-delay=5s',
      '--interval-jitter-percentage=0',
      ...own,
    ],
    env: { KUBECONFIG: controlPlane.kubeconfig, RUNTIME_NAMESPACE: fluxNamespace, HOME: run.path },
    ready: async () => (await fetch(`http://${health}/readyz`)).ok,
  })
}

async function sourceFlags({ claims, run }: Surroundings): Promise<string[]> {
  const storage = `127.0.0.1:${await claims.port()}`
  const folder = join(run.path, 'flux-storage')
  mkdirSync(folder)
  return [`--storage-path=${folder}`, `--storage-addr=${storage}`, `--storage-adv-addr=${storage}`]
}

/**
 * An object may use sources of its own namespace alone, as on a cluster that several teams share; and a commit to the
 * GitOps repository does not wait until what was committed before is ready.
 */
function consumerFlags(name: FluxController): string[] {
  const shared = ['--no-cross-namespace-refs=true', '--http-retry=3']
  return name === 'helm-controller'
    ? [...shared, '--graceful-shutdown-timeout=5s']
    : [...shared, '--feature-gates=CancelHealthCheckOnNewRevision=true']
}
