/** What `tronador end-runs` does: ends runs, and waits until none of their pods can do anything any more. */
import { TronadorError } from '../core/errors.ts'
import type { RepositoryIdentity } from '../core/identity.ts'
import { builtCommit, outcomeOf, type PipelineRun } from '../core/pipeline-run.ts'
import { type Clock, sleep } from '../kube/clock.ts'
import type { Cluster, KubeObject } from '../kube/cluster.ts'
import { endPipelineRun } from '../kube/end-pipeline-run.ts'
import { pipelineRuns, pods } from '../kube/resources.ts'

/** Whose runs. */
export interface EndRunsRequest {
  readonly namespace: string
  readonly identity: RepositoryIdentity
  /** The pull request's. */
  readonly number: number
  /** Runs of this commit go on; none where absent or empty. */
  readonly keepCommit: string | undefined
  readonly clock: Clock
}

const patience = 10 * 60_000
const pause = 1000

/** Returns the names of the runs that were under way, sorted. Throws `PipelineRunsGoOn` where their pods stay. */
export async function endRuns(cluster: Cluster, request: EndRunsRequest): Promise<string[]> {
  const { namespace, identity, number, keepCommit, clock } = request
  const { items } = await cluster.list<PipelineRun>(pipelineRuns, { namespace })
  const overtaken = items.filter((run) => {
    const commit = builtCommit(run, identity, number)
    return commit !== undefined && commit !== keepCommit && outcomeOf(run) === 'underWay'
  })
  await Promise.all(overtaken.map((run) => endPipelineRun(cluster, run)))
  const names = overtaken.map(({ metadata }) => metadata.name).sort()
  const until = clock.now() + patience
  for (let left = await podsOf(cluster, namespace, names); left.length > 0; ) {
    if (clock.now() >= until) throw new TronadorError('PipelineRunsGoOn', `Pods still run: ${left.join(', ')}.`)
    await sleep(clock, pause)
    left = await podsOf(cluster, namespace, names)
  }
  return names
}

/** Names of the pods of these runs that have not ended; Tekton deletes those of a run that was ended. */
async function podsOf(cluster: Cluster, namespace: string, runs: readonly string[]): Promise<string[]> {
  if (runs.length === 0) return []
  const labelSelector = `tekton.dev/pipelineRun in (${runs.join(',')})`
  type Pod = KubeObject & { readonly status?: { readonly phase?: string } }
  const { items } = await cluster.list<Pod>(pods, { namespace, labelSelector })
  const isOver = (pod: Pod) => ['Succeeded', 'Failed'].includes(pod.status?.phase ?? '')
  return items.filter((pod) => !isOver(pod)).map(({ metadata }) => metadata.name)
}
