/**
 * What a team sets up once: its repositories on Gitea, the pipelines and triggers of `tekton/` in a namespace of its
 * own, and the webhooks of both.
 */
import { randomBytes } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { type CodeHost, owner, prepareCodeHost, readSample, repository } from '../../local/demo/code-host.ts'
import { waitFor } from '../../local/demo/stage.ts'
import { pushImage } from '../../local/node/images.ts'
import { type Manifest, resourceOf } from '../../local/tekton/manifests.ts'
import type { EnvironmentKind } from '../../src/api/environment-kind.ts'
import type { KubeObject } from '../../src/kube/cluster.ts'
import { services } from '../../src/kube/resources.ts'
import { startRelay } from '../pods/relay.ts'
import { withLocalImages } from '../tekton/local-images.ts'
import type { EndToEndCluster } from './cluster.ts'
import { openKubectl, tektonPipeline } from './tekton-pipeline.ts'

/** Namespace of the team's pipelines, as `tekton/triggers/rights.yaml` has it. */
export const pipelines = 'previews'
const root = join(import.meta.dirname, '../..')

/** The team, its code host as everybody in the cluster sees it. */
export interface Team {
  readonly codeHost: CodeHost
  readonly pipeline: ReturnType<typeof tektonPipeline>
  /** Has the pipelines render that kind from now on. */
  choose(kind: EnvironmentKind): Promise<void>
  end(): Promise<void>
}

/** Assembles it. `image`: Tronador's own, by digest. */
export async function assembleTeam(cluster: EndToEndCluster, image: string): Promise<Team> {
  const { admin, gitea, registry } = cluster
  const codeHost = await prepareTeamHost(cluster)
  const base = await pushBase(cluster)
  const apply = async (manifest: Manifest) => {
    const object = withLocalImages(manifest, { image, builder: cluster.builder.image, namespace: pipelines })
    await admin.apply(resourceOf(object), object, { fieldManager: 'team', force: true })
  }
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: pipelines } })
  const secret = randomBytes(24).toString('hex')
  for (const each of credentials(codeHost, cluster.authority, secret)) await apply(each)
  for (const each of readManifests('tekton/{task,pipeline}/*/*/*.yaml')) await apply(each)
  for (const each of readManifests('tekton/triggers/{rights,templates,gitea}.yaml')) await apply(ofThisTeam(each, base))

  const listener = await addressOf(cluster, 'el-preview-gitea', 8080)
  const relay = await startRelay({ to: `http://${listener}`, at: '127.0.0.1' })
  await codeHost.admin.createHook(owner, repository, { url: `${relay.url}/`, secret, event: 'pull_request' })
  const kubectl = openKubectl(await cluster.program('kubectl'), cluster.kubeconfig)
  const imageName = `${registry.address}/${owner}/${repository}`
  return {
    codeHost,
    pipeline: tektonPipeline({ cluster: admin, namespace: pipelines, imageName, kubectl }),
    async choose(kind) {
      const [settings] = readManifests('tekton/triggers/settings.yaml')
      const values = { registry: registry.address, gitopsUrl: codeHost.gitopsCloneUrl, gitopsBranch: 'main', kind }
      const params = Object.entries(values).map(([name, value]) => ({ name, value }))
      await apply({ ...settings, spec: { params } } as Manifest)
    },
    end: () => relay.stop(),
  }

  /** Gitea's own address is for this machine's programs; what is written into objects is what pods reach. */
  async function prepareTeamHost(at: EndToEndCluster): Promise<CodeHost> {
    const host = await prepareCodeHost(gitea, at.folder)
    const { 'page/index.html': page = '' } = await readSample()
    // The build knows the commit alone.
    const text = page.replace(/^ *<dt>(?:Branch|Message)<\/dt>.*\n/gm, '')
    await host.copy.commitAndPush('main', 'Show the commit alone', { 'page/index.html': text })
    const seen = (url: string) => url.replace(gitea.url, gitea.rootUrl)
    return { ...host, repositoryUrl: seen(host.repositoryUrl), gitopsCloneUrl: seen(host.gitopsCloneUrl) }
  }
}

/** The image that the sample's Dockerfile builds on. */
async function pushBase({ registry, program }: EndToEndCluster): Promise<string> {
  const content = readFileSync(await program('shop'))
  await pushImage({
    registry: registry.address,
    name: 'base/shop',
    tag: 'local',
    layers: [[{ kind: 'file', path: 'shop', content, mode: 0o755 }]],
    config: { Entrypoint: ['/shop'], User: '65532:65532', ExposedPorts: { '8080/tcp': {} } },
  })
  return `${registry.address}/base/shop:local`
}

function credentials({ tronador }: CodeHost, authority: string, webhook: string): Manifest[] {
  const secret = (name: string, stringData: Readonly<Record<string, string>>) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: pipelines },
    stringData,
  })
  return [
    secret('preview-webhook', { secret: webhook }),
    secret('preview-gitops', { username: tronador.user, password: tronador.token, 'ca.crt': authority }),
    // Tekton mounts the workspace there, and git takes it for its home.
    secret('preview-git', {
      '.gitconfig': '[http]\n\tsslCAInfo = /workspace/git-credentials/ca.crt\n',
      'ca.crt': authority,
    }),
  ]
}

function readManifests(pattern: string): Manifest[] {
  const paths = globSync(pattern, { cwd: root }).sort()
  const texts = paths.map((path) => readFileSync(join(root, path), 'utf8'))
  return texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as Manifest))
}

interface RunTemplate {
  readonly kind: string
  readonly spec: { readonly params: object[]; readonly workspaces: object[] }
}

/** What a team adds to the triggers' template where the registry has no TLS and the code host an authority of its own. */
function ofThisTeam(manifest: Manifest, base: string): Manifest {
  if (manifest.kind !== 'TriggerTemplate' || manifest.metadata.name !== 'preview') return manifest
  const { resourcetemplates, ...spec } = manifest.spec as { resourcetemplates: RunTemplate[] }
  const own = [
    { name: 'tlsVerify', value: 'false' },
    { name: 'buildArgs', value: [`--build-arg=BASE=${base}`] },
  ]
  const git = { name: 'git-credentials', secret: { secretName: 'preview-git' } }
  const extended = resourcetemplates.map((run) =>
    run.kind === 'PipelineRun'
      ? {
          ...run,
          spec: { ...run.spec, params: [...run.spec.params, ...own], workspaces: [...run.spec.workspaces, git] },
        }
      : run,
  )
  return { ...manifest, spec: { ...spec, resourcetemplates: extended } } as Manifest
}

/** `IP:PORT` of a Service, once there is one that answers. */
async function addressOf({ admin }: EndToEndCluster, name: string, port: number): Promise<string> {
  type ServiceObject = KubeObject & { readonly spec: { readonly clusterIP?: string } }
  return await waitFor(
    `The Service ${name}`,
    async () => {
      const found = await admin.get<ServiceObject>(services, { namespace: pipelines, name })
      const ip = found?.spec.clusterIP
      if (ip === undefined) return { still: 'no such Service' }
      await fetch(`http://${ip}:${port}/live`)
      return { found: `${ip}:${port}` }
    },
    { within: 180 },
  )
}
