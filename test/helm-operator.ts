/**
 * A control plane with a Helm Operator that one test file has to itself, and may stop: in the cluster that all files of
 * a tier share, a HelmRelease v1 that another file deletes meanwhile would leave its release behind.
 */
import { startBuild } from '../local/build.ts'
import { componentsOf } from '../local/cluster.ts'
import { startApi, startControllers } from '../local/control-plane.ts'
import { installCustomResources } from '../local/crds.ts'
import { startHelmOperator } from '../local/helm-operator.ts'
import { silentProgress } from '../local/progress.ts'
import { openSurroundings } from '../local/surroundings.ts'

/** See {@link startOwnHelmOperator}. */
export interface OwnHelmOperator {
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string
  /** Ends Helm Operator at once, as a crash does; the API server goes on. */
  stopHelmOperator(): Promise<void>
  /** Starts it anew and waits until it works. */
  startHelmOperator(): Promise<void>
  /** Ends all of it. */
  stop(): Promise<void>
}

/** Starts them, without Flux: some seconds, once the tier's own cluster has built the programs. */
export async function startOwnHelmOperator(): Promise<OwnHelmOperator> {
  const surroundings = await openSurroundings(silentProgress, (cache) =>
    startBuild({ cache, components: componentsOf({ tier: 'engines' }), progress: silentProgress }),
  )
  try {
    const controlPlane = await startApi(surroundings)
    await Promise.all([
      installCustomResources(surroundings, controlPlane),
      startControllers(surroundings, controlPlane),
    ])
    let running = await startHelmOperator(surroundings, controlPlane)
    return {
      kubeconfig: controlPlane.kubeconfig,
      stopHelmOperator: () => running.stop(),
      async startHelmOperator() {
        running = await startHelmOperator(surroundings, controlPlane)
      },
      stop: () => surroundings.stop(),
    }
  } catch (error) {
    await surroundings.stop('failed')
    throw error
  }
}
