/** Runs of our pipeline that build what nobody waits for any more. */
import { TronadorError } from '../core/errors.ts'
import type { Look, Looked } from './process-pull-request.ts'

/**
 * Ends them, once for each commit, after everything else: trouble with Tekton keeps no preview from coming or going.
 * What failed is told, and tried again unless it was refused. `keep`: the commit whose run goes on; none where absent.
 */
export async function endOvertakenRuns(look: Look, keep: string | undefined, looked: Looked): Promise<Looked> {
  const { connection, memory, number } = look
  if (connection.pipelines === undefined || memory.runsEndedFor === (keep ?? '')) return looked
  try {
    await connection.pipelines.endOthers(number, keep)
    memory.runsEndedFor = keep ?? ''
    return looked
  } catch (error) {
    look.warn(error)
    if (error instanceof TronadorError && error.code === 'PipelineRefused') return looked
    const { resync } = connection.settings
    return { ...looked, againAfter: Math.min(looked.againAfter ?? resync, resync) }
  }
}
