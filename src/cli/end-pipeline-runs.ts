/** What `tronador end-runs` does: ends runs, and waits until nothing of them can do anything any more. */
import { TronadorError } from '../core/errors.ts'
import type { RepositoryIdentity } from '../core/identity.ts'
import { builtCommit, outcomeOf, type PipelineRun } from '../core/pipeline-run.ts'
import { type Clock, sleep } from '../kube/clock.ts'
import type { Cluster, KubeObject } from '../kube/cluster.ts'
import { endPipelineRun } from '../kube/end-pipeline-run.ts'
import { pipelineRuns, pods, taskRuns } from '../kube/resources.ts'

/** Whose runs. */
export interface EndRunsRequest {
  readonly namespace: string
  readonly identity: RepositoryIdentity
  /** The pull request's. */
  readonly number: number
  /** Runs of this commit go on; none where absent or empty. */
  readonly keepCommit?: string
  /**
   * Name of a TaskRun in that namespace: only runs that were created before it are ended, so that one whose event came
   * later, of a newer commit or of the pull request opened again, goes on. Kubernetes counts whole seconds.
   */
  readonly beforeTaskRun?: string
  readonly clock: Clock
}

const patience = 10 * 60_000
const pause = 1000

/** Returns the names of the runs that were under way, sorted. Throws `PipelineRunsGoOn` where they, or their pods, stay. */
export async function endRuns(cluster: Cluster, request: EndRunsRequest): Promise<string[]> {
  const { namespace, clock } = request
  const overtaken = await findOvertaken(cluster, request)
  await Promise.all(overtaken.map((run) => endPipelineRun(cluster, run)))
  const names = overtaken.map(({ metadata }) => metadata.name).sort()
  const until = clock.now() + patience
  for (;;) {
    const left = await leftOf(cluster, namespace, names)
    if (left.length === 0) return names
    if (clock.now() >= until) throw new TronadorError('PipelineRunsGoOn', `Still there: ${left.join(', ')}.`)
    await sleep(clock, pause)
  }
}

async function findOvertaken(cluster: Cluster, request: EndRunsRequest): Promise<PipelineRun[]> {
  const { namespace, identity, number, keepCommit } = request
  const limit = await creationOf(cluster, request)
  const { items } = await cluster.list<PipelineRun>(pipelineRuns, { namespace })
  return items.filter((run) => {
    const commit = builtCommit(run, identity, number)
    const isOlder = limit === undefined || Date.parse(run.metadata.creationTimestamp ?? '') < limit
    return commit !== undefined && commit !== keepCommit && isOlder && outcomeOf(run) === 'underWay'
  })
}

/** When the TaskRun was created, in milliseconds since 1970; undefined where none is named. */
async function creationOf(cluster: Cluster, request: EndRunsRequest): Promise<number | undefined> {
  const { namespace, beforeTaskRun: name } = request
  if (name === undefined) return undefined
  const found = await cluster.get(taskRuns, { namespace, name })
  if (found !== undefined) return Date.parse(found.metadata.creationTimestamp ?? '')
  throw new TronadorError('PipelineRefused', `There is no TaskRun ${name} in the namespace ${namespace}.`)
}

/** What of these runs is not over, as `Kind name`. Tekton deletes the pods of a run that was ended. */
async function leftOf(cluster: Cluster, namespace: string, names: readonly string[]): Promise<string[]> {
  if (names.length === 0) return []
  const labelSelector = `tekton.dev/pipelineRun in (${names.join(',')})`
  type Pod = KubeObject & { readonly status?: { readonly phase?: string } }
  const runs = (await cluster.list<PipelineRun>(pipelineRuns, { namespace })).items
  const itsPods = (await cluster.list<Pod>(pods, { namespace, labelSelector })).items
  const isUnderWay = (run: PipelineRun) => names.includes(run.metadata.name) && outcomeOf(run) === 'underWay'
  const isOver = (pod: Pod) => ['Succeeded', 'Failed'].includes(pod.status?.phase ?? '')
  return [
    ...runs.filter(isUnderWay).map(({ metadata }) => `PipelineRun ${metadata.name}`),
    ...itsPods.filter((pod) => !isOver(pod)).map(({ metadata }) => `Pod ${metadata.name}`),
  ]
}
