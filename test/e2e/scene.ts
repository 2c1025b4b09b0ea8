/** Brings Tronador up on the cluster as its users do, by its chart, with a team whose pull requests it serves. */
import { stop } from 'esbuild'
import { repository } from '../../local/demo/code-host.ts'
import type { Scene } from '../../local/demo/scene.ts'
import type { Screen } from '../../local/demo/screen.ts'
import { createStages, type StageReport } from '../../local/demo/stage.ts'
import { connectRepository, tronadorNamespace } from '../../local/demo/wiring.ts'
import { pushImage } from '../../local/node/images.ts'
import { collectImage } from '../../scripts/image-layers.ts'
import type { KubeObject } from '../../src/kube/cluster.ts'
import { namespaces, repositories, services } from '../../src/kube/resources.ts'
import { chart, openHelm } from '../charts/helm.ts'
import { startRelay } from '../pods/relay.ts'
import { connectArgoCd } from './argo-cd.ts'
import type { EndToEndCluster } from './cluster.ts'
import type { Flow } from './flows.ts'
import { assembleTeam, type Team } from './team.ts'
import { openKubectl } from './tekton-pipeline.ts'

/** Everything that both flows are lived on. */
export interface EndToEndScene {
  readonly cluster: EndToEndCluster
  readonly team: Team
  /** The stages of each flow that was played. */
  readonly lived: ReadonlyMap<Flow, readonly StageReport[]>
  /** Has team and Tronador go by that flow from now on. */
  play(flow: Flow): Promise<Scene>
  /** Where to look when a stage failed. */
  describeTrouble(): Promise<string>
}

/** Sets it. What it starts is handed to `onStop`, also when a later step fails. */
export async function setTheScene(
  cluster: EndToEndCluster,
  screen: Screen,
  interrupted: Promise<Error>,
  onStop: (work: () => Promise<void>) => void,
): Promise<EndToEndScene> {
  screen.heading('Tronador and a team')
  const stages = createStages(screen.progress, Promise.race([cluster.died, interrupted]))
  const { address } = cluster.registry
  const image = await stages.run('prepare.image', 'Build Tronador’s image and push it', async (stage) => {
    const pushed = await pushImage({ registry: address, name: 'tronador', tag: 'local', ...(await collectImage()) })
    // The bundler's helper would outlive the run.
    await stop()
    stage.saw(pushed)
    return pushed
  })
  await stages.run('prepare.install', 'Helm installs Tronador', () => install(cluster, image))
  const team = await stages.run('prepare.team', 'A team sets up its repositories, pipelines and triggers', () =>
    assembleTeam(cluster, image),
  )
  onStop(team.end)
  const syncer = await stages.run('prepare.argo-cd', 'Argo CD follows the GitOps repository', () =>
    connectArgoCd(cluster, team.codeHost),
  )
  // Gitea sends webhooks to the loopback address alone.
  const webhooks = await startRelay({ to: `http://${await serverAddress(cluster)}`, at: '127.0.0.1' })
  onStop(webhooks.stop)
  await stages.run('prepare.repository', 'Tronador is told of the repository', () =>
    connectRepository(cluster.admin, team.codeHost, {
      imageName: team.pipeline.imageName,
      imageTag: 'pr-{number}-{commit}',
      server: webhooks.url,
    }),
  )

  const lived = new Map<Flow, readonly StageReport[]>()
  return {
    cluster,
    team,
    lived,
    async play(flow) {
      const { kind } = flow.subject
      await stages.run(`${flow.name}.choose`, `Pipeline and Repository commit ${kind}s`, async () => {
        await team.choose(kind)
        const ref = { namespace: tronadorNamespace, name: repository }
        await cluster.admin.patch(repositories, ref, { spec: { kind } })
      })
      const acted = createStages(screen.progress, Promise.race([cluster.died, interrupted]))
      lived.set(flow, acted.reports)
      return {
        subject: flow.subject,
        branch: `croissants-${flow.name}`,
        cluster: cluster.admin,
        kubeconfig: cluster.kubeconfig,
        gitea: cluster.gitea,
        codeHost: team.codeHost,
        pipeline: team.pipeline,
        syncer,
        stages: acted,
        ingressPort: cluster.ingress.port,
      }
    },
    async describeTrouble() {
      const kubectl = openKubectl(await cluster.program('kubectl'), cluster.kubeconfig)
      const parts = ['operator', 'server'].map((part) =>
        kubectl('logs', '-n', tronadorNamespace, '-l', `app.kubernetes.io/component=${part}`, '--tail=15'),
      )
      const pods = kubectl('get', 'pods', '--all-namespaces', '--output=wide')
      const application = kubectl(
        'get',
        'applications.argoproj.io',
        '-n',
        'argocd',
        '--output=jsonpath={.items[*].status}',
      )
      return (await Promise.all([...parts, application, pods])).join('\n')
    },
  }
}

async function install(cluster: EndToEndCluster, image: string): Promise<void> {
  const helm = openHelm(await cluster.program('helm'), cluster.kubeconfig)
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  const own = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: tronadorNamespace, labels } }
  await cluster.admin.create(namespaces, own)
  const [name, digest] = image.split('@')
  // Every namespace has this ConfigMap, and Gitea's certificate is by the same authority.
  const values = `image.repository=${name},image.digest=${digest},server.caBundle.configMap=kube-root-ca.crt`
  await helm('install', 'tronador', chart, '--namespace', tronadorNamespace, `--set=${values}`, '--wait')
}

async function serverAddress({ admin }: EndToEndCluster): Promise<string> {
  type ServiceObject = KubeObject & { readonly spec: { readonly clusterIP: string } }
  const ref = { namespace: tronadorNamespace, name: 'tronador-server' }
  return (await admin.get<ServiceObject>(services, ref))?.spec.clusterIP ?? ''
}
