/** The HelmRelease that a preview needs: field for field the one that the original Tronador made. */
import { environmentLabel, managedByLabel, managedByValue, requestedAtAnnotation } from '../../api/labels.ts'
import type { KubeObject } from '../../api/object.ts'
import type { DesiredEnvironment, ValuesSource } from '../../core/model.ts'
import type { WantedObject } from '../../core/plan/difference.ts'
import { requestOf } from '../request.ts'
import { helmReleaseV1Kind } from './objects.ts'

/** The HelmRelease; `standing` is what was seen of it. */
export function wantedRelease(desired: DesiredEnvironment, standing?: KubeObject): WantedObject {
  const { release, source } = desired
  // Any new annotation makes Helm Operator look again.
  const request = requestOf(desired, standing?.metadata.annotations?.[requestedAtAnnotation])
  return {
    object: {
      ...helmReleaseV1Kind,
      metadata: {
        name: release.name,
        namespace: desired.namespace,
        labels: {
          'app.kubernetes.io/instance': release.name,
          [managedByLabel]: managedByValue,
          [environmentLabel]: desired.owner.name,
        },
        ...(request !== undefined && { annotations: { [requestedAtAnnotation]: request } }),
      },
      spec: {
        chart: {
          git: source.url,
          path: release.chartPath,
          ...refOf(desired),
          ...(source.secretName !== undefined && { secretRef: { name: source.secretName } }),
        },
        releaseName: release.name,
        rollback: {},
        test: {},
        values: { ...release.values },
        ...(release.valuesFrom.length > 0 && { valuesFrom: release.valuesFrom.map(valuesFromSource) }),
      },
    } as KubeObject,
    exactFields: ['spec.chart', 'spec.values', 'spec.valuesFrom'],
  }
}

/** One text for commit, tag and branch; without one Helm Operator takes its default. */
function refOf({ source: { ref } }: DesiredEnvironment): { ref?: string } {
  const wanted = ref.commit ?? ref.name ?? ref.tag ?? ref.branch
  return wanted === undefined ? {} : { ref: wanted }
}

function valuesFromSource({ kind, name, valuesKey, optional }: ValuesSource): object {
  const reference = { name, ...(valuesKey !== undefined && { key: valuesKey }), ...(optional && { optional }) }
  return kind === 'Secret' ? { secretKeyRef: reference } : { configMapKeyRef: reference }
}
