/** `Repository` into what the server works with. What cannot be used is refused with field and mend. Pure. */
import { type Repository, RepositorySpec } from '../api/repository.ts'
import { checkImageName } from './change.ts'
import { parseDuration } from './duration.ts'
import { TronadorError } from './errors.ts'
import { fillTemplate } from './fill-template.ts'
import { identityText, isLoopback, type RepositoryIdentity, repositoryIdentity } from './identity.ts'
import { environmentName, isDnsLabel } from './names.ts'

/** One repository's settings, checked. Durations are in milliseconds. */
export interface RepositorySettings {
  readonly spec: RepositorySpec
  readonly identity: RepositoryIdentity
  /** `host/owner/name`, as environments name their repository. */
  readonly identityText: string
  /** Clone URL: made from `spec.url`, never from what a webhook or a pull request says. */
  readonly cloneUrl: string
  readonly imageWait: number
  readonly resync: number
}

/** Shortest time between two sweeps, in milliseconds. */
const shortestResync = 10_000

/** Checks the whole spec. Throws `RepositoryInvalid`, `RepositoryUrlInvalid` or `ImageReferenceInvalid`. */
export function readRepository(repository: Repository): RepositorySettings {
  const read = RepositorySpec.safeParse(repository.spec)
  if (!read.success) {
    const [issue] = read.error.issues
    throw invalid(['spec', ...(issue?.path ?? [])].join('.'), issue?.message ?? 'it is malformed')
  }
  const spec = read.data
  if (!/^https?:\/\//.test(spec.url)) throw invalid('spec.url', 'it is no http or https URL')
  const identity = repositoryIdentity(spec.url)
  const { protocol, hostname } = new URL(spec.url)
  if (protocol === 'http:' && !isLoopback(hostname)) {
    throw invalid('spec.url', 'plain http to another machine would show the token to everyone on the way; use https')
  }
  if (!isPlainPath(spec.configFile)) throw invalid('spec.configFile', 'it is no plain path relative to the repository')
  checkImageName(spec.image.name)
  const settings = {
    spec,
    identity,
    identityText: identityText(identity),
    cloneUrl: `${spec.url.replace(/\/+$/, '').replace(/\.git$/, '')}.git`,
    imageWait: readDuration('spec.image.wait', spec.image.wait, 0),
    resync: readDuration('spec.resync', spec.resync, shortestResync),
  }
  if (spec.pipeline !== undefined) {
    checkPipeline(spec.pipeline, repository.metadata.namespace)
    if (!/\{(?:commit|shortCommit)\}/.test(spec.image.tag)) {
      throw invalid(
        'spec.image.tag',
        'it holds neither {commit} nor {shortCommit}, so that a pipeline would build the first commit alone',
      )
    }
  }
  if (!/\{(?:number|name)\}/.test(spec.gitops.path)) {
    throw invalid(
      'spec.gitops.path',
      'it holds neither {number} nor {name}, so that all environments would share a file',
    )
  }
  // Whatever a template holds shows with any number.
  environmentPath(settings, 1)
  imageTag(settings, { number: 1, commit: '0'.repeat(40), branch: 'main' })
  return settings
}

type Templated = Pick<RepositorySettings, 'spec' | 'identity'>

/** The file of one pull request's environment in the GitOps repository. */
export function environmentPath(settings: Templated, number: number): string {
  const { owner, name: repository } = settings.identity
  return fillTemplate('spec.gitops.path', settings.spec.gitops.path, {
    owner,
    repository,
    number: String(number),
    name: environmentName(settings.identity, number),
  })
}

/** The number of the pull request whose file has this path; undefined where it is no environment's. */
export function pullRequestAt(settings: Templated, path: string): number | undefined {
  const numbers = [...path.matchAll(/(?=([1-9]\d{0,9}))/g)].map(([, digits]) => Number(digits))
  return numbers.find((number) => path === environmentPath(settings, number))
}

/** The folder below which all this repository's environments lie; empty for the whole GitOps repository. */
export function environmentsFolder(settings: Templated): string {
  const { owner, name: repository } = settings.identity
  const fixed = settings.spec.gitops.path.split('/').filter((_, index, all) => {
    const changing = all.findIndex((part) => /\{(?:number|name)\}/.test(part))
    return index < changing
  })
  return fillTemplate('spec.gitops.path', fixed.join('/'), { owner, repository })
}

/** What a registry takes (OCI distribution specification). */
const maxTagLength = 128

/**
 * The image's tag for one commit. What a tag may not hold becomes a dash; where it is too long, the branch is cut, for
 * the rest tells one commit from the other.
 */
export function imageTag(settings: Templated, change: { number: number; commit: string; branch: string }): string {
  const template = settings.spec.image.tag
  const tagWith = (branch: string) =>
    fillTemplate('spec.image.tag', template, {
      commit: change.commit,
      shortCommit: change.commit.slice(0, 8),
      number: String(change.number),
      branch,
    })
      .replace(/[^A-Za-z0-9._-]/g, '-')
      .replace(/^[.-]+/, '')
  const excess = Math.max(0, tagWith(change.branch).length - maxTagLength)
  const branches = Math.max(1, template.split('{branch}').length - 1)
  const room = Math.max(0, change.branch.length - Math.ceil(excess / branches))
  return tagWith(change.branch.slice(0, room)).slice(0, maxTagLength)
}

/** What a pull request makes runs there, so nothing may lie there that is worth taking. */
function checkPipeline({ namespace, run }: NonNullable<RepositorySpec['pipeline']>, own: string | undefined): void {
  if (!isDnsLabel(namespace)) throw invalid('spec.pipeline.namespace', 'it is no namespace’s name')
  if (namespace === own) {
    throw invalid('spec.pipeline.namespace', 'the tokens of code host and GitOps repository lie there; use another')
  }
  if (run.pipelineRef === undefined && run.pipelineSpec === undefined) {
    throw invalid('spec.pipeline.run', 'it has neither pipelineRef nor pipelineSpec')
  }
}

/** Whether a path leads to a file below where it starts, whoever reads it. */
function isPlainPath(path: string): boolean {
  return !/[\p{Cc}\\]/u.test(path) && path.split('/').every((part) => !['', '.', '..'].includes(part))
}

function readDuration(field: string, text: string, least: number): number {
  const milliseconds = parseDuration(text)
  if (milliseconds === undefined) throw invalid(field, `"${text.slice(0, 40)}" is no duration such as 5m`)
  if (milliseconds < least) throw invalid(field, `it is shorter than ${least / 1000}s`)
  return milliseconds
}

function invalid(field: string, why: string): TronadorError {
  return new TronadorError('RepositoryInvalid', `The field ${field} cannot be used: ${why}.`)
}
