/** What there is to say about one pull request's preview, before it becomes a comment or a commit status. */
import type { EnvironmentStatus } from '../api/environment.ts'
import type { EnvironmentKind } from '../api/environment-kind.ts'

/** When things happened, in milliseconds since 1970, as far as this process has seen them. */
export interface Timeline {
  /** This commit was heard of. */
  readonly heard?: number | undefined
  /** Its image was found. */
  readonly imageFound?: number | undefined
  /** Its environment was committed. */
  readonly committed?: number | undefined
  /** Its environment was seen in the cluster. */
  readonly applied?: number | undefined
}

/** Where the preview stands. */
export type PreviewState =
  | { readonly kind: 'fork' }
  | { readonly kind: 'limit'; readonly limit: number }
  | { readonly kind: 'configMissing'; readonly path: string }
  /** Each fault reads `FILE:LINE:COLUMN: CODE: what is wrong; how to mend it`. */
  | {
      readonly kind: 'configFaults'
      readonly path: string
      readonly faults: readonly string[]
      /** What was to be made of the file: not each kind can say the same. */
      readonly rendered: EnvironmentKind
    }
  /** Something outside the pull request is in the way: credentials, registry, GitOps repository. */
  | { readonly kind: 'blocked'; readonly code: string; readonly message: string; readonly mend: string }
  /** `until`: when waiting ends, in milliseconds since 1970; undefined while our own run is under way. */
  | {
      readonly kind: 'imageAwaited'
      readonly image: string
      readonly until: number | undefined
      /** The PipelineRun that builds it, `namespace/name`, where we have started one. */
      readonly run: string | undefined
    }
  /** `run` builds the image, and failed at `step`; `log` is the end of what that step wrote. */
  | {
      readonly kind: 'pipelineFailed'
      readonly run: string
      readonly step: string | undefined
      readonly message: string
      readonly log: string | undefined
    }
  /** `run` succeeded, and what it was to push is not in the registry. */
  | { readonly kind: 'pipelineWithoutImage'; readonly run: string; readonly image: string }
  | { readonly kind: 'imageMissing'; readonly image: string; readonly wait: string }
  | {
      readonly kind: 'committed'
      readonly image: string
      /** Name of the environment. */
      readonly environment: string
      /** Hash of the GitOps commit, where this process made it or saw it. */
      readonly gitopsCommit: string | undefined
      /** The environment's status, once the cluster's object is that of this commit and its status speaks of it. */
      readonly status: EnvironmentStatus | undefined
      /** Whether the cluster's object is that of this commit. */
      readonly applied: boolean
      /** Where an earlier commit still answers. */
      readonly earlierUrl: string | undefined
    }
  /** The file is gone from the GitOps repository; `environment` while something of it is still in the cluster. */
  | { readonly kind: 'closed'; readonly merged: boolean; readonly environment: string | undefined }

/** A preview's state with the commit that it is about. */
export interface PreviewReport {
  /** Full hash of the pull request's head. */
  readonly commit: string
  readonly state: PreviewState
  readonly timeline: Timeline
}
