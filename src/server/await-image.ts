/** The image of a commit is not there: has it built where that is ours to do, and says what is waited for. */
import { decideImageWait, imagePollDelay, registryLag } from '../core/decide-change.ts'
import type { PreviewState } from '../core/preview-report.ts'
import type { ImageReference } from '../images/images.ts'
import type { PullRequest } from '../scm/scm.ts'
import type { RunSeen } from './pipeline-runs.ts'
import type { Look, Looked } from './process-pull-request.ts'
import type { PullRequestMemory } from './pull-request-memory.ts'

/** What there is to say, and when to look again. Rejects with `PipelineRefused` where no run can be started. */
export async function awaitImage(look: Look, pull: PullRequest, reference: ImageReference): Promise<Looked> {
  const { connection, memory, number, now } = look
  const { imageWait, resync, spec } = connection.settings
  const { commit } = pull.source
  const built = await build(look, pull, reference)
  const since = awaitedSince(memory, built, now())
  const image = `${reference.name}:${reference.tag}`
  const patience = built === undefined ? imageWait : registryLag
  const stand = (state: PreviewState) => ({ standing: { pull, state } })

  switch (decideImageWait({ run: built?.outcome, waited: now() - since, patience })) {
    case 'awaitRun': {
      const state = { kind: 'imageAwaited', image, until: undefined, run: built?.run } as const
      return { ...stand(state), againAfter: nextPoll(look), followed: { number, commit } }
    }
    case 'awaitImage': {
      const until = since + patience
      const againAfter = Math.min(nextPoll(look), Math.max(1, until - now()))
      return { ...stand({ kind: 'imageAwaited', image, until, run: built?.run }), againAfter }
    }
    case 'reportFailure':
      return { ...stand({ kind: 'pipelineFailed', ...describeFailure(built) }), againAfter: resync }
    case 'reportNoImage':
      return { ...stand({ kind: 'pipelineWithoutImage', run: built?.run ?? '', image }), againAfter: resync }
    case 'giveUpOnImage':
      return { ...stand({ kind: 'imageMissing', image, wait: spec.image.wait }), againAfter: resync }
  }
}

/** Undefined where no pipeline is ours to start. */
async function build(
  { connection, memory, now }: Look,
  pull: PullRequest,
  image: ImageReference,
): Promise<RunSeen | undefined> {
  if (connection.pipelines === undefined) return undefined
  const { number, source } = pull
  const began = now()
  const isStale = (completedAt: number) => !memory.runSeen && completedAt < began - registryLag
  const built = await connection.pipelines.build(
    { number, commit: source.commit, branch: source.branch, image },
    isStale,
  )
  memory.runSeen = true
  memory.runsEndedFor = source.commit
  return built
}

/** Since when the image could be there: a run that is under way, the first or another, begins the wait anew. */
function awaitedSince(memory: PullRequestMemory, built: RunSeen | undefined, now: number): number {
  if (built?.outcome === 'underWay') {
    memory.imageAwaitedSince = undefined
    return now
  }
  if (memory.imageAwaitedSince === undefined) {
    memory.imageAwaitedSince = now
    memory.imagePolls = 0
  }
  return memory.imageAwaitedSince
}

function describeFailure(built: RunSeen | undefined) {
  const { step, message = '', log } = built?.failure ?? {}
  return { run: built?.run ?? '', step, message, log }
}

/** Longer each time. */
function nextPoll({ memory }: Look): number {
  const delay = imagePollDelay(memory.imagePolls)
  memory.imagePolls += 1
  return delay
}
