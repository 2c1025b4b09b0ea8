/** `Environment` into the one model. What cannot be translated is refused with a code, the thing and the mend. */
import { type Environment, EnvironmentSpec } from '../api/environment.ts'
import { requestedAtAnnotation } from '../api/labels.ts'
import { normaliseChartPath } from './chart-path.ts'
import { parseDuration } from './duration.ts'
import { TronadorError } from './errors.ts'
import { identityText, repositoryIdentity } from './identity.ts'
import type { DesiredEnvironment, Profile, Release, Source } from './model.ts'
import { isDnsLabel, maxNameLength, maxReleaseNameLength, normaliseName, releaseName } from './names.ts'
import { checkNamespaceLabels } from './namespace-labels.ts'
import { objectWords, translateValuesFrom } from './values-from.ts'

/** What an administrator decides for all environments. */
export interface OperatorSettings {
  /** The operator's own namespace: never an environment's. */
  readonly ownNamespace: string
  /** Identities (`host/owner/name`) of the repositories whose previews are not confined. */
  readonly trustedRepositories: readonly string[]
}

/** How often Flux looks at a source that is pinned to a commit: it cannot move, so only to mend a lost artifact. */
const pinnedSourceInterval = '1h'
const followedSourceInterval = '1m'
const releaseInterval = '10m'
const cloneTimeout = '60s'

const reservedNamespace = /^(?:default|kube-.*|openshift.*|argocd|flux-system)$/

/** What the environment asks for. Throws a {@link TronadorError} of effect `stalled` when that cannot be done. */
export function translateEnvironment(environment: Environment, settings: OperatorSettings): DesiredEnvironment {
  const name = environment.metadata.name
  refuseReservedName(name, settings)
  const spec = readSpec(environment)
  const identity = repositoryIdentity(spec.application.gitRepository.url)
  const source = translateSource(spec, identity.name)
  return {
    owner: {
      kind: environment.kind,
      name,
      uid: environment.metadata.uid ?? '',
      generation: environment.metadata.generation ?? 0,
    },
    namespace: name,
    namespaceLabels: checkNamespaceLabels(spec.namespaceLabels ?? {}),
    profile: profileOf(identityText(identity), settings),
    source,
    release: translateRelease(spec, identity.name, name, source),
    change: spec.change,
    suspended: spec.suspend ?? false,
    requestedAt: requestedAt(environment),
  }
}

/** Whether a namespace of this name may never be an environment's. */
export function isReservedNamespace(name: string, settings: Pick<OperatorSettings, 'ownNamespace'>): boolean {
  return reservedNamespace.test(name) || name === settings.ownNamespace
}

/** The newest wish to look again: in our annotation, or in Flux's. What is no time counts as older than any. */
export function requestedAt({ metadata: { annotations = {} } }: Environment): string | undefined {
  const ours = annotations[requestedAtAnnotation]
  const flux = annotations['reconcile.fluxcd.io/requestedAt']
  if (ours === undefined || flux === undefined) return ours ?? flux
  return (Date.parse(flux) || 0) > (Date.parse(ours) || 0) ? flux : ours
}

function refuseReservedName(name: string, settings: OperatorSettings): void {
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

function readSpec(environment: Environment): EnvironmentSpec {
  const read = EnvironmentSpec.safeParse(environment.spec)
  if (read.success) return read.data
  const [issue] = read.error.issues
  const path = ['spec', ...(issue?.path ?? [])].join('.')
  throw new TronadorError(
    'EnvironmentInvalid',
    `The field ${path} cannot be read: ${issue?.message ?? 'it is malformed'}.`,
  )
}

function profileOf(repository: string, settings: OperatorSettings): Profile {
  const wanted = repository.toLowerCase()
  return settings.trustedRepositories.some((trusted) => trusted.toLowerCase() === wanted) ? 'trusted' : 'confined'
}

function translateSource(spec: EnvironmentSpec, repositoryName: string): Source {
  const { url, ref, interval, timeout, secretRef } = spec.application.gitRepository
  const named = spec.application.release.chart.spec.sourceRef
  if (named?.kind && named.kind !== 'GitRepository') {
    throw new TronadorError(
      'EnvironmentInvalid',
      `The chart’s source is a ${named.kind}; only GitRepository can be used.`,
      { mend: 'Set spec.application.release.chart.spec.sourceRef.kind to GitRepository, or leave it out.' },
    )
  }
  const commit = ref?.commit || undefined
  return {
    name: named?.name ? legalName(named.name, maxNameLength, 'sourceRef.name') : releaseName(repositoryName),
    url,
    ref: {
      ...(ref?.branch && { branch: ref.branch }),
      ...(ref?.tag && { tag: ref.tag }),
      ...(ref?.semver && { semver: ref.semver }),
      ...(commit && { commit }),
    },
    interval: commit ? pinnedSourceInterval : duration(interval, followedSourceInterval, 'gitRepository.interval'),
    timeout: duration(timeout, cloneTimeout, 'gitRepository.timeout'),
    ...(secretRef && { secretName: secretRef.name }),
  }
}

function translateRelease(spec: EnvironmentSpec, repositoryName: string, namespace: string, source: Source): Release {
  const { chart, interval, releaseName: given, values, valuesFrom } = spec.application.release
  const pinned = source.ref.commit !== undefined
  return {
    name: given ? legalName(given, maxReleaseNameLength, 'releaseName') : releaseName(repositoryName),
    chartPath: normaliseChartPath(chart.spec.chart),
    // The chart's version stands still while its templates move from commit to commit.
    reconcileStrategy: pinned || chart.spec.reconcileStrategy === 'Revision' ? 'Revision' : 'ChartVersion',
    interval: duration(interval, releaseInterval, 'release.interval'),
    values: values ?? {},
    valuesFrom: (valuesFrom ?? []).map((reference) => translateValuesFrom(reference, namespace, objectWords)),
  }
}

/** The name itself where it is legal; made legal once where it is not (raw branch names were common). */
function legalName(raw: string, max: number, field: string): string {
  if (raw.length <= max && isDnsLabel(raw)) return raw
  if (!/[a-z0-9]/i.test(raw)) {
    throw new TronadorError('ReleaseNameInvalid', `The ${field} "${raw.slice(0, 80)}" holds no letter or digit.`)
  }
  return normaliseName(raw, max)
}

function duration(given: string | null | undefined, fallback: string, field: string): string {
  if (!given) return fallback
  // Flux reads every object with Go's 64 bits: one duration beyond them, and it could list none of its objects.
  if ((parseDuration(given) ?? 0) >= 1_000) return given
  const message = `The ${field} "${given.slice(0, 40)}" is no duration such as 10m, between a second and 30 days.`
  throw new TronadorError('EnvironmentInvalid', message)
}
