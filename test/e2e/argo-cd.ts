/** Argo CD, told of the GitOps repository by the files of `examples/argocd`, and asked through its own API. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { ArgoCd } from '../../local/argocd/index.ts'
import { type CodeHost, gitopsRepository, owner, repository } from '../../local/demo/code-host.ts'
import type { Syncer } from '../../local/demo/scene.ts'
import { waitFor } from '../../local/demo/stage.ts'
import { type Manifest, resourceOf } from '../../local/tekton/manifests.ts'
import { configMaps } from '../../src/kube/resources.ts'
import type { EndToEndCluster } from './cluster.ts'

const examples = join(import.meta.dirname, '../../examples/argocd')
const namespace = 'argocd'
const application = `previews-${repository}`

interface Health {
  readonly status?: string
  readonly message?: string
}

interface Application {
  readonly status?: { readonly sync?: { readonly status?: string; readonly revision?: string } }
}

interface Tree {
  readonly nodes?: readonly { readonly kind: string; readonly name: string; readonly health?: Health }[]
}

/** Has it follow the GitOps repository, at once after each push. */
export async function connectArgoCd({ admin, argoCd }: EndToEndCluster, codeHost: CodeHost): Promise<Syncer> {
  const { data } = parse(readExample('argocd-cm.yaml')) as { data: Record<string, string> }
  await admin.patch(configMaps, { namespace, name: 'argocd-cm' }, { data })
  const credentials: Manifest & { readonly stringData: object } = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'gitops', namespace, labels: { 'argocd.argoproj.io/secret-type': 'repository' } },
    stringData: {
      type: 'git',
      url: codeHost.gitopsCloneUrl,
      username: codeHost.flux.user,
      password: codeHost.flux.token,
    },
  }
  const files = ['project.yaml', 'application.yaml'].map((name) =>
    readExample(name).replaceAll('https://git.example.com/acme/gitops.git', codeHost.gitopsCloneUrl),
  )
  for (const object of [credentials, ...files.map((text) => parse(text) as Manifest)])
    await admin.apply(resourceOf(object), object, { fieldManager: 'team', force: true })
  const hook = { url: `${argoCd.url}/api/webhook`, secret: argoCd.webhookSecret, event: 'push' } as const
  await codeHost.admin.createHook(owner, gitopsRepository, hook)

  return {
    title: 'Argo CD',
    awaitHealth: (preview, health, update) =>
      waitFor(
        `${preview.name} Synced and ${health} in Argo CD`,
        async () => {
          const [app, tree] = await Promise.all([readApplication(argoCd), readTree(argoCd)])
          const sync = app.status?.sync?.status
          const node = tree.nodes?.find(({ name }) => name === preview.name)
          const seen = `Application ${application} ${sync}, ${node?.kind} ${node?.health?.status}: ${node?.health?.message}`
          return sync === 'Synced' && node?.health?.status === health ? { found: seen } : { still: seen }
        },
        { within: 120, update },
      ),
  }
}

function readExample(name: string): string {
  return readFileSync(join(examples, name), 'utf8')
}

/** What it shows below its Application. */
export async function readTree(argoCd: ArgoCd): Promise<Tree> {
  return (await ask(argoCd, `/api/v1/applications/${application}/resource-tree`)) as Tree
}

async function readApplication(argoCd: ArgoCd): Promise<Application> {
  return (await ask(argoCd, `/api/v1/applications/${application}`)) as Application
}

async function ask({ url }: ArgoCd, path: string): Promise<unknown> {
  const answer = await fetch(`${url}${path}`)
  if (!answer.ok) throw new Error(`Argo CD answers ${answer.status} to ${path}`)
  return answer.json()
}
