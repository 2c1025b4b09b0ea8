/**
 * Compares one repository's open pull requests with its files in the GitOps repository, both ways, and wakes every
 * pull request that is out of step. It removes nothing itself: each pull request is read on its own before that.
 */
import { mustHoldBack } from '../core/decide-change.ts'
import type { EnvironmentOnFile } from '../core/environment-file.ts'
import { environmentsFolder } from '../core/repository-settings.ts'
import type { PullRequest } from '../scm/scm.ts'
import type { Connection } from './connection.ts'
import { type HostedRepository, memoryOf } from './hosted-repository.ts'
import { ownFiles } from './own-files.ts'

/** What a sweep found. */
export interface Swept {
  readonly openPullRequests: number
  readonly environments: number
  /** How many files would go, where that is put off until the next sweep finds the same. */
  readonly heldBack: number
}

/** What a sweep sees and does beside its connection. */
export interface SweepSurroundings {
  /** Numbers of the pull requests whose environments stand in the cluster. */
  readonly inCluster: () => readonly number[]
  readonly wake: (number: number) => void
}

/** Rejects when either side cannot be read whole; then nothing was done. */
export async function sweepRepository(
  hosted: HostedRepository,
  connection: Connection,
  { inCluster, wake }: SweepSurroundings,
): Promise<Swept> {
  const [open, files] = await Promise.all([connection.scm.openPullRequests(), readOwnFiles(connection)])
  for (const pull of open) {
    const memory = hosted.pulls.get(pull.number)
    if (memory !== undefined) memory.missedSweeps = 0
    if (isOutOfStep(pull, files.get(pull.number), hosted)) wake(pull.number)
  }

  const isOpen = new Set(open.map(({ number }) => number))
  const gone = [...files.keys()].filter((number) => !isOpen.has(number))
  const hold = mustHoldBack({ files: files.size, gone, heldBefore: hosted.heldBefore })
  hosted.heldBefore = hold ? gone : undefined
  if (!hold) {
    for (const number of gone) {
      memoryOf(hosted, number).askedBySweep = true
      wake(number)
    }
  }
  for (const number of new Set([...hosted.pulls.keys(), ...inCluster()])) {
    if (!isOpen.has(number) && !files.has(number) && !isKnownClosed(hosted, number)) wake(number)
  }
  return { openPullRequests: open.length, environments: files.size, heldBack: hold ? gone.length : 0 }
}

async function readOwnFiles({ gitops, settings }: Connection): Promise<Map<number, EnvironmentOnFile>> {
  return ownFiles(await gitops.list(environmentsFolder(settings)), settings)
}

/** Of whom this is not known, the end was missed: a webhook was lost, or another process heard it. */
function isKnownClosed({ pulls }: HostedRepository, number: number): boolean {
  return pulls.get(number)?.standing?.state.kind === 'closed'
}

/** Whether a look could change anything: what was said of this very commit and needs a push to change is left alone. */
function isOutOfStep(pull: PullRequest, file: EnvironmentOnFile | undefined, hosted: HostedRepository): boolean {
  const standing = hosted.pulls.get(pull.number)?.standing
  if (standing === undefined || standing.pull.source.commit !== pull.source.commit) return true
  switch (standing.state.kind) {
    case 'fork':
    case 'configMissing':
    case 'configFaults':
      return false
    case 'committed':
      return file?.change?.commit !== pull.source.commit
    default:
      return true
  }
}
