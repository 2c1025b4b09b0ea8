/** Flux's objects, as far as Tronador reads them. */
import type { Condition } from '../../api/conditions.ts'
import { managedByLabel, managedByValue } from '../../api/labels.ts'
import type { KubeObject } from '../../api/object.ts'
import type { EngineKind } from '../engine.ts'

export const gitRepositoryKind = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository' }
export const helmChartKind = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'HelmChart' }
export const helmReleaseKind = { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease' }

interface Reconciled {
  readonly observedGeneration?: number
  readonly conditions?: readonly Condition[]
}

export interface GitRepository extends KubeObject {
  spec: { suspend?: boolean; ref?: { commit?: string } }
  status?: Reconciled & { readonly artifact?: { readonly revision: string } }
}

export interface HelmChart extends KubeObject {
  status?: Reconciled & { readonly observedSourceArtifactRevision?: string }
}

export interface HelmRelease extends KubeObject {
  spec: { suspend?: boolean; chart?: { spec?: { reconcileStrategy?: string } } }
  status?: Reconciled & {
    /** `NAMESPACE/NAME` of the HelmChart. */
    readonly helmChart?: string
    readonly lastAttemptedGeneration?: number
    readonly lastAttemptedRevision?: string
    readonly lastAttemptedConfigDigest?: string
    /** Newest first. */
    readonly history?: readonly {
      readonly status: string
      readonly chartVersion: string
      readonly configDigest?: string
    }[]
  }
}

/** Flux's objects of one environment. */
export interface FluxObjects {
  readonly source: GitRepository | undefined
  readonly release: HelmRelease | undefined
  readonly chart: HelmChart | undefined
  /** Sources and releases under names that are no longer asked for. */
  readonly otherSources: readonly GitRepository[]
  readonly otherReleases: readonly HelmRelease[]
}

/** Sorts what was observed by its part in the environment. */
export function sortObjects(names: { source: string; release: string }, observed: readonly KubeObject[]): FluxObjects {
  const sources = ofKind<GitRepository>(observed, gitRepositoryKind).filter(isOurs)
  const releases = ofKind<HelmRelease>(observed, helmReleaseKind).filter(isOurs)
  const release = releases.find((object) => object.metadata.name === names.release)
  const chart = release?.status?.helmChart?.split('/').at(-1)
  return {
    source: sources.find((object) => object.metadata.name === names.source),
    release,
    chart: ofKind<HelmChart>(observed, helmChartKind).find((object) => object.metadata.name === chart),
    otherSources: sources.filter((object) => object.metadata.name !== names.source),
    otherReleases: releases.filter((object) => object.metadata.name !== names.release),
  }
}

/**
 * Whether we made the object. Flux puts the environment's label on all that a chart makes, and the chart of a trusted
 * preview may make Flux's objects, too: those are Helm's.
 */
export function isOurs({ metadata }: KubeObject): boolean {
  return metadata.labels?.[managedByLabel] === managedByValue
}

/** The observed objects of one kind. The API group counts: Helm Operator's kind has the same name. */
export function ofKind<T extends KubeObject>(observed: readonly KubeObject[], { apiVersion, kind }: EngineKind): T[] {
  return observed.filter((object) => object.kind === kind && object.apiVersion === apiVersion) as T[]
}

/** The condition of that type, if it stands. */
export function conditionOf(object: { status?: Reconciled } | undefined, type: string): Condition | undefined {
  return object?.status?.conditions?.find((condition) => condition.type === type)
}

/** Whether Flux has finished with the newest generation. */
export function isObserved(object: KubeObject & { status?: Reconciled }): boolean {
  return object.status?.observedGeneration === object.metadata.generation
}

/**
 * The condition where it says False of the newest generation. (`status.observedGeneration` does not tell: Flux leaves
 * it behind as long as something fails.)
 */
export function failureOf(
  object: (KubeObject & { status?: Reconciled }) | undefined,
  type: string,
): Condition | undefined {
  const condition = conditionOf(object, type)
  const isCurrent = condition?.observedGeneration === object?.metadata.generation
  return condition?.status === 'False' && isCurrent && !isPassing(condition.reason) ? condition : undefined
}

/** Reasons for which something is False only because Flux has not come to it yet. */
function isPassing(reason: string): boolean {
  return ['Progressing', 'ProgressingWithRetry', 'DependencyNotReady', 'SourceNotReady', 'NoArtifact'].includes(reason)
}
