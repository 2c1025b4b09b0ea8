/**
 * A cluster of a control plane and a node alone, in a process of its own that a test can kill. Prints one line of JSON
 * when it is ready and runs until it is ended. `--simulate`: with a simulated node.
 */

import { startBuild } from '../../local/build.ts'
import { componentsOf } from '../../local/cluster.ts'
import { startApi, startControllers } from '../../local/control-plane.ts'
import { prepareNode, startNode, startSimulatedNode } from '../../local/node/index.ts'
import { silentProgress } from '../../local/progress.ts'
import { openSurroundings } from '../../local/surroundings.ts'

/** What it prints. */
export interface LoneNode {
  readonly run: { readonly id: string; readonly path: string }
  readonly kubeconfig: string
  readonly registry: { readonly address: string }
  readonly ingress: { readonly port: number }
}

const simulatePods = process.argv.includes('--simulate')
const components = componentsOf({ tier: 'pods', simulatePods })
const surroundings = await openSurroundings(silentProgress, (cache) =>
  startBuild({ cache, components, progress: silentProgress }),
)
process.once('SIGTERM', () => void surroundings.stop().then(() => process.exit(0)))

const prepared = simulatePods ? undefined : await prepareNode(surroundings)
const controlPlane = await startApi(surroundings, prepared?.addresses)
const [services] = await Promise.all([
  prepared === undefined
    ? startSimulatedNode(surroundings, controlPlane)
    : startNode(surroundings, controlPlane, prepared),
  startControllers(surroundings, controlPlane),
])
const ready: LoneNode = {
  run: { id: surroundings.run.id, path: surroundings.run.path },
  kubeconfig: controlPlane.kubeconfig,
  ...services,
}
console.log(JSON.stringify(ready))
