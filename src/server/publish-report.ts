/** Says on the pull request where its preview stands: one comment, edited in place, and one commit status. */
import { isDeepStrictEqual } from 'node:util'
import type { EnvironmentKind, EnvironmentObject } from '../api/environment-kind.ts'
import { changeOf } from '../core/change-of.ts'
import type { PreviewReport } from '../core/preview-report.ts'
import { commentMarker, writeComment } from '../core/report-comment.ts'
import { statusContext, writeStatus } from '../core/report-status.ts'
import type { ScmApi } from '../scm/scm.ts'
import type { PullRequestMemory, Standing } from './pull-request-memory.ts'

/** Shortest time between two edits of one comment, in milliseconds: readers get mail for none, but hosts count. */
const editInterval = 1000

/**
 * Adds the cluster's word to what stands. `environment` is the pull request's object in the cluster; one of another
 * kind than was committed is on its way out.
 */
export function reportStanding(
  { pull, state }: Standing,
  environment: EnvironmentObject | undefined,
  kind: EnvironmentKind,
  memory: PullRequestMemory,
  now: number,
): PreviewReport {
  const report = { commit: pull.source.commit, timeline: memory.timeline }
  if (state.kind === 'closed') return { ...report, state: { ...state, environment: environment?.metadata.name } }
  if (state.kind !== 'committed') return { ...report, state }
  const applied =
    environment?.kind === kind &&
    changeOf(environment)?.commit === pull.source.commit &&
    environment.metadata.deletionTimestamp === undefined
  if (applied && memory.timeline.committed !== undefined) memory.timeline.applied ??= now
  const current = applied && environment.status?.observedGeneration === environment.metadata.generation
  const running = environment?.status?.commit
  return {
    ...report,
    timeline: memory.timeline,
    state: {
      ...state,
      applied,
      status: current ? environment.status : undefined,
      earlierUrl: running !== undefined && running !== pull.source.commit ? environment?.status?.urls?.[0] : undefined,
    },
  }
}

/**
 * Writes what differs from what was last written. Returns the milliseconds after which to come back where the
 * comment was edited a moment ago; the last word is always written.
 */
export async function publishReport(
  scm: ScmApi,
  standing: Standing,
  report: PreviewReport,
  memory: PullRequestMemory,
  now: number,
): Promise<number | undefined> {
  // A comment that cannot be written (a locked conversation, say) does not keep the commit's status back.
  const [comment, status] = await Promise.allSettled([
    publishComment(scm, standing, report, memory, now),
    publishStatus(scm, standing, report, memory),
  ])
  if (comment.status === 'rejected') throw comment.reason
  if (status.status === 'rejected') throw status.reason
  return comment.value
}

async function publishComment(
  scm: ScmApi,
  { pull }: Standing,
  report: PreviewReport,
  memory: PullRequestMemory,
  now: number,
): Promise<number | undefined> {
  const comment = writeComment(report)
  if (comment === memory.comment) return undefined
  const wait = (memory.commentedAt ?? Number.NEGATIVE_INFINITY) + editInterval - now
  if (wait > 0) return wait
  await scm.upsertComment(pull.number, commentMarker, comment)
  memory.comment = comment
  memory.commentedAt = now
  return undefined
}

async function publishStatus(
  scm: ScmApi,
  { pull }: Standing,
  report: PreviewReport,
  memory: PullRequestMemory,
): Promise<void> {
  const before = memory.status
  const status = writeStatus(report, before?.written)
  if (status === undefined) return
  // The last word goes where the one before stands: the head may have moved just before the close.
  const commit = report.state.kind === 'closed' ? (before?.commit ?? pull.source.commit) : pull.source.commit
  if (commit === before?.commit && isDeepStrictEqual(status, before.written)) return
  const { state, description } = status
  await scm.setStatus(commit, { state, description, context: statusContext, url: status.url ?? pull.url })
  memory.status = { commit, written: status }
}
