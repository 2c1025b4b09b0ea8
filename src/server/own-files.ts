/** Which files of the GitOps repository are environments of one repository's pull requests. Pure. */
import { type EnvironmentOnFile, readEnvironmentFile } from '../core/environment-file.ts'
import type { RepositorySettings } from '../core/repository-settings.ts'

/** The environment in a file's text, where it is one of this repository's. Code hosts ignore case, and so do we. */
export function readOwnFile(text: string | undefined, settings: RepositorySettings): EnvironmentOnFile | undefined {
  const found = text === undefined ? undefined : readEnvironmentFile(text)
  const isOurs = found?.repository.toLowerCase() === settings.identityText.toLowerCase()
  return isOurs ? found : undefined
}

/** This repository's environments among the files, by the number of the pull request. */
export function ownFiles(
  files: ReadonlyMap<string, string>,
  settings: RepositorySettings,
): Map<number, EnvironmentOnFile> {
  const own = new Map<number, EnvironmentOnFile>()
  for (const text of files.values()) {
    const found = readOwnFile(text, settings)
    if (found !== undefined) own.set(found.number, found)
  }
  return own
}
