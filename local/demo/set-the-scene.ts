/** Brings up, on a running cluster, everything a team would have: code host, pipeline, Flux, Tronador. */
import { createClient } from '../../src/kube/client.ts'
import type { Cluster } from '../../src/kube/cluster.ts'
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts'
import { startBuild } from '../build.ts'
import { openCache } from '../cache.ts'
import type { LocalCluster } from '../cluster.ts'
import type { Gitea } from '../gitea/index.ts'
import { type CodeHost, prepareCodeHost } from './code-host.ts'
import { type Pipeline, startPipeline } from './pipeline.ts'
import { startTronador, type TronadorProcesses } from './processes.ts'
import type { Scene } from './scene.ts'
import type { Screen } from './screen.ts'
import { createStages, type Stages } from './stage.ts'
import { operatorArguments, type Subject } from './subject.ts'
import { connectFlux, connectRepository, grantRights } from './wiring.ts'

/** Sets the scene for a subject. What it starts is handed to `onStop`, also when a later step fails. */
export async function setTheScene(
  cluster: LocalCluster,
  subject: Subject,
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
  // Code host and Tronador do not know each other yet: both get ready at the same time.
  const program = buildShop(screen, onStop)
  // Whoever awaits it hears of its failure; that no one does any more is no second one.
  program.catch(() => undefined)
  const [{ codeHost, pipeline }, tronador] = await Promise.all([
    prepareTeam(preparing, { gitea, registry: registry.address, runFolder, program }),
    prepareTronador(preparing, { cluster, client, subject, onStop }),
  ])
  onStop(pipeline.stop)
  await preparing.run('prepare.repository', 'Tell Flux and Tronador of the repositories', async () => {
    await connectFlux(client, codeHost)
    await connectRepository(client, codeHost, {
      imageName: pipeline.imageName,
      server: tronador.serverUrl,
      kind: subject.kind,
    })
  })
  return {
    subject,
    branch: 'croissants',
    cluster: client,
    kubeconfig: cluster.kubeconfig,
    gitea,
    codeHost,
    pipeline,
    syncer: { title: 'Flux' },
    stages: createStages(screen.progress, Promise.race([cluster.died, tronador.died, interrupted])),
    ingressPort: cluster.simulatedPods ? undefined : cluster.ingress?.port,
  }
}

/** The team's side: its repositories with the sample in them, and its pipeline. */
async function prepareTeam(
  stages: Stages,
  at: {
    readonly gitea: Gitea
    readonly registry: string
    readonly runFolder: string
    readonly program: Promise<string>
  },
): Promise<{ codeHost: CodeHost; pipeline: Pipeline }> {
  const codeHost = await stages.run('prepare.code-host', 'Push the sample application to Gitea', async (stage) => {
    const host = await prepareCodeHost(at.gitea, at.runFolder)
    stage.saw(host.repositoryUrl)
    return host
  })
  return { codeHost, pipeline: await startPipeline({ codeHost, registry: at.registry, program: await at.program }) }
}

function prepareTronador(
  stages: Stages,
  at: {
    readonly cluster: LocalCluster
    readonly client: Cluster
    readonly subject: Subject
    readonly onStop: (work: () => Promise<void>) => void
  },
): Promise<TronadorProcesses> {
  return stages.run('prepare.processes', 'Start tronador operator and tronador server', async () => {
    await grantRights(at.client)
    return startTronador(at.cluster, operatorArguments(at.subject), at.onStop)
  })
}

/** The sample's program, compiled. */
async function buildShop(screen: Screen, onStop: (work: () => Promise<void>) => void): Promise<string> {
  const build = startBuild({ cache: openCache(), components: ['shop'], progress: screen.progress })
  onStop(build.stop)
  return build.binary('shop')
}
