/**
 * Brings one pull request's file in the GitOps repository in step with the pull request: observe, decide, do. Runs
 * alone for its pull request, and may be run any number of times.
 */
import { TronadorError } from '../core/errors.ts'
import { environmentName } from '../core/names.ts'
import type { PreviewState } from '../core/preview-report.ts'
import { imageTag, type RepositorySettings } from '../core/repository-settings.ts'
import { describeCommit } from '../gitops/commit-message.ts'
import type { ImageReference } from '../images/images.ts'
import type { PullRequest } from '../scm/scm.ts'
import { awaitImage } from './await-image.ts'
import type { Connection } from './connection.ts'
import { admit, isOfRepository, type ObservedFile, observeFile, readFile } from './observe-file.ts'
import { endOvertakenRuns } from './overtaken-runs.ts'
import { readOwnFile } from './own-files.ts'
import type { PullRequestMemory, Standing } from './pull-request-memory.ts'
import { renderChange } from './render-change.ts'

/** One look at a pull request. */
export interface Look {
  readonly connection: Connection
  readonly number: number
  readonly memory: PullRequestMemory
  readonly now: () => number
  /** Numbers of this repository's pull requests that are being prepared now: each holds a place already. */
  readonly rising: Set<number>
  /** Whether the pull request's environment stands in the cluster. */
  readonly isInCluster: () => boolean
  /** Tells operators of trouble that stands in nobody's way. */
  readonly warn: (error: unknown) => void
}

/** What the look came to. */
export interface Looked {
  /** Undefined where there is nothing to say: the pull request cannot be read, or never had a preview. */
  readonly standing: Standing | undefined
  /** Look at the code host again after so many milliseconds. */
  readonly againAfter?: number
  /** Until then, look whether our run of this commit goes on. */
  readonly followed?: { readonly number: number; readonly commit: string }
}

/**
 * Rejects with `ChangeSuperseded` when the pull request or its file changed meanwhile: look again. Other errors are
 * the adapters'. The file is then as it was.
 */
export async function processPullRequest(look: Look): Promise<Looked> {
  try {
    return await observeAndAct(look)
  } finally {
    look.rising.delete(look.number)
  }
}

async function observeAndAct(look: Look): Promise<Looked> {
  const { connection, number, memory } = look
  const revision = memory.revision
  const pull = await connection.scm.pullRequest(number)
  rememberAnswer(memory, pull)
  const sought = isLikelyPrepared(look, pull) ? askForInputs(look, pull) : undefined
  const file = await observeFile(look, pull)
  if (pull !== undefined) beginCommit(look, pull, file)

  switch (admit(look, pull, file)) {
    case 'leave':
      return leave(look, file)
    case 'remove':
      return endOvertakenRuns(look, undefined, { standing: await remove(look, file, pull) })
    case 'refuseFork':
      return stand(pull, { kind: 'fork' })
    case 'refuseLimit':
      return stand(pull, { kind: 'limit', limit: connection.settings.spec.limits.environments })
    case 'prepare':
      // `admitChange` prepares only what was read.
      return pull === undefined
        ? { standing: undefined }
        : endOvertakenRuns(
            look,
            pull.source.commit,
            await prepare(look, pull, file, sought ?? askForInputs(look, pull), revision),
          )
  }
}

/** A pull request that cannot be read and has no environment is nobody's: nothing of it is remembered. */
function leave({ memory }: Look, file: ObservedFile): Looked {
  if (file.own === undefined) {
    memory.pull = undefined
    memory.missedSweeps = 0
  }
  return { standing: memory.standing }
}

/** One 404 proves nothing; how many sweeps in a row got one is counted here. */
function rememberAnswer(memory: PullRequestMemory, pull: PullRequest | undefined): void {
  if (pull !== undefined) {
    memory.missedSweeps = 0
    memory.pull = pull
  } else if (memory.askedBySweep) {
    memory.missedSweeps += 1
  }
  memory.askedBySweep = false
}

/** A new head begins a new time: what was measured for the one before no longer counts. */
function beginCommit({ memory, now }: Look, pull: PullRequest, file: ObservedFile): void {
  if (memory.commit === pull.source.commit) return
  // What was deployed before this process saw it happened at times that nobody knows.
  const known = file.own?.change?.commit !== pull.source.commit
  memory.commit = pull.source.commit
  memory.timeline = known ? { heard: memory.hintedAt ?? now() } : {}
  memory.imageAwaitedSince = undefined
  memory.imagePolls = 0
  memory.runSeen = false
  memory.runsEndedFor = undefined
}

