/** Helm Operator's one object, as far as Tronador reads it. */
import { managedByLabel, managedByValue } from '../../api/labels.ts'
import type { KubeObject } from '../../api/object.ts'

export const helmReleaseV1Kind = { apiVersion: 'helm.fluxcd.io/v1', kind: 'HelmRelease' }

/** A condition of Helm Operator: it names no generation. */
export interface HelmOperatorCondition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  readonly reason?: string
  readonly message?: string
  readonly lastTransitionTime?: string
}

export interface HelmReleaseV1 extends KubeObject {
  status?: {
    /** Set when a look at that generation has ended, well or badly. */
    readonly observedGeneration?: number
    readonly phase?: string
    readonly conditions?: readonly HelmOperatorCondition[]
    /** Full hash of the commit that was tried last. */
    readonly lastAttemptedRevision?: string
    /** Full hash of the commit that was released last. */
    readonly revision?: string
    /** Helm's own word; written by a loop of its own, so it comes late. */
    readonly releaseStatus?: string
  }
}

/** Helm Operator's releases among what was observed. */
export function helmOperatorReleases(observed: readonly KubeObject[]): HelmReleaseV1[] {
  return observed.filter(
    ({ apiVersion, kind }) => apiVersion === helmReleaseV1Kind.apiVersion && kind === helmReleaseV1Kind.kind,
  )
}

/** The one that is asked for, and those of ours under other names. */
export function sortReleases(
  name: string,
  observed: readonly KubeObject[],
): { release: HelmReleaseV1 | undefined; others: HelmReleaseV1[] } {
  const releases = helmOperatorReleases(observed)
  return {
    release: releases.find(({ metadata }) => metadata.name === name),
    others: releases.filter((release) => release.metadata.name !== name && isOurs(release)),
  }
}

/** Whether we made it: the chart of a trusted preview may make such objects, too. */
export function isOurs({ metadata }: KubeObject): boolean {
  return metadata.labels?.[managedByLabel] === managedByValue
}

/** The condition of that type, if it stands. */
export function conditionOf(release: HelmReleaseV1, type: string): HelmOperatorCondition | undefined {
  return release.status?.conditions?.find((condition) => condition.type === type)
}

/** Whether Helm Operator has finished a look at the newest generation. */
export function isObserved({ metadata, status }: HelmReleaseV1): boolean {
  return status?.observedGeneration === metadata.generation
}
