/** What the things inside an environment are called: what runs keeps its names when its object is written anew. Pure. */
import { type RepositoryIdentity, repositoryIdentity } from './identity.ts'
import { maxNameLength, normaliseName, releaseName } from './names.ts'
import { releaseNameIn } from './translation.ts'

/** Legal names, as the operator makes them of the object; undefined where the object gives none. */
export interface InnerNames {
  /** Of the HelmRelease and of Helm's release. */
  readonly release: string | undefined
  /** Of the GitRepository, where the object's kind can name it. */
  readonly source: string | undefined
}

/** The names that an object of either kind gives; it need not be valid. */
export function innerNamesIn(object: object): InnerNames {
  const source = textAt(object, 'spec', 'application', 'release', 'chart', 'spec', 'sourceRef', 'name')
  const isName = source !== undefined && /[a-z0-9]/i.test(source)
  return {
    release: releaseNameIn(object) ?? defaultReleaseName(object),
    source: isName ? normaliseName(source, maxNameLength) : undefined,
  }
}

function defaultReleaseName(object: object): string | undefined {
  const repository = chartRepositoryIn(object)
  return repository && releaseName(repository.name)
}

/** The repository that an object of either kind takes its chart from; undefined where it names none that can be read. */
export function chartRepositoryIn(object: object): RepositoryIdentity | undefined {
  const url =
    textAt(object, 'spec', 'application', 'gitRepository', 'url') ??
    textAt(object, 'spec', 'application', 'release', 'chart', 'git')
  try {
    return url === undefined ? undefined : repositoryIdentity(url)
  } catch {
    return undefined
  }
}

function textAt(object: unknown, ...path: readonly string[]): string | undefined {
  const found = path.reduce((at, key) => (at as Record<string, unknown> | null | undefined)?.[key], object)
  return typeof found === 'string' ? found : undefined
}
