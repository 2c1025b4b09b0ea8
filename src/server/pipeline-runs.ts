/** Starts the pipeline that builds a pull request's image, follows it, and ends what is overtaken. */
import { TronadorError } from '../core/errors.ts'
import { maskSecrets } from '../core/mask.ts'
import { pipelineRunName } from '../core/names.ts'
import {
  type BuiltChange,
  brokeRun,
  completedAt,
  type FailedStep,
  failedStepOf,
  messageOf,
  outcomeOf,
  type PipelineRun,
  type PipelineSettings,
  pipelineRunFor,
  type RunOutcome,
  runsOf,
  type TaskRun,
  wasEnded,
} from '../core/pipeline-run.ts'
import type { RepositorySettings } from '../core/repository-settings.ts'
import { type Cluster, isKubeError } from '../kube/cluster.ts'
import { endPipelineRun } from '../kube/end-pipeline-run.ts'
import { pipelineRuns, taskRuns } from '../kube/resources.ts'

/** A run as it stands. */
export interface RunSeen {
  /** `namespace/name`. */
  readonly run: string
  readonly outcome: RunOutcome
  /** Where it failed. */
  readonly failure: RunFailure | undefined
}

/** Why a run failed. */
export interface RunFailure {
  /** `task/step`, or the task alone; undefined where Tekton refused the whole run. */
  readonly step: string | undefined
  /** Tekton's own words. */
  readonly message: string
  /** The end of the step's log, without what is secret. */
  readonly log: string | undefined
}

/** The runs of one repository's pull requests. */
export interface PipelineRuns {
  /**
   * Has the one run of this commit exist, and ends those of other commits of the pull request. Where a run of it
   * succeeded and `isStale` says of the time at which it did that its image has gone since, it is started anew.
   */
  build(change: BuiltChange, isStale: (completedAt: number) => boolean): Promise<RunSeen>
  /** Whether the run of this commit goes on. */
  isUnderWay(change: Pick<BuiltChange, 'number' | 'commit'>): Promise<boolean>
  /** Ends every run of the pull request that is under way, but for that of one commit. */
  endOthers(number: number, commit?: string): Promise<void>
}

/** How much of a log is read, and how much of that is kept. */
const logLines = 20
const logBytes = 64 * 1024
const logCharacters = 2500

/** `secrets`: what is taken out of logs, besides what looks like one. */
export function createPipelineRuns(
  cluster: Cluster,
  settings: RepositorySettings,
  pipeline: PipelineSettings,
  secrets: readonly string[],
): PipelineRuns {
  const { namespace } = pipeline
  const { identity } = settings

  async function list(number: number): Promise<PipelineRun[]> {
    const labelSelector = runsOf(identity, number)
    return (await cluster.list<PipelineRun>(pipelineRuns, { namespace, labelSelector })).items
  }

  async function endAllBut(runs: readonly PipelineRun[], name: string | undefined): Promise<void> {
    const overtaken = runs.filter(
      (run) => run.metadata.name !== name && outcomeOf(run) === 'underWay' && !wasEnded(run),
    )
    await Promise.all(overtaken.map((run) => endPipelineRun(cluster, run)))
  }

  async function describeFailure(run: PipelineRun): Promise<RunFailure> {
    const task = await findFailedTask(run)
    if (task === undefined) return { step: undefined, message: mask(messageOf(run)), log: undefined }
    const name = task.metadata.labels?.['tekton.dev/pipelineTask'] ?? task.metadata.name
    const step = failedStepOf(task)
    const message = mask(messageOf(task))
    if (step === undefined) return { step: name, message, log: undefined }
    return { step: `${name}/${step.name}`, message, log: await readLog(step) }
  }

  /** What failed is worth telling without its log, too. */
  async function readLog({ pod, container }: FailedStep): Promise<string | undefined> {
    try {
      const options = { container, tailLines: logLines, limitBytes: logBytes }
      const log = await cluster.podLog({ namespace, name: pod }, options)
      return log && mask(log).trimEnd().slice(-logCharacters)
    } catch (error) {
      if (!isKubeError(error)) throw error
      return mask(`The log cannot be read: ${error.message}`)
    }
  }

  async function findFailedTask({ status }: PipelineRun): Promise<TaskRun | undefined> {
    const names = (status?.childReferences ?? []).filter(({ kind }) => kind === 'TaskRun').map(({ name }) => name)
    const found = await Promise.all(names.map((name) => cluster.get<TaskRun>(taskRuns, { namespace, name })))
    return found.find((task) => task !== undefined && brokeRun(task))
  }

  const mask = (text: string) => maskSecrets(text, secrets)

  async function build(change: BuiltChange, isStale: (completedAt: number) => boolean): Promise<RunSeen> {
    const name = pipelineRunName(identity, change.number, change.commit)
    const seen = { run: `${namespace}/${name}`, outcome: 'underWay', failure: undefined } as const
    const runs = await list(change.number)
    await endAllBut(runs, name)
    const own = runs.find(({ metadata }) => metadata.name === name)
    if (own === undefined) {
      await start(change)
      return seen
    }
    const outcome = outcomeOf(own)
    // Ended by us, the pull request has come back to its commit; or the registry has dropped its image.
    if (outcome === 'failed' ? wasEnded(own) : isStale(completedAt(own) ?? Number.POSITIVE_INFINITY)) {
      // The next look starts it.
      await cluster.delete(pipelineRuns, { namespace, name }, { uid: own.metadata.uid ?? '' })
      return seen
    }
    return { ...seen, outcome, failure: outcome === 'failed' ? await describeFailure(own) : undefined }
  }

  async function start(change: BuiltChange): Promise<void> {
    try {
      await cluster.create(pipelineRuns, pipelineRunFor(settings, pipeline, change))
    } catch (error) {
      if (!isKubeError(error, 'AlreadyExists')) throw error
    }
  }

  return {
    build: (change, isStale) => inOurWords(build(change, isStale)),
    async isUnderWay({ number, commit }) {
      const name = pipelineRunName(identity, number, commit)
      const run = await cluster.get<PipelineRun>(pipelineRuns, { namespace, name })
      return run !== undefined && outcomeOf(run) === 'underWay'
    },
    endOthers: (number, commit) =>
      inOurWords(list(number).then((runs) => endAllBut(runs, commit && pipelineRunName(identity, number, commit)))),
  }
}

/** What only a person can mend gets a code; everything else passes. */
async function inOurWords<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!isKubeError(error, 'BadRequest', 'Forbidden', 'Invalid', 'NotFound')) throw error
    throw new TronadorError('PipelineRefused', `The pipeline’s run was refused: ${error.message}`, { cause: error })
  }
}
