/** What an engine has made of a source and a release, in words that no longer depend on the engine. */
import type { Condition } from '../api/conditions.ts'
import type { ErrorCode } from './errors.ts'

/** How far the engine is with fetching the chart's source. */
export interface SourceState {
  readonly state: 'Pending' | 'Running' | 'Done' | 'Failed'
  /** What goes on while this is being done, in one sentence. */
  readonly progress: string
  /** Why it is not done, or what else a person should know. */
  readonly message?: string
  /** The catalogue's code of the failure. */
  readonly code?: ErrorCode
  /** The engine's newest condition in the words that scripts wait for: `ArtifactInStorage` when done. */
  readonly latestCondition?: Condition
}

/** How far the engine is with the release. `Done` speaks of what is asked for now, not of what was released before. */
export interface ReleaseState {
  readonly state: 'Pending' | 'Running' | 'Done' | 'Failed'
  readonly progress: string
  readonly message?: string
  readonly code?: ErrorCode
  /** The commit of the chart that is released, where the engine tells it. */
  readonly commit?: string
  /** Whether the engine is only looking at the same once more: a failure stands until it says otherwise. */
  readonly isLookingAgain?: boolean
  /** Whether the engine tried to look and could not: what it found before stands, good or bad. */
  readonly couldNotLook?: boolean
  /** Helm's own word for it: `deployed`, `failed`. */
  readonly helmStatus?: string
  /** What a person should know of a release that runs well all the same. */
  readonly note?: { readonly code: ErrorCode; readonly message: string }
  /** Whether some revision, this one or an older, is deployed. */
  readonly isDeployed: boolean
  /** The engine's newest condition in the words that scripts wait for: `Released` when done. */
  readonly latestCondition?: Condition
}
