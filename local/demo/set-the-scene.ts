/** Brings up, on a running cluster, everything a team would have: code host, pipeline, Flux, Tronador. */
import { createClient } from '../../src/kube/client.ts'
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts'
import { startBuild } from '../build.ts'
import { openCache } from '../cache.ts'
import type { LocalCluster } from '../cluster.ts'
import { prepareCodeHost } from './code-host.ts'
import { startPipeline } from './pipeline.ts'
import { startTronador } from './processes.ts'
import type { Scene } from './scene.ts'
import type { Screen } from './screen.ts'
import { createStages } from './stage.ts'
import { connectFlux, connectRepository, grantRights } from './wiring.ts'

/** Sets the scene. What it starts is handed to `onStop`, also when a later step fails. */
export async function setTheScene(
  cluster: LocalCluster,
  screen: Screen,
  interrupted: Promise<Error>,
  onStop: (work: () => Promise<void>) => void,
): Promise<Scene> {
  const { gitea, registry, runFolder } = cluster
  if (gitea === undefined || registry === undefined)
    throw new Error(`A cluster of tier ${cluster.tier} has no code host and no registry`)
  const client = createClient(await loadKubeconfig(cluster.kubeconfig), { userAgent: 'local-demo' })
  onStop(() => client.close())

  const preparing = createStages(screen.progress, Promise.race([cluster.died, interrupted]))
  const [codeHost, program] = await Promise.all([
    preparing.run('prepare.code-host', 'Push the sample application to Gitea', async (stage) => {
      const host = await prepareCodeHost(gitea, runFolder)
      stage.saw(host.repositoryUrl)
      return host
    }),
    buildShop(screen, onStop),
    preparing.run('prepare.rights', 'Grant Tronador its rights', () => grantRights(client)),
  ])
  const [tronador, pipeline] = await Promise.all([
    preparing.run('prepare.processes', 'Start tronador operator and tronador server', () =>
      startTronador(cluster, onStop),
    ),
    startPipeline({ codeHost, registry: registry.address, program }),
    connectFlux(client, codeHost),
  ])
  onStop(pipeline.stop)
  await preparing.run('prepare.repository', 'Tell Tronador of the repository', () =>
    connectRepository(client, codeHost, { imageName: pipeline.imageName, server: tronador.serverUrl }),
  )
  return {
    cluster: client,
    kubeconfig: cluster.kubeconfig,
    gitea,
    codeHost,
    pipeline,
    stages: createStages(screen.progress, Promise.race([cluster.died, tronador.died, interrupted])),
    ingressPort: cluster.simulatedPods ? undefined : cluster.ingress?.port,
  }
}

/** The sample's program, compiled. */
async function buildShop(screen: Screen, onStop: (work: () => Promise<void>) => void): Promise<string> {
  const build = startBuild({ cache: openCache(), components: ['shop'], progress: screen.progress })
  onStop(build.stop)
  return build.binary('shop')
}
