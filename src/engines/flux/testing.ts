/** Flux's objects for tests of this engine: what Flux would say of an environment. */
import type { KubeObject } from '../../api/object.ts'
import type { DesiredEnvironment } from '../../core/model.ts'
import { desired, old } from '../testing.ts'
import { wantedRelease, wantedSource } from './wanted.ts'

/** The source that stood before. */
export const before = { ...desired().source, ref: { branch: 'feature', commit: old } }

/** A source that Flux has fetched at this commit. */
export function source(of: DesiredEnvironment, at: string, status: object = {}): KubeObject {
  const { object } = wantedSource(of)
  return {
    ...object,
    metadata: { ...object.metadata, uid: 's1', generation: 2 },
    status: {
      observedGeneration: 2,
      conditions: [condition('Ready', 'True', 'Succeeded', 'stored artifact')],
      artifact: { revision: `feature@sha1:${at}` },
      ...status,
    },
  } as KubeObject
}

const childLabels = {
  'app.kubernetes.io/managed-by': 'tronador.stakater.com',
  'tronador.stakater.com/environment': 'shop-7',
}

/** A chart that Flux has packaged from the source at this commit, or what it says instead. */
export function chart(
  at: string,
  conditions = [condition('Ready', 'True', 'ChartPackageSucceeded', 'packaged')],
): KubeObject {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'HelmChart',
    metadata: { name: 'shop-7-shop', namespace: 'shop-7', labels: childLabels, uid: 'c1', generation: 2 },
    status: { observedSourceArtifactRevision: `feature@sha1:${at}`, conditions },
  } as KubeObject
}

/** A release that Helm has deployed at this commit. */
export function release(of: DesiredEnvironment, at: string, status: object = {}, suspend?: boolean): KubeObject {
  const { object } = wantedRelease(of) as { object: KubeObject & { spec: object } }
  return {
    ...object,
    metadata: { ...object.metadata, uid: 'r1', generation: 2 },
    spec: { ...object.spec, ...(suspend !== undefined && { suspend }) },
    status: {
      observedGeneration: 2,
      lastAttemptedGeneration: 2,
      lastAttemptedRevision: `0.1.0+${at.slice(0, 12)}`,
      lastAttemptedConfigDigest: 'sha256:1',
      helmChart: 'shop-7/shop-7-shop',
      history: [{ status: 'deployed', chartVersion: `0.1.0+${at.slice(0, 12)}`, configDigest: 'sha256:1' }],
      conditions: [condition('Released', 'True', 'InstallSucceeded', 'Helm install succeeded')],
      ...status,
    },
  } as KubeObject
}

/** A condition of the newest generation, or of another. */
export function condition(type: string, status: string, reason: string, message: string, observedGeneration = 2) {
  return { type, status, reason, message, observedGeneration, lastTransitionTime: '2026-01-01T00:00:00Z' }
}
