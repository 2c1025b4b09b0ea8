/**
 * What the server remembers of one pull request between two looks. Nothing of it is needed to be right: it spares
 * requests, tells durations, and is lost at a restart.
 */

import type { PreviewState } from '../core/preview-report.ts'
import type { PreviewStatus } from '../core/report-status.ts'
import type { PullRequest } from '../scm/scm.ts'

/** A pull request and what is known about its preview apart from the cluster's own word. */
export interface Standing {
  readonly pull: PullRequest
  readonly state: PreviewState
}

export interface PullRequestMemory {
  /** Raised by everything that says "look again": work that began before is overtaken. */
  revision: number
  /** Whether the code host must be asked, or the cluster alone had news. */
  mustRead: boolean
  /** When the code host is to be asked again of our own accord, in milliseconds since 1970. */
  readAt: number | undefined
  /** When the last hint came, in milliseconds since 1970. */
  hintedAt: number | undefined
  /** Head commit that the times below belong to. */
  commit: string | undefined
  timeline: { heard?: number; imageFound?: number; committed?: number; applied?: number }
  /** Since when the image has been looked for while no run of ours was under way. */
  imageAwaitedSince: number | undefined
  imagePolls: number
  /** Whether a run of ours for this commit was looked at: an image that it pushes later is none that has gone since. */
  runSeen: boolean
  /** Our run that is under way, and when it is to be looked at again, in milliseconds since 1970. */
  followed: { readonly number: number; readonly commit: string; readonly at: number } | undefined
  /** The commit for which the runs of all others were ended; empty once the pull request is over. */
  runsEndedFor: string | undefined
  /** Whether a sweep missed this pull request in the list of open ones, and its answer is still out. */
  askedBySweep: boolean
  /** Successive sweeps in which the code host said 404. */
  missedSweeps: number
  /** Failures in a row. */
  failures: number
  /** As last read. */
  pull: PullRequest | undefined
  standing: Standing | undefined
  /** Comment and commit status as last written. */
  comment: string | undefined
  commentedAt: number | undefined
  status: { readonly commit: string; readonly written: PreviewStatus } | undefined
}

export function createPullRequestMemory(): PullRequestMemory {
  return {
    revision: 0,
    mustRead: true,
    readAt: undefined,
    hintedAt: undefined,
    commit: undefined,
    timeline: {},
    imageAwaitedSince: undefined,
    imagePolls: 0,
    runSeen: false,
    followed: undefined,
    runsEndedFor: undefined,
    askedBySweep: false,
    missedSweeps: 0,
    failures: 0,
    pull: undefined,
    standing: undefined,
    comment: undefined,
    commentedAt: undefined,
    status: undefined,
  }
}
