/** Ends a PipelineRun of Tekton. */
import { endRun, outcomeOf, type PipelineRun, wasEnded } from '../core/pipeline-run.ts'
import { type Cluster, isKubeError } from './cluster.ts'
import { pipelineRuns } from './resources.ts'

/** Ends it. One that is gone, or has ended by itself meanwhile, is well: Tekton changes no run that is over. */
export async function endPipelineRun(cluster: Cluster, run: PipelineRun): Promise<void> {
  const { namespace = '', name, uid } = run.metadata
  try {
    await cluster.patch(pipelineRuns, { namespace, name }, endRun(run))
  } catch (error) {
    if (isKubeError(error, 'NotFound')) return
    if (!isKubeError(error, 'BadRequest', 'Conflict', 'Invalid')) throw error
    const found = await cluster.get<PipelineRun>(pipelineRuns, { namespace, name })
    const isSame = found !== undefined && found.metadata.uid === uid
    if (isSame && outcomeOf(found) === 'underWay' && !wasEnded(found)) throw error
  }
}
