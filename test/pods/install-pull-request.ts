/**
 * A team whose pull requests the installed Tronador is to serve: the sample application on a real Gitea, a pipeline that
 * builds its images, Flux at the GitOps repository. The server's pod reaches Gitea over TLS, as it would elsewhere.
 */

import { owner, prepareCodeHost, repository } from '../../local/demo/code-host.ts'
import { startPipeline } from '../../local/demo/pipeline.ts'
import { connectFlux, connectRepository } from '../../local/demo/wiring.ts'
import type { KubeObject } from '../../src/kube/cluster.ts'
import { services } from '../../src/kube/resources.ts'
import type { InstallCluster } from './install-cluster.ts'
import { startRelay } from './relay.ts'

/** What the team does. */
export interface PullRequestStory {
  /** Pushes a branch and opens a pull request. */
  open(): Promise<OpenPullRequest>
  end(): Promise<void>
}

/** A pull request, as the team sees it. */
export interface OpenPullRequest {
  readonly commit: string
  /** All comments in one text. */
  comments(): Promise<string>
  close(): Promise<void>
}

/** Sets all of it up, and tells the Tronador in that namespace of the repository. */
export async function startPullRequestStory(cluster: InstallCluster, namespace: string): Promise<PullRequestStory> {
  const { admin, gitea, host } = cluster
  const codeHost = await prepareCodeHost(gitea, cluster.folder)
  const pipeline = await startPipeline({
    codeHost,
    registry: cluster.registry.address,
    program: await cluster.program('shop'),
  })
  // Pods do not reach the loopback address, and Gitea sends webhooks nowhere else.
  const [secure, webhooks] = await Promise.all([
    startRelay({ to: gitea.url, at: host.address, certificate: host.certificate }),
    startRelay({ to: `http://${await serverAddress(cluster, namespace)}`, at: '127.0.0.1' }),
  ])
  await connectFlux(admin, codeHost)
  const seenByPods = {
    ...codeHost,
    repositoryUrl: codeHost.repositoryUrl.replace(gitea.url, secure.url),
    gitopsCloneUrl: codeHost.gitopsCloneUrl.replace(gitea.url, secure.url),
  }
  await connectRepository(admin, seenByPods, { imageName: pipeline.imageName, server: webhooks.url })

  return {
    async open() {
      const commit = await codeHost.copy.commitAndPush('croissants', 'Sell croissants as well', {
        'MOTTO.md': 'More.\n',
      })
      const title = 'Sell croissants as well'
      const { number } = await codeHost.developer.openPullRequest(owner, repository, { head: 'croissants', title })
      return {
        commit,
        comments: async () =>
          (await codeHost.developer.comments(owner, repository, number)).map(({ body }) => body).join('\n'),
        close: () => codeHost.developer.closePullRequest(owner, repository, number),
      }
    },
    async end() {
      await Promise.all([pipeline.stop(), secure.stop(), webhooks.stop()])
    },
  }
}

async function serverAddress(cluster: InstallCluster, namespace: string): Promise<string> {
  type ServiceObject = KubeObject & { readonly spec: { readonly clusterIP: string } }
  const ref = { namespace, name: 'tronador-server' }
  return (await cluster.admin.get<ServiceObject>(services, ref))?.spec.clusterIP ?? ''
}
