/**
 * A team with pipelines: a repository and a GitOps repository on Gitea, a namespace with the tasks, pipelines and
 * credentials of `tekton/`, and Tronador's image. Each test file has a team of its own.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { nodeName } from '../../local/control-plane.ts'
import { readSample } from '../../local/demo/code-host.ts'
import { type GiteaApi, giteaApi } from '../../local/gitea/api.ts'
import { createWorkingCopy, type WorkingCopy } from '../../local/gitea/working-copy.ts'
import { pushImage } from '../../local/node/images.ts'
import { tektonImage } from '../../local/tekton/images.ts'
import { type Manifest, resourceOf } from '../../local/tekton/manifests.ts'
import { collectImage } from '../../scripts/image-layers.ts'
import type { ClusterClient } from '../../src/kube/client.ts'
import { connectAsAdmin } from '../environment-operator.ts'
import { startRelay } from '../pods/relay.ts'
import { withLocalImages } from '../tekton/local-images.ts'
import type { TaskRun } from '../tekton/manifests.ts'
import { manifestsOf } from '../tekton/manifests.ts'
import { type FinishedRun, finished, type RunChanges, startRun } from './runs.ts'

/** See above. */
export interface Team {
  readonly cluster: ClusterClient
  readonly namespace: string
  readonly admin: GiteaApi
  readonly owner: string
  /** Who may push to both repositories, with a token. */
  readonly account: { readonly user: string; readonly token: string }
  /** Their clone of the application, which is the sample's. */
  readonly copy: WorkingCopy
  /** Clone URLs as pods reach them, over plain HTTP. */
  readonly gitUrl: string
  readonly gitopsUrl: string
  readonly registry: string
  /** Name of the image that builds are pushed to, without tag. */
  readonly imageRepo: string
  /** Where the volume of the claim `preview` lies on this machine. */
  readonly volume: string
  /** What every pipeline here has to say of a registry and a code host without TLS, and of the sample's base image. */
  readonly here: Readonly<Record<'tlsVerify' | 'gitopsArgs' | 'buildArgs', string | readonly string[]>>
  /** Takes a manifest into the namespace, with the images that can be had here. */
  apply(...manifests: readonly object[]): Promise<void>
  /** Starts a run of `tekton/` and waits for its end; rejects, with what it wrote, where it fails. */
  run(run: TaskRun, changes?: RunChanges): Promise<FinishedRun>
  start(run: TaskRun, changes?: RunChanges): Promise<string>
  finished(kind: 'TaskRun' | 'PipelineRun', name: string): Promise<FinishedRun>
  /** Digest of the image of that tag in the registry; null where there is none. */
  imageDigest(tag: string): Promise<string | null>
  /** Every file of the GitOps repository, and its commits from the newest to the first with the paths each touches. */
  gitopsFiles(): Promise<string[]>
  gitopsFile(path: string): Promise<string>
  gitopsLog(): Promise<{ readonly commit: string; readonly parents: number; readonly paths: readonly string[] }[]>
  end(): Promise<void>
}

