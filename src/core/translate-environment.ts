/** `Environment` into the one model. What cannot be translated is refused with a code, the thing and the mend. */
import { type Environment, EnvironmentSpec } from '../api/environment.ts'
import { normaliseChartPath } from './chart-path.ts'
import { TronadorError } from './errors.ts'
import { repositoryIdentity } from './identity.ts'
import type { DesiredEnvironment, Release, Source } from './model.ts'
import { maxNameLength, maxReleaseNameLength, releaseName } from './names.ts'
import { checkNamespaceLabels } from './namespace-labels.ts'
import { runBy } from './run-by.ts'
import {
  cloneTimeout,
  duration,
  engineFor,
  followedSourceInterval,
  legalName,
  type OperatorSettings,
  pinnedSourceInterval,
  releaseInterval,
  repositoryProfileOf,
  requestedAt,
  translateOwner,
  unreadableSpec,
} from './translation.ts'
import { objectWords, translateValuesFrom } from './values-from.ts'

/** What the environment asks for. Throws a {@link TronadorError} of effect `stalled` when that cannot be done. */
export function translateEnvironment(environment: Environment, settings: OperatorSettings): DesiredEnvironment {
  const whose = translateOwner(environment, settings)
  const spec = readSpec(environment)
  const engine = engineFor('Environment', settings)
  const identity = repositoryIdentity(spec.application.gitRepository.url)
  const source = translateSource(spec, identity.name)
  return runBy(engine, {
    ...whose,
    namespaceLabels: checkNamespaceLabels(spec.namespaceLabels ?? {}),
    repositoryProfile: repositoryProfileOf(identity, settings),
    source,
    release: translateRelease(spec, identity.name, whose.namespace, source),
    change: spec.change,
    suspended: spec.suspend ?? false,
    requestedAt: requestedAt(environment),
  })
}

function readSpec(environment: Environment): EnvironmentSpec {
  const read = EnvironmentSpec.safeParse(environment.spec)
  if (read.success) return read.data
  throw unreadableSpec(read.error.issues[0])
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
