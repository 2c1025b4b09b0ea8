/** Which files of the GitOps repository are environments of one repository's pull requests. Pure. */
import { type EnvironmentOnFile, readEnvironmentFile } from '../core/environment-file.ts'
import { TronadorError } from '../core/errors.ts'
import { environmentName } from '../core/names.ts'
import { pullRequestAt, type RepositorySettings } from '../core/repository-settings.ts'

/**
 * The environment in a file's text, where it is this pull request's. A file of the original Tronador names none: at the
 * pull request's own path it is the pull request's by its chart's repository, or by the name that we would give it.
 */
export function readOwnFile(
  text: string | undefined,
  settings: RepositorySettings,
  number: number,
): EnvironmentOnFile | undefined {
  const found = text === undefined ? undefined : readEnvironmentFile(text)
  if (found === undefined) return undefined
  const isOwn =
    found.change === undefined
      ? isOfRepository(found, settings) || found.name === environmentName(settings.identity, number)
      : isOfRepository(found, settings) && found.change.number === number
  return isOwn ? found : undefined
}

/** Code hosts ignore case, and so do we. */
function isOfRepository({ repository }: EnvironmentOnFile, { identityText }: RepositorySettings): boolean {
  return repository?.toLowerCase() === identityText.toLowerCase()
}

/** This repository's environments among the files, by the number of the pull request. */
export function ownFiles(
  files: ReadonlyMap<string, string>,
  settings: RepositorySettings,
): Map<number, EnvironmentOnFile> {
  const own = new Map<number, EnvironmentOnFile>()
  for (const [path, text] of files) {
    const environment = readEnvironmentFile(text)
    const number = environment && (environment.change?.number ?? pullRequestAt(settings, path))
    const found = number === undefined ? undefined : readOwnFile(text, settings, number)
    if (number !== undefined && found !== undefined) own.set(number, found)
  }
  return own
}

/** What stands at a pull request's path. */
export interface StandingFile {
  readonly path: string
  readonly text: string | undefined
  readonly own: EnvironmentOnFile | undefined
}

/** Throws where writing an open pull request's environment to its path would end what runs by what stands there. */
export function refuseToOverwrite(
  { path, text, own }: StandingFile,
  settings: RepositorySettings,
  number: number,
): void {
  if (text === undefined) return
  if (own === undefined) {
    const what = describe(readEnvironmentFile(text))
    throw new TronadorError('GitOpsFileForeign', `The file ${path}, which is pull request ${number}’s, holds ${what}.`)
  }
  const { kind } = settings.spec
  if (own.change === undefined && own.kind !== kind) {
    const message = `The file ${path} holds the ${own.kind} ${own.name} of the original Tronador, and this Repository’s spec.kind is ${kind}.`
    throw new TronadorError('GitOpsKindDiffers', message, { mend: `Set spec.kind to ${own.kind}.` })
  }
}

function describe(found: EnvironmentOnFile | undefined): string {
  if (found === undefined) return 'no environment'
  const { kind, name, repository, change } = found
  if (change !== undefined) return `the ${kind} ${name} of pull request ${change.number} of ${repository}`
  if (repository === undefined) return `the ${kind} ${name}, whose chart’s repository cannot be read`
  return `the ${kind} ${name}, whose chart comes from ${repository}`
}
