/** A `Repository`'s status, from what the last sweep found. Pure. */
import type { Condition } from '../api/conditions.ts'
import type { Repository, RepositoryStatus } from '../api/repository.ts'
import { TronadorError } from './errors.ts'

/** How the last sweep ended. */
export type SweepOutcome =
  | { readonly openPullRequests: number; readonly environments: number; readonly heldBack: number }
  | { readonly error: unknown }

/** The status as it should stand. `at` is the time in milliseconds since 1970. */
export function reportRepository(
  repository: Repository,
  outcome: SweepOutcome,
  webhookPath: string,
  at: number,
): RepositoryStatus {
  const before = repository.status ?? {}
  const time = `${new Date(at).toISOString().slice(0, 19)}Z`
  const generation = repository.metadata.generation ?? 0
  const conditions = describeConditions(outcome).map((condition) => {
    const known = before.conditions?.find(({ type, status }) => type === condition.type && status === condition.status)
    return { ...condition, lastTransitionTime: known?.lastTransitionTime ?? time, observedGeneration: generation }
  })
  const counted = 'error' in outcome ? before : { ...outcome, lastSync: outcome.heldBack > 0 ? before.lastSync : time }
  return {
    conditions,
    observedGeneration: generation,
    webhookPath,
    ...(counted.lastSync === undefined ? {} : { lastSync: counted.lastSync }),
    ...(counted.openPullRequests === undefined ? {} : { openPullRequests: counted.openPullRequests }),
    ...(counted.environments === undefined ? {} : { environments: counted.environments }),
  }
}

type Said = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

function describeConditions(outcome: SweepOutcome): Said[] {
  if ('error' in outcome) return describeError(outcome.error)
  if (outcome.heldBack > 0) {
    const message = `${outcome.heldBack} of ${outcome.environments} environments have no open pull request any more, all at once. They stay until the next sweep finds the same.`
    return [{ type: 'Ready', status: 'False', reason: 'RemovalsHeldBack', message }]
  }
  const message = 'Code host and GitOps repository are in step.'
  return [{ type: 'Ready', status: 'True', reason: 'RepositoryInStep', message }]
}

function describeError(error: unknown): Said[] {
  const known = error instanceof TronadorError
  const reason = known ? error.code : 'RepositoryUnreadable'
  const message = known ? `${error.message} ${error.mend}` : `The sweep failed: ${sayError(error)}.`
  const ready: Said = { type: 'Ready', status: 'False', reason, message }
  return known && error.effect !== 'retry' ? [ready, { ...ready, type: 'Stalled', status: 'True' }] : [ready]
}

function sayError(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
