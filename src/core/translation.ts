/** What the translations of both kinds have in common: who may ask for what, and which names are legal. */

import type { EnvironmentKind } from '../api/environment-kind.ts'
import { requestedAtAnnotation } from '../api/labels.ts'
import type { KubeObject } from '../api/object.ts'
import { parseDuration } from './duration.ts'
import type { EngineName } from './engine-choice.ts'
import { TronadorError } from './errors.ts'
import { identityText, type RepositoryIdentity } from './identity.ts'
import type { DesiredEnvironment, Profile } from './model.ts'
import { isDnsLabel, maxReleaseNameLength, normaliseName } from './names.ts'

/** What an administrator decides for all environments. */
export interface OperatorSettings {
  /** The operator's own namespace: never an environment's. */
  readonly ownNamespace: string
  /** Identities (`host/owner/name`) of the repositories whose previews are not confined. */
  readonly trustedRepositories: readonly string[]
  /** The engine of each kind; undefined where the cluster serves none that the administrator allows. */
  readonly engines: Readonly<Record<EnvironmentKind, EngineName | undefined>>
}

/** How often Flux looks at a source that is pinned to a commit: it cannot move, so only to mend a lost artifact. */
export const pinnedSourceInterval = '1h'
export const followedSourceInterval = '1m'
export const releaseInterval = '10m'
export const cloneTimeout = '60s'

const reservedNamespace = /^(?:default|kube-.*|openshift.*|argocd|flux-system)$/

/** Whether a namespace of this name may never be an environment's. */
export function isReservedNamespace(name: string, settings: Pick<OperatorSettings, 'ownNamespace'>): boolean {
  return reservedNamespace.test(name) || name === settings.ownNamespace
}

/** The owner in the model's words. Refuses a name that cannot be its namespace's. */
export function translateOwner(
  object: KubeObject,
  settings: Pick<OperatorSettings, 'ownNamespace'>,
): Pick<DesiredEnvironment, 'owner' | 'namespace'> {
  const { name, uid = '', generation = 0 } = object.metadata
  refuseReservedName(name, settings)
  return { owner: { kind: object.kind, name, uid, generation }, namespace: name }
}

function refuseReservedName(name: string, settings: Pick<OperatorSettings, 'ownNamespace'>): void {
  if (!isDnsLabel(name)) {
    throw new TronadorError('EnvironmentNameInvalid', `The name "${name.slice(0, 80)}" cannot be a namespace’s name.`)
  }
  if (isReservedNamespace(name, settings)) {
    throw new TronadorError(
      'NamespaceReserved',
      `The namespace ${name} belongs to the cluster, never to an environment.`,
    )
  }
}

/** The newest wish to look again: in our annotation, or in Flux's. What is no time counts as older than any. */
export function requestedAt({ metadata: { annotations = {} } }: KubeObject): string | undefined {
  const ours = annotations[requestedAtAnnotation]
  const flux = annotations['reconcile.fluxcd.io/requestedAt']
  if (ours === undefined || flux === undefined) return ours ?? flux
  return (Date.parse(flux) || 0) > (Date.parse(ours) || 0) ? flux : ours
}

/** The engine that the administrator lets run this kind. Throws `EngineMissing` where the cluster serves none. */
export function engineFor(kind: EnvironmentKind, settings: Pick<OperatorSettings, 'engines'>): EngineName {
  const engine = settings.engines[kind]
  if (engine !== undefined) return engine
  throw new TronadorError('EngineMissing', `This cluster serves no engine that may run an ${kind}.`)
}

/** How far the administrator trusts the repository. */
export function repositoryProfileOf(
  repository: RepositoryIdentity,
  settings: Pick<OperatorSettings, 'trustedRepositories'>,
): Profile {
  const wanted = identityText(repository).toLowerCase()
  return settings.trustedRepositories.some((trusted) => trusted.toLowerCase() === wanted) ? 'trusted' : 'confined'
}

/** The name itself where it is legal; made legal once where it is not (raw branch names were common). */
export function legalName(raw: string, max: number, field: string): string {
  if (raw.length <= max && isDnsLabel(raw)) return raw
  if (!/[a-z0-9]/i.test(raw)) {
    throw new TronadorError('ReleaseNameInvalid', `The ${field} "${raw.slice(0, 80)}" holds no letter or digit.`)
  }
  return normaliseName(raw, max)
}

/** The release's name that an object of either kind gives, whatever else of it cannot be translated. */
export function releaseNameIn(object: object): string | undefined {
  const { spec } = object as { spec?: { application?: { release?: { releaseName?: unknown } } } }
  const given = spec?.application?.release?.releaseName
  const isName = typeof given === 'string' && /[a-z0-9]/i.test(given)
  return isName ? legalName(given, maxReleaseNameLength, 'releaseName') : undefined
}

/** A duration that Flux takes; the fallback where none is given. */
export function duration(given: string | null | undefined, fallback: string, field: string): string {
  if (!given) return fallback
  // Flux reads every object with Go's 64 bits: one duration beyond them, and it could list none of its objects.
  if ((parseDuration(given) ?? 0) >= 1_000) return given
  const message = `The ${field} "${given.slice(0, 40)}" is no duration such as 10m, between a second and 30 days.`
  throw new TronadorError('EnvironmentInvalid', message)
}

/** The first thing that is wrong with a spec, as a refusal. */
export function unreadableSpec(issue: { path: PropertyKey[]; message: string } | undefined): TronadorError {
  const path = ['spec', ...(issue?.path ?? [])].join('.')
  return new TronadorError(
    'EnvironmentInvalid',
    `The field ${path} cannot be read: ${issue?.message ?? 'it is malformed'}.`,
  )
}
