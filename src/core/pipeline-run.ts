/** The PipelineRun of Tekton that builds a pull request's commit: what is written of it, and what is read. Pure. */
import { changeAnnotations, environmentLabel, managedByLabel, managedByValue } from '../api/labels.ts'
import type { KubeObject } from '../api/object.ts'
import type { RepositorySpec } from '../api/repository.ts'
import { identityText, type RepositoryIdentity, repositoryIdentity } from './identity.ts'
import { environmentName, pipelineRunName } from './names.ts'
import type { RepositorySettings } from './repository-settings.ts'

/** On a run that we ended: it is no answer to whether its commit builds. */
export const endedAnnotation = 'tronador.stakater.com/ended'

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
}

/** As far as it is read. */
export interface PipelineRun extends KubeObject {
  readonly spec: Readonly<Record<string, unknown>>
  readonly status?: {
    readonly conditions?: readonly Condition[]
    readonly completionTime?: string
    readonly childReferences?: readonly { readonly kind: string; readonly name: string }[]
  }
}

/** As far as it is read. */
export interface TaskRun extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly Condition[]
    readonly podName?: string
    readonly steps?: readonly {
      readonly name: string
      readonly container: string
      readonly terminationReason?: string
      readonly terminated?: { readonly exitCode: number }
    }[]
  }
}

/** The commit that is built, and the image that is made of it. */
export interface BuiltChange {
  readonly number: number
  readonly commit: string
  readonly branch: string
  readonly image: { readonly name: string; readonly tag: string }
}

/** What `spec.pipeline` of a Repository holds. */
export type PipelineSettings = NonNullable<RepositorySpec['pipeline']>

/** The run of one commit. Parameters of the Repository's own stay, unless they have the name of one of these. */
export function pipelineRunFor(
  settings: Pick<RepositorySettings, 'identity' | 'identityText' | 'cloneUrl'>,
  { namespace, run }: PipelineSettings,
  { number, commit, branch, image }: BuiltChange,
): PipelineRun {
  const { identity } = settings
  const params = {
    repoName: identity.name,
    prNumber: String(number),
    gitUrl: settings.cloneUrl,
    gitBranch: escapeReferences(branch),
    gitRevision: commit,
    imageRepo: image.name,
    imageTag: image.tag,
  }
  const given = Array.isArray(run.params) ? (run.params as readonly { readonly name?: string }[]) : []
  return {
    apiVersion: 'tekton.dev/v1',
    kind: 'PipelineRun',
    metadata: {
      name: pipelineRunName(identity, number, commit),
      namespace,
      labels: { [managedByLabel]: managedByValue, [environmentLabel]: environmentName(identity, number) },
      annotations: {
        [changeAnnotations.repository]: settings.identityText,
        [changeAnnotations.number]: String(number),
        [changeAnnotations.commit]: commit,
      },
    },
    spec: {
      ...run,
      params: [
        ...given.filter(({ name = '' }) => !(name in params)),
        ...Object.entries(params).map(([name, value]) => ({ name, value })),
      ],
    },
  }
}

/** Kubernetes replaces `$(NAME)` in arguments, where there is such a variable; this it gives back as it was. */
function escapeReferences(text: string): string {
  return text.replaceAll('$(', '$$$$(')
}

/** Selects every run of a pull request. */
export function runsOf(identity: RepositorySettings['identity'], number: number): string {
  return `${managedByLabel}=${managedByValue},${environmentLabel}=${environmentName(identity, number)}`
}

/** The commit that a run builds for that pull request, by the parameters of our pipelines; undefined for any other. */
export function builtCommit({ spec }: PipelineRun, identity: RepositoryIdentity, number: number): string | undefined {
  const given = Array.isArray(spec.params) ? (spec.params as readonly { name?: unknown; value?: unknown }[]) : []
  const value = (wanted: string) => String(given.find(({ name }) => name === wanted)?.value ?? '')
  const isOfChange = value('prNumber') === String(number) && isOf(identity, value('gitUrl'))
  return isOfChange ? value('gitRevision').toLowerCase() || undefined : undefined
}

function isOf(identity: RepositoryIdentity, url: string): boolean {
  try {
    return identityText(repositoryIdentity(url)).toLowerCase() === identityText(identity).toLowerCase()
  } catch {
    return false
  }
}

/** Ends a run, with whatever its pipeline does at every end. */
export function endRun({ metadata: { uid } }: PipelineRun): object {
  return { metadata: { uid, annotations: { [endedAnnotation]: 'true' } }, spec: { status: 'CancelledRunFinally' } }
}

export type RunOutcome = 'underWay' | 'succeeded' | 'failed'

/** How far a run or one of its tasks is. */
export function outcomeOf({ status }: PipelineRun | TaskRun): RunOutcome {
  const condition = succeeded(status?.conditions)
  if (condition?.status === 'True') return 'succeeded'
  return condition?.status === 'False' ? 'failed' : 'underWay'
}

/** When it was over, in milliseconds since 1970; undefined before that. */
export function completedAt({ status }: PipelineRun): number | undefined {
  const at = Date.parse(status?.completionTime ?? '')
  return Number.isNaN(at) ? undefined : at
}

/** Whether a task failed, and its run because of it: a pipeline may go on after a task, by `onError: continue`. */
export function brokeRun(task: TaskRun): boolean {
  return outcomeOf(task) === 'failed' && succeeded(task.status?.conditions)?.reason !== 'FailureIgnored'
}

/** Whether we have ended it. */
export function wasEnded({ metadata }: PipelineRun): boolean {
  return metadata.annotations?.[endedAnnotation] !== undefined
}

/** Tekton's own words on how it stands. */
export function messageOf({ status }: PipelineRun | TaskRun): string {
  const { reason = '', message = '' } = succeeded(status?.conditions) ?? {}
  return [reason, message].filter((text) => text !== '').join(': ')
}

/** A step that ended otherwise than well, and where its log is. */
export interface FailedStep {
  readonly name: string
  readonly pod: string
  readonly container: string
}

/** How steps end that are no reason: after the one that failed (Tekton ends them too), or failed and allowed to. */
const innocent = ['Skipped', 'Continued']

/** The step at which a task failed. */
export function failedStepOf({ status }: TaskRun): FailedStep | undefined {
  const step = status?.steps?.find(
    ({ terminated, terminationReason = '' }) =>
      terminated !== undefined && terminated.exitCode !== 0 && !innocent.includes(terminationReason),
  )
  if (step === undefined || status?.podName === undefined) return undefined
  return { name: step.name, pod: status.podName, container: step.container }
}

function succeeded(conditions: readonly Condition[] | undefined): Condition | undefined {
  return conditions?.find(({ type }) => type === 'Succeeded')
}
