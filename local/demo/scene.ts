/** Everything the story acts on and looks at. */
import type { EnvironmentObject } from '../../src/api/environment-kind.ts'
import type { Cluster } from '../../src/kube/cluster.ts'
import { environmentResources } from '../../src/server/watched-environments.ts'
import type { GiteaPullRequest } from '../gitea/api.ts'
import type { Gitea } from '../gitea/index.ts'
import { type CodeHost, gitopsRepository, owner, repository } from './code-host.ts'
import type { Pipeline } from './pipeline.ts'
import type { Stages } from './stage.ts'
import type { Subject } from './subject.ts'

/** The stage is set: cluster, code host, pipeline, Tronador's processes. */
export interface Scene {
  readonly subject: Subject
  /** Where the pull request comes from. */
  readonly branch: string
  readonly cluster: Cluster
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string
  readonly gitea: Gitea
  readonly codeHost: CodeHost
  readonly pipeline: Pipeline
  readonly syncer: Syncer
  readonly stages: Stages
  /** Port of 127.0.0.1 where previews answer; undefined where pods are simulated. */
  readonly ingressPort: number | undefined
}

/** What applies the GitOps repository to the cluster. */
export interface Syncer {
  /** As it is called. */
  readonly title: string
  /**
   * Waits until it shows the preview's own object in that health itself; what it shows. Absent where it shows none that
   * the environment does not show as well.
   */
  readonly awaitHealth?: (
    preview: Preview,
    health: 'Healthy' | 'Degraded',
    update: (detail: string) => void,
  ) => Promise<string>
}

/** A pull request and the environment that belongs to it. */
export interface Preview {
  readonly pullRequest: GiteaPullRequest
  /** Name of the environment's object and of its namespace. */
  readonly name: string
  /** The environment's file in the GitOps repository. */
  readonly file: string
  /** Where a browser finds it; undefined where pods are simulated. */
  readonly url: string | undefined
}

/** The environment's object as it is now. */
export function readEnvironment(scene: Scene, name: string): Promise<EnvironmentObject | undefined> {
  return scene.cluster.get<EnvironmentObject>(environmentResources[scene.subject.kind], { name })
}

/** Paths in the GitOps repository. */
export function gitopsFiles(scene: Scene): Promise<string[]> {
  return scene.codeHost.admin.files(owner, gitopsRepository, 'main')
}

/** Tronador's comment in the pull request, or undefined. */
export async function readComment(scene: Scene, number: number): Promise<string | undefined> {
  const comments = await scene.codeHost.admin.comments(owner, repository, number)
  const own = comments.filter((comment) => comment.user.login === scene.codeHost.tronador.user)
  if (own.length > 1) throw new Error(`Tronador wrote ${own.length} comments where one is edited in place`)
  return own[0]?.body
}

/** State of Tronador's commit status: `pending`, `success`, `failure` or `none`. */
export async function readCommitStatus(scene: Scene, commit: string): Promise<string> {
  const statuses = await scene.codeHost.admin.statuses(owner, repository, commit)
  return statuses.find((status) => status.context.includes('tronador'))?.status ?? 'none'
}
