/**
 * Every name Tronador gives, in one place. A name depends on the repository and the pull request's number alone, so
 * that no push, rebase or rename of a branch changes it.
 */
import { TronadorError } from './errors.ts'
import { identityText, type RepositoryIdentity } from './identity.ts'
import { sha256Hex } from './sha256.ts'

/** Longest DNS label, hence longest namespace, label value and environment name. */
export const maxNameLength = 63
/** Longest name Helm takes for a release. */
export const maxReleaseNameLength = 53

const hashLength = 8

/**
 * Name of a pull request's environment and of its namespace: `<repo>-<number>-<hash>`, a DNS label of at most 63
 * characters. The hash tells equal names of other owners and hosts apart; it ignores case, as code hosts do.
 */
export function environmentName(identity: RepositoryIdentity, number: number): string {
  const tail = `-${number}-${identityHash(identity, number)}`
  return normaliseName(identity.name, maxNameLength - tail.length) + tail
}

function identityHash(identity: RepositoryIdentity, number: number): string {
  return sha256Hex(`${identityText(identity).toLowerCase()}#${number}`).slice(0, hashLength)
}

/**
 * Name of the PipelineRun of one commit of a pull request: `<repo>-<number>-<hash>-<commit>`, a DNS label of at most 63
 * characters, so that a commit has one run whoever asks for it and however often.
 */
export function pipelineRunName(identity: RepositoryIdentity, number: number, commit: string): string {
  const tail = `-${number}-${identityHash(identity, number)}-${commit.slice(0, 10)}`
  return normaliseName(identity.name, maxNameLength - tail.length) + tail
}

/**
 * Name of the HelmRelease, of Helm's release and of the GitRepository inside the namespace: the repository's own,
 * so that Services are called the same in every preview. At most 53 characters; starts with a letter, because
 * charts derive Service names from it.
 */
export function releaseName(repositoryName: string): string {
  const name = normaliseName(repositoryName, maxReleaseNameLength)
  return /^[a-z]/.test(name) ? name : normaliseName(`app-${name}`, maxReleaseNameLength)
}

/**
 * The nearest DNS label: lower case letters, digits and dashes, at most `max` characters, beginning and ending with
 * a letter or digit. `app` where nothing usable is left. A legal label no longer than `max` comes back unchanged.
 */
export function normaliseName(raw: string, max: number): string {
  const name = raw
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, max)
    .replace(/-+$/, '')
  return name === '' ? 'app'.slice(0, max) : name
}

/** Whether this is a DNS subdomain (RFC 1123): what a Secret or ConfigMap may be called. */
export function isDnsSubdomain(name: string): boolean {
  return name.length <= 253 && /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/.test(name)
}

/** Whether this is a DNS label (RFC 1123) of at most 63 characters: fit for a namespace. */
export function isDnsLabel(name: string): boolean {
  return name.length <= maxNameLength && /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(name)
}

/** A name that an environment, and so its namespace, can have. Throws `NameInvalid`. */
export function checkName(name: string): string {
  if (isDnsLabel(name)) return name
  throw new TronadorError('NameInvalid', `${JSON.stringify(name.slice(0, 80))} cannot be an environment’s name.`)
}
