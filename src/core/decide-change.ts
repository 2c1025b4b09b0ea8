/**
 * What is to be done about one pull request, from what was just read of it. Pure, in two steps, because what the
 * first one refuses must not make the second one read (a config file of a fork, say).
 */
import type { RunOutcome } from './pipeline-run.ts'

/** A pull request as it was read a moment ago. */
export interface ChangeSeen {
  readonly state: 'open' | 'closed'
  readonly source: { readonly fork: boolean }
}

/** What the first step is told. */
export interface AdmissionFacts {
  /** Undefined where the code host says 404, which proves nothing by itself. */
  readonly pull: ChangeSeen | undefined
  /** Whether this pull request's environment stands in the GitOps repository. */
  readonly hasFile: boolean
  /** In how many successive sweeps the code host has said 404. */
  readonly missedSweeps: number
  /** Environments of this repository's other pull requests, and how many there may be in all. */
  readonly others: number
  readonly limit: number
}

export type Admission =
  /** Nothing is known that would allow anything. */
  | 'leave'
  /** Take the environment away. */
  | 'remove'
  /** A fork gets an explanation and nothing else. */
  | 'refuseFork'
  /** No place is free. */
  | 'refuseLimit'
  /** Go on: read the config file, look for the image. */
  | 'prepare'

/** How many successive sweeps must miss a pull request before its environment goes without its word. */
export const sweepsUntilGone = 2

/** Whether a pull request may have an environment. Nothing goes without proof: the pull request itself read closed. */
export function admitChange(facts: AdmissionFacts): Admission {
  const { pull, hasFile } = facts
  if (pull === undefined) return hasFile && facts.missedSweeps >= sweepsUntilGone ? 'remove' : 'leave'
  if (pull.state === 'closed') return 'remove'
  // A fork that has an environment got it by somebody's hand: not ours to take.
  if (pull.source.fork) return 'refuseFork'
  if (!hasFile && facts.others >= facts.limit) return 'refuseLimit'
  return 'prepare'
}

/** What the second step is told where the image is not in the registry. Times are in milliseconds. */
export interface ImageFacts {
  /** How far our own run for this commit is; undefined where no pipeline is ours to start. */
  readonly run: RunOutcome | undefined
  /** How long it has been looked for while no run of ours was under way, and how long it may be. */
  readonly waited: number
  readonly patience: number
}

export type ImageWait =
  /** However long it takes: the run has time limits of its own. */
  | 'awaitRun'
  | 'awaitImage'
  /** The run failed. */
  | 'reportFailure'
  /** The run succeeded, and pushed something else. */
  | 'reportNoImage'
  | 'giveUpOnImage'

/** How long a registry may take to show what was pushed to it. */
export const registryLag = 60_000

/** What a good config file comes to whose image is not there. */
export function decideImageWait({ run, waited, patience }: ImageFacts): ImageWait {
  if (run === 'underWay') return 'awaitRun'
  if (run === 'failed') return 'reportFailure'
  if (run === 'succeeded') return waited < registryLag ? 'awaitImage' : 'reportNoImage'
  return waited < patience ? 'awaitImage' : 'giveUpOnImage'
}

/** Milliseconds until the registry is asked again: half a second at first, half a minute in the end. */
export function imagePollDelay(attempt: number): number {
  return Math.min(30_000, Math.round(500 * 1.5 ** Math.min(attempt, 20)))
}

/** Milliseconds until it is looked again whether a pipeline's run that we have started goes on. */
export const runPollDelay = 2000

/** What a sweep found about the files that stand without an open pull request. */
export interface DisappearanceFacts {
  /** Our files in the GitOps repository. */
  readonly files: number
  /** Numbers of the pull requests whose files stand though the list of open ones does not hold them. */
  readonly gone: readonly number[]
  /** The same of the sweep before, where it held them back. */
  readonly heldBefore: readonly number[] | undefined
}

/**
 * Whether so many have disappeared at once that the list is doubted: more than five and more than 30 %. Then
 * nothing is done about them until the next sweep finds the same ones gone.
 */
export function mustHoldBack({ files, gone, heldBefore }: DisappearanceFacts): boolean {
  const many = gone.length > 5 && gone.length > files * 0.3
  return many && !gone.every((number) => heldBefore?.includes(number))
}