/** Removes the file, if it is ours and stands. */
async function remove(
  { connection, memory, number, isInCluster }: Look,
  file: ObservedFile,
  pull: PullRequest | undefined,
): Promise<Standing | undefined> {
  const { own, path } = file
  if (own !== undefined) {
    await connection.gitops.change({
      path,
      edit: (current) => keepForeign(current, number, connection.settings),
      message: describeCommit('Remove', {
        environment: own.name,
        pullRequest: { repository: connection.settings.identityText, number },
        commit: own.change?.commit,
      }),
    })
  }
  if (pull === undefined) return undefined
  // The comment speaks of a removal where there was something to remove, or something to take back.
  const hadPreview = own !== undefined || memory.standing !== undefined || isInCluster()
  return hadPreview ? { pull, state: { kind: 'closed', merged: pull.merged, environment: undefined } } : undefined
}

/** No file where ours stood; whatever else somebody has put there meanwhile stays. */
function keepForeign(current: string | undefined, number: number, settings: RepositorySettings): string | undefined {
  return readOwnFile(current, settings, number) === undefined ? current : undefined
}

/** What a deployment needs from the code host and the registry. */
interface Inputs {
  readonly image: ImageReference
  /** The config file's text at the commit; undefined where there is none. */
  readonly config: Promise<string | undefined>
  readonly imageExists: Promise<boolean>
}

/** Whether the inputs are worth asking for before it is known what the GitOps repository holds. */
function isLikelyPrepared({ memory }: Look, pull: PullRequest | undefined): pull is PullRequest {
  return isOfRepository(pull) && memory.standing?.state.kind !== 'limit'
}

/** Asks for both at once. What fails is thrown where it is awaited. */
function askForInputs({ connection, memory }: Look, pull: PullRequest): Inputs {
  const { settings, scm, images } = connection
  const { commit, branch } = pull.source
  const image = { name: settings.spec.image.name, tag: imageTag(settings, { number: pull.number, commit, branch }) }
  const isKnown = memory.commit === commit && memory.timeline.imageFound !== undefined
  const config = scm.readFile(settings.spec.configFile, commit)
  const imageExists = isKnown ? Promise.resolve(true) : images.exists(image)
  for (const asked of [config, imageExists]) asked.catch(() => {})
  return { image, config, imageExists }
}

/** From an open pull request of this repository to its commit, as far as it goes now. */
async function prepare(
  look: Look,
  pull: PullRequest,
  file: ObservedFile,
  inputs: Inputs,
  revision: number,
): Promise<Looked> {
  const { connection, memory, now } = look
  const { settings } = connection
  const { image } = inputs
  const path = settings.spec.configFile

  const text = await inputs.config
  if (text === undefined) return stand(pull, { kind: 'configMissing', path })
  const name = file.own?.name ?? environmentName(settings.identity, pull.number)
  const rendered = renderChange({ settings, pull, image, name, inner: file.own?.inner, config: text })
  if (!rendered.ok)
    return stand(pull, { kind: 'configFaults', path, faults: rendered.faults, rendered: settings.spec.kind })

  if (!(await inputs.imageExists)) return await awaitImage(look, pull, image)
  memory.timeline.imageFound ??= now()

  const pushed = await push(look, pull, file, rendered.text, name, revision)
  return stand(pull, {
    kind: 'committed',
    image: `${image.name}:${image.tag}`,
    environment: name,
    gitopsCommit: pushed,
    status: undefined,
    applied: false,
    earlierUrl: undefined,
  })
}

/**
 * Commits the environment. Right before, the pull request is read once more: reading the registry and the GitOps
 * repository took time, and neither a closed pull request nor an older commit may come back. The edit runs again on
 * top of each other writer's push, and gives up where the file is no longer what was decided upon.
 */
async function push(
  look: Look,
  pull: PullRequest,
  file: ObservedFile,
  text: string,
  name: string,
  revision: number,
): Promise<string | undefined> {
  const { connection, memory, number, now } = look
  if (file.text === text) {
    // Nothing is pushed that would prove it.
    if ((await readFile(look, pull)).text !== text) throw superseded(number)
    return memory.standing?.state.kind === 'committed' ? memory.standing.state.gitopsCommit : undefined
  }
  const current = await connection.scm.pullRequest(number)
  if (current?.state !== 'open' || current.source.commit !== pull.source.commit) throw superseded(number)
  const pushed = await connection.gitops.change({
    path: file.path,
    edit: (stands) => {
      if (memory.revision !== revision || stands !== file.text) throw superseded(number)
      return text
    },
    message: describeCommit('Deploy', {
      environment: name,
      pullRequest: { repository: connection.settings.identityText, number },
      commit: pull.source.commit,
    }),
  })
  memory.timeline.committed = now()
  return pushed.commit
}

function stand(pull: PullRequest | undefined, state: PreviewState): Looked {
  return { standing: pull && { pull, state } }
}

function superseded(number: number): TronadorError {
  return new TronadorError('ChangeSuperseded', `Pull request ${number} changed while it was worked on.`)
}