/** Sets everything up. `namespace`: another than one made for this team. */
export async function assembleTeam(options: { readonly namespace?: string } = {}): Promise<Team> {
  const owner = `team-${randomBytes(3).toString('hex')}`
  const namespace = options.namespace ?? owner
  const folder = await mkdtemp(join(tmpdir(), 'pipelines-test-'))
  const volume = join(folder, 'volume')
  await mkdir(volume)
  const registry = inject('registry').address
  const { adminUser, adminPassword, url } = inject('gitea')
  const admin = giteaApi(url, { name: adminUser, password: adminPassword })
  const cluster = await connectAsAdmin()
  const [relay, image] = await Promise.all([
    startRelay({ to: url, at: registry.split(':')[0] ?? '' }),
    pushTronador(registry),
  ])
  const account = await invite(admin, owner)
  const author = { name: 'Dana', email: 'dana@example.com' }
  const cloneOf = (name: string) =>
    createWorkingCopy({ folder: join(folder, name), cloneUrl: `${url}/${owner}/${name}.git`, ...account, author })
  const [copy, gitops] = await Promise.all([cloneOf('shop'), cloneOf('gitops')])
  await copy.commitAndPush('main', 'Open the shop', await readSample())
  await gitops.commitAndPush('main', 'Begin', { 'README.md': '# Previews\n' })

  const apply = async (...manifests: readonly object[]) => {
    for (const manifest of manifests) {
      const object = withLocalImages(manifest as Manifest, { image, builder: inject('builder').image, namespace })
      await cluster.apply(resourceOf(object), object, { fieldManager: 'test', force: true })
    }
  }
  const start = (run: TaskRun, changes?: RunChanges) => startRun(cluster, namespace, run, changes)
  const end = (kind: 'TaskRun' | 'PipelineRun', name: string) => finished(cluster, { kind, namespace, name })
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  await apply(...credentials(account, relay.url), ...claim(volume, owner), ...manifestsOf('Task', 'Pipeline'))

  return {
    cluster,
    namespace,
    admin,
    owner,
    account,
    copy,
    gitUrl: `${relay.url}/${owner}/shop.git`,
    gitopsUrl: `${relay.url}/${owner}/gitops.git`,
    registry,
    imageRepo: `${registry}/${owner}/shop`,
    volume,
    here: {
      tlsVerify: 'false',
      gitopsArgs: ['--allow-http'],
      buildArgs: [`--build-arg=BASE=${tektonImage(registry, 'pipeline-nop')}`],
    },
    apply,
    start,
    finished: end,
    run: async (run, changes) => succeeded(await end(run.kind, await start(run, changes))),
    async imageDigest(tag) {
      const manifest = `http://${registry}/v2/${owner}/shop/manifests/${tag}`
      const accept = 'application/vnd.oci.image.manifest.v1+json'
      return (await fetch(manifest, { method: 'HEAD', headers: { accept } })).headers.get('docker-content-digest')
    },
    gitopsFiles: () => admin.files(owner, 'gitops', 'main'),
    gitopsFile: (path) => admin.file(owner, 'gitops', path, 'main'),
    async gitopsLog() {
      await gitops.git('fetch', '--quiet', 'origin', 'main')
      const log = await gitops.git('log', '--format=%x00%H %P', '--name-only', 'origin/main')
      return log
        .split('\0')
        .slice(1)
        .map((entry) => {
          const [hashes = '', ...paths] = entry.split('\n').filter((line) => line !== '')
          const [commit = '', ...parents] = hashes.trim().split(' ')
          return { commit, parents: parents.length, paths }
        })
    },
    async end() {
      await relay.stop()
      await cluster.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function succeeded(run: FinishedRun): FinishedRun {
  if (run.succeeded) return run
  throw new Error(`The run ${run.name} failed: ${run.message}\n${run.log}`)
}

async function pushTronador(registry: string): Promise<string> {
  return pushImage({ registry, name: 'tronador', tag: 'test', ...(await collectImage()) })
}

async function invite(admin: GiteaApi, owner: string): Promise<{ user: string; token: string }> {
  await admin.createOrganisation(owner)
  for (const name of ['shop', 'gitops']) await admin.createRepository(owner, name, { private: true })
  const user = `dana-${owner}`
  await admin.createUser(user, randomBytes(12).toString('hex'))
  for (const name of ['shop', 'gitops']) await admin.addCollaborator(owner, name, user, 'write')
  return { user, token: await admin.createToken(user, ['write:repository', 'write:issue', 'read:user']) }
}

/** The Secrets that samples name. */
function credentials({ user, token }: { user: string; token: string }, gitUrl: string): object[] {
  const secret = (name: string, stringData: Readonly<Record<string, string>>) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name },
    stringData,
  })
  return [
    secret('preview-gitops', { username: user, password: token }),
    secret('preview-git', {
      '.netrc': `machine ${new URL(gitUrl).hostname} login ${user} password ${token}\n`,
      // Gitea names itself by an address that pods do not reach.
      '.gitconfig': `[url "${gitUrl}/"]\n\tinsteadOf = ${inject('gitea').url}/\n`,
    }),
    secret('preview-registry', { 'config.json': '{"auths":{}}' }),
  ]
}

/** The claim `preview` and its volume, a folder of this machine. */
function claim(path: string, name: string): object[] {
  const size = { storage: '1Gi' }
  const shared = { accessModes: ['ReadWriteOnce'], storageClassName: '' }
  const here = { key: 'kubernetes.io/hostname', operator: 'In', values: [nodeName] }
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name },
      spec: {
        ...shared,
        capacity: size,
        local: { path },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [here] }] } },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'preview' },
      spec: { ...shared, resources: { requests: size }, volumeName: name },
    },
  ]
}
