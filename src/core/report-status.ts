/** The commit status of a preview: one line beside the commit, in plain text. Pure. */
import { isPlainUrl } from './markdown.ts'
import type { PreviewReport, PreviewState } from './preview-report.ts'
import { type Committed, describeStages, readySince, stalledMessage } from './preview-stages.ts'

/** Name of the check beside the commit. */
export const statusContext = 'tronador/preview'

/** State, one line, and where a click leads (absent: to the pull request). */
export interface PreviewStatus {
  readonly state: 'pending' | 'success' | 'failure'
  readonly description: string
  readonly url: string | undefined
}

/** Nothing is under way any more, and the link to the preview leads nowhere. */
const removed: PreviewStatus = { state: 'success', description: 'Removed', url: undefined }

/**
 * The status, or undefined where nothing is to be said: the pull request comes from a fork, or it is closed and no
 * status was written before. `before` is what was last written. A failure stays after the close: it is still true,
 * it links to no preview, and a commit does not become good by its pull request's end.
 */
export function writeStatus(report: PreviewReport, before: PreviewStatus | undefined): PreviewStatus | undefined {
  const { state } = report
  if (state.kind === 'fork') return undefined
  if (state.kind === 'closed')
    return state.environment !== undefined || before === undefined || before.state === 'failure' ? undefined : removed
  if (state.kind === 'committed') return statusOfCommitted(state, report)
  const [result, description] = sayBefore(state)
  return { state: result, description, url: undefined }
}

type Before = Exclude<PreviewState, { kind: 'closed' | 'fork' | 'committed' }>

function sayBefore(state: Before): ['pending' | 'failure', string] {
  switch (state.kind) {
    case 'limit':
      return ['pending', 'Waiting for a free place']
    case 'configMissing':
      return ['failure', 'There is no config file']
    case 'configFaults':
      return ['failure', 'The config file has faults']
    case 'blocked':
      return ['failure', `Blocked: ${state.code}`]
    case 'imageAwaited':
      return ['pending', 'Waiting for the image']
    case 'pipelineFailed':
      return ['failure', 'The pipeline failed']
    case 'pipelineWithoutImage':
      return ['failure', 'The pipeline pushed no image']
    case 'imageMissing':
      return ['failure', 'The image never came']
  }
}

function statusOfCommitted(state: Committed, report: PreviewReport): PreviewStatus {
  const stages = describeStages(state, report.timeline)
  const failed = stages.find((stage) => stage.state === 'failed')
  if (failed !== undefined) return { state: 'failure', description: `Failed at: ${failed.title}`, url: undefined }
  if (stalledMessage(state) !== undefined) return { state: 'failure', description: 'Failed', url: undefined }
  if (readySince(state) === undefined) return { state: 'pending', description: 'On its way', url: undefined }
  const url = state.status?.urls?.find(isPlainUrl)
  return { state: 'success', description: 'Ready', url }
}
