/** What the GitOps repository holds of one pull request, and whether the pull request may have an environment there. */
import { type Admission, admitChange } from '../core/decide-change.ts'
import type { EnvironmentOnFile } from '../core/environment-file.ts'
import { environmentPath, environmentsFolder } from '../core/repository-settings.ts'
import type { ListOptions } from '../gitops/gitops.ts'
import type { PullRequest } from '../scm/scm.ts'
import { ownFiles, readOwnFile, refuseToOverwrite } from './own-files.ts'
import type { Look } from './process-pull-request.ts'

/** The pull request's file, and its environment where the file is ours. */
export interface ObservedFile {
  readonly path: string
  readonly text: string | undefined
  readonly own: EnvironmentOnFile | undefined
  /** How many places other pull requests of the repository hold; 0 where this one needs none. */
  readonly others: number
}

/**
 * The branch as last seen is enough for preparing a change, which its push proves; whatever else follows from the
 * branch follows from the branch as it is.
 */
export async function observeFile(look: Look, pull: PullRequest | undefined): Promise<ObservedFile> {
  const believed = await readFile(look, pull, { asRemembered: true })
  const isForeign = believed.text !== undefined && believed.own === undefined
  const isProven = !isForeign && admit(look, pull, believed) === 'prepare'
  const file = isProven ? believed : await readFile(look, pull)
  if (isOfRepository(pull)) refuseToOverwrite(file, look.connection.settings, look.number)
  return file
}

/** What becomes of the pull request, as far as its file and the free places say. */
export function admit({ connection, memory }: Look, pull: PullRequest | undefined, file: ObservedFile): Admission {
  return admitChange({
    pull,
    hasFile: file.own !== undefined,
    missedSweeps: memory.missedSweeps,
    others: file.others,
    limit: connection.settings.spec.limits.environments,
  })
}

/** Throws nothing of its own; a place is taken where one is free. */
export async function readFile(look: Look, pull: PullRequest | undefined, how?: ListOptions): Promise<ObservedFile> {
  const { settings, gitops } = look.connection
  const path = environmentPath(settings, look.number)
  const files = await gitops.list(environmentsFolder(settings), how)
  const text = files.get(path)
  const own = readOwnFile(text, settings, look.number)
  const isNew = own === undefined && isOfRepository(pull)
  return { path, text, own, others: isNew ? takePlace(look, files) : 0 }
}

/** Open, and from a branch of the repository itself: what may have a preview. */
export function isOfRepository(pull: PullRequest | undefined): pull is PullRequest {
  return pull?.state === 'open' && !pull.source.fork
}

/**
 * How many places this repository's other pull requests hold. Where one is free it is taken in the turn in which the
 * files were read, so that whoever counts next counts it too; the GitOps adapter's lists and changes follow each
 * other, so that a place is seen as taken here until it is seen in the files.
 */
function takePlace({ connection: { settings }, number, rising }: Look, files: ReadonlyMap<string, string>): number {
  const taken = new Set([...rising, ...ownFiles(files, settings).keys()])
  taken.delete(number)
  if (taken.size < settings.spec.limits.environments) rising.add(number)
  return taken.size
}
