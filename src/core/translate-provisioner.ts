/** `EnvironmentProvisioner` into the one model: the same refusals, in the fields of the original kind. */
import { type EnvironmentProvisioner, EnvironmentProvisionerSpec } from '../api/environment-provisioner.ts'
import { readChange } from './change-annotations.ts'
import { normaliseChartPath } from './chart-path.ts'
import { repositoryIdentity } from './identity.ts'
import type { DesiredEnvironment, Source } from './model.ts'
import { maxReleaseNameLength, releaseName } from './names.ts'
import { checkNamespaceLabels } from './namespace-labels.ts'
import { runBy } from './run-by.ts'
import {
  cloneTimeout,
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

/** What the object asks for. Throws a TronadorError of effect `stalled` when that cannot be done. */
export function translateProvisioner(
  provisioner: EnvironmentProvisioner,
  settings: OperatorSettings,
): DesiredEnvironment {
  const whose = translateOwner(provisioner, settings)
  const spec = readSpec(provisioner)
  const engine = engineFor('EnvironmentProvisioner', settings)
  const { chart, releaseName: given, values, valuesFrom } = spec.application.release
  const identity = repositoryIdentity(chart.git)
  const change = readChange(provisioner.metadata.annotations)
  const source = translateSource(chart, releaseName(identity.name), change?.branch)
  return runBy(engine, {
    ...whose,
    namespaceLabels: checkNamespaceLabels(spec.namespaceLabels ?? {}),
    repositoryProfile: repositoryProfileOf(identity, settings),
    source,
    release: {
      name: given ? legalName(given, maxReleaseNameLength, 'releaseName') : releaseName(identity.name),
      chartPath: normaliseChartPath(chart.path),
      // The chart's version stands still while its templates move from commit to commit.
      reconcileStrategy: 'Revision',
      interval: releaseInterval,
      values: values ?? {},
      valuesFrom: (valuesFrom ?? []).map((reference) => translateValuesFrom(reference, whose.namespace, objectWords)),
    },
    change,
    suspended: false,
    requestedAt: requestedAt(provisioner),
  })
}

function readSpec(provisioner: EnvironmentProvisioner): EnvironmentProvisionerSpec {
  const read = EnvironmentProvisionerSpec.safeParse(provisioner.spec)
  if (read.success) return read.data
  throw unreadableSpec(read.error.issues[0])
}

/**
 * `ref` is a commit's full hash, a reference in full, or a branch. The pull request's branch tells Flux where to find the
 * commit.
 */
function translateSource(
  { git, ref, secretRef }: EnvironmentProvisionerSpec['application']['release']['chart'],
  name: string,
  branch: string | undefined,
): Source {
  const isCommit = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(ref ?? '')
  return {
    name,
    url: git,
    ref: isCommit
      ? { ...(branch !== undefined && { branch }), commit: ref as string }
      : { ...(ref && (ref.startsWith('refs/') ? { name: ref } : { branch: ref })) },
    interval: isCommit ? pinnedSourceInterval : followedSourceInterval,
    timeout: cloneTimeout,
    ...(secretRef && { secretName: secretRef.name }),
  }
}
