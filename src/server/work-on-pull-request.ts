/** One turn of work on one pull request: bring its file in step where there is reason to, then say where it stands. */
import type { EnvironmentObject } from '../api/environment-kind.ts'
import { runPollDelay } from '../core/decide-change.ts'
import { TronadorError } from '../core/errors.ts'
import type { Connection } from './connection.ts'
import { type HostedRepository, memoryOf } from './hosted-repository.ts'
import { processPullRequest } from './process-pull-request.ts'
import { publishReport, reportStanding } from './publish-report.ts'
import type { PullRequestMemory } from './pull-request-memory.ts'

/** What a turn needs. */
export interface PullRequestWork {
  readonly hosted: HostedRepository
  readonly connection: Connection
  readonly number: number
  /** The pull request's object in the cluster, as it stands when asked; of the kind that is rendered, where there is one. */
  readonly environment: () => EnvironmentObject | undefined
  readonly now: () => number
  /** Tells operators of trouble that stands in nobody's way. */
  readonly warn: (error: unknown) => void
}

/** Soon enough to be at once, late enough not to hammer a code host that changes its mind. */
const supersededDelay = 200

/** How many failures in a row of something that mends itself are kept from the readers. */
const quietFailures = 3

/** Returns when to come back. Rejects with what stood in the way, after saying so on the pull request. */
export async function workOnPullRequest(work: PullRequestWork): Promise<{ againAfter?: number }> {
  const memory = memoryOf(work.hosted, work.number)
  if (memory.readAt !== undefined && work.now() >= memory.readAt) memory.mustRead = true
  if (memory.followed !== undefined && work.now() >= memory.followed.at) await followRun(work, memory)
  if (memory.mustRead) {
    const again = await bringInStep(work, memory)
    if (again !== undefined) return { againAfter: again }
  }
  const toPublish = await publish(work, memory)
  forgetWhatIsOver(work, memory)
  const until = (at: number | undefined) => (at === undefined ? undefined : Math.max(0, at - work.now()))
  const waits = [toPublish, until(memory.readAt), until(memory.followed?.at)]
  const known = waits.filter((wait) => wait !== undefined)
  return known.length === 0 ? {} : { againAfter: Math.min(...known) }
}

/** While our run goes on, it alone is asked about: neither code host nor registry is, unless it is their time. */
async function followRun({ connection, now }: PullRequestWork, memory: PullRequestMemory): Promise<void> {
  const { followed } = memory
  if (memory.mustRead || followed === undefined) return
  if (await connection.pipelines?.isUnderWay(followed)) memory.followed = { ...followed, at: now() + runPollDelay }
  else memory.mustRead = true
}

/** Returns a delay where the work was overtaken and begins anew. */
async function bringInStep(work: PullRequestWork, memory: PullRequestMemory): Promise<number | undefined> {
  const { connection, hosted, number, now } = work
  memory.mustRead = false
  memory.readAt = undefined
  memory.followed = undefined
  try {
    const { standing, againAfter, followed } = await processPullRequest({
      connection,
      number,
      memory,
      now,
      rising: hosted.rising,
      isInCluster: () => work.environment() !== undefined,
      warn: work.warn,
    })
    memory.standing = standing
    memory.readAt = againAfter === undefined ? undefined : now() + againAfter
    memory.followed = followed && { ...followed, at: now() + runPollDelay }
    memory.failures = 0
    memory.hintedAt = undefined
    return undefined
  } catch (error) {
    memory.mustRead = true
    if (error instanceof TronadorError && error.code === 'ChangeSuperseded') return supersededDelay
    memory.failures += 1
    await publishTrouble(work, memory, error)
    throw error
  }
}

/** Says on the pull request what a person must mend, and what does not go away by itself. */
async function publishTrouble(work: PullRequestWork, memory: PullRequestMemory, error: unknown): Promise<void> {
  if (!(error instanceof TronadorError) || memory.pull?.state !== 'open' || memory.pull.source.fork) return
  // Where the code host itself fails, there is nowhere to say it.
  if (error.code.startsWith('Scm')) return
  if (error.effect !== 'stalled' && error.effect !== 'usage' && memory.failures < quietFailures) return
  const { code, message, mend } = error
  memory.standing = { pull: memory.pull, state: { kind: 'blocked', code, message, mend } }
  await publish(work, memory)
}

async function publish(work: PullRequestWork, memory: PullRequestMemory): Promise<number | undefined> {
  const { standing } = memory
  if (standing === undefined) return undefined
  const { scm, settings } = work.connection
  const report = reportStanding(standing, work.environment(), settings.spec.kind, memory, work.now())
  return publishReport(scm, standing, report, memory, work.now())
}

/** A closed pull request whose environment is gone, and of which all was said, needs no memory; nor does none at all. */
function forgetWhatIsOver({ hosted, number, environment }: PullRequestWork, memory: PullRequestMemory): void {
  if (memory.mustRead || memory.readAt !== undefined) return
  const isNone = memory.pull === undefined && memory.missedSweeps === 0
  const isOver = memory.pull?.state === 'closed' && environment() === undefined
  const wasSaid = memory.standing === undefined || (memory.comment ?? '').startsWith('### Preview removed')
  if (isNone || (isOver && wasSaid)) hosted.pulls.delete(number)
}
