/**
 * The one model that every kind of environment is translated into. Planning, engines and reports know only this;
 * what is particular to a kind is its translation and its status words.
 */
import type { ChangeReference, ValuesReference } from '../api/environment.ts'
import type { EngineName } from './engine-choice.ts'

/** How far a preview is trusted. `confined` previews act with a service account of their own namespace. */
export type Profile = 'confined' | 'trusted'

/** Where the chart comes from. Names are legal and final. */
export interface Source {
  /** Name of the Flux GitRepository. */
  readonly name: string
  readonly url: string
  readonly ref: {
    readonly branch?: string
    readonly tag?: string
    readonly semver?: string
    /** A reference in full: `refs/tags/v1`. */
    readonly name?: string
    readonly commit?: string
  }
  /** Flux duration. */
  readonly interval: string
  readonly timeout?: string
  readonly secretName?: string
}

/** One source of values in Flux's shape, after translation from either. */
export interface ValuesSource {
  readonly kind: 'Secret' | 'ConfigMap'
  readonly name: string
  readonly valuesKey?: string
  readonly targetPath?: string
  readonly optional?: boolean
}

/** The Helm release to run. Names are legal and final. */
export interface Release {
  /** Name of the HelmRelease object and of Helm's release. */
  readonly name: string
  /** Folder of the chart in the source: relative, normalised, without `..`. */
  readonly chartPath: string
  readonly reconcileStrategy: 'Revision' | 'ChartVersion'
  /** Flux duration. */
  readonly interval: string
  readonly values: Readonly<Record<string, unknown>>
  readonly valuesFrom: readonly ValuesSource[]
}

/** What an environment asks for, whichever kind asked. */
export interface DesiredEnvironment {
  readonly owner: { readonly kind: string; readonly name: string; readonly uid: string; readonly generation: number }
  /** The namespace: named like the owner. */
  readonly namespace: string
  readonly namespaceLabels: Readonly<Record<string, string>>
  /** What runs the release. */
  readonly engine: EngineName
  /** What it comes to with that engine. */
  readonly profile: Profile
  /** What the administrator gives the repository. */
  readonly repositoryProfile: Profile
  readonly source: Source
  readonly release: Release
  readonly change: ChangeReference | undefined
  readonly suspended: boolean
  /** A person's or program's wish to look again now: any new value is passed on to the engine. */
  readonly requestedAt: string | undefined
  /** A text that changes with the values, where the release failed without them: a wish to look again at it alone. */
  readonly valuesRevision?: string
}

export type { ChangeReference, ValuesReference }
