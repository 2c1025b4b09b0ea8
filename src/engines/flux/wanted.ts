/** The two Flux objects that a release needs. Built field by field: nothing of a preview's is passed through unseen. */
import { environmentLabel, managedByLabel, managedByValue } from '../../api/labels.ts'
import type { KubeObject } from '../../api/object.ts'
import type { DesiredEnvironment } from '../../core/model.ts'
import { confinedName } from '../../core/plan/confinement.ts'
import type { WantedObject } from '../../core/plan/difference.ts'
import { requestOf } from '../request.ts'
import { gitRepositoryKind, helmReleaseKind } from './objects.ts'

/** Flux looks again at once whenever this annotation has a new value. */
const fluxRequestedAt = 'reconcile.fluxcd.io/requestedAt'
/** How long Helm waits for the hooks of a chart. */
const hookTimeout = '5m0s'
/** How long after a failure the same release is tried again, for causes that pass by themselves. */
const retryInterval = '5m0s'
/** Revisions Helm remembers: each is a Secret, and previews are never rolled back by hand. */
const maxHistory = 3

/** The GitRepository: branch and commit together, so that Flux clones one branch and stays on the commit. */
export function wantedSource(desired: DesiredEnvironment): WantedObject {
  const { source } = desired
  return {
    object: {
      ...frame(desired, gitRepositoryKind, source.name, desired.requestedAt),
      spec: {
        url: source.url,
        ref: { ...source.ref },
        interval: source.interval,
        timeout: source.timeout,
        suspend: desired.suspended,
        ...(source.secretName !== undefined && { secretRef: { name: source.secretName } }),
      },
    } as KubeObject,
    exactFields: ['spec.ref', 'spec.secretRef'],
  }
}

/**
 * The HelmRelease; `standing` is what was seen of it. Ready is not Flux's word but ours, from the workloads: so it
 * waits for nothing but hooks.
 */
export function wantedRelease(
  desired: DesiredEnvironment,
  standing?: KubeObject,
  reconcileStrategy = desired.release.reconcileStrategy,
): WantedObject {
  const { release, source } = desired
  const labels = childLabels(desired)
  const confined = desired.profile === 'confined'
  // A preview may not bring CRDs; where they are installed already its chart still works.
  const crds = confined ? 'Skip' : 'Create'
  const attempt = {
    disableWait: true,
    disableWaitForJobs: true,
    crds,
    strategy: { name: 'RetryOnFailure', retryInterval },
  }
  return {
    object: {
      ...frame(
        desired,
        helmReleaseKind,
        release.name,
        requestOf(desired, standing?.metadata.annotations?.[fluxRequestedAt]),
      ),
      spec: {
        chart: {
          metadata: { labels },
          spec: {
            chart: release.chartPath,
            reconcileStrategy,
            sourceRef: { kind: 'GitRepository', name: source.name },
            interval: release.interval,
          },
        },
        interval: release.interval,
        releaseName: release.name,
        ...(confined && { serviceAccountName: confinedName }),
        suspend: desired.suspended,
        timeout: hookTimeout,
        maxHistory,
        install: attempt,
        upgrade: attempt,
        uninstall: { disableWait: true },
        commonMetadata: { labels: { [environmentLabel]: desired.owner.name } },
        valuesFrom: release.valuesFrom.map((reference) => ({ ...reference })),
        values: { ...release.values },
      },
    } as KubeObject,
    exactFields: ['spec.serviceAccountName', 'spec.values', 'spec.valuesFrom'],
  }
}

function frame(
  desired: DesiredEnvironment,
  kind: { apiVersion: string; kind: string },
  name: string,
  request: string | undefined,
): KubeObject {
  const annotations = request === undefined ? undefined : { [fluxRequestedAt]: request }
  return {
    ...kind,
    metadata: { name, namespace: desired.namespace, labels: childLabels(desired), ...(annotations && { annotations }) },
  }
}

function childLabels(desired: DesiredEnvironment): Record<string, string> {
  return { [managedByLabel]: managedByValue, [environmentLabel]: desired.owner.name }
}
