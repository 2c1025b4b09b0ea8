/** Conditions in kstatus' sense: `Ready` always; `Reconciling` and `Stalled` only while they are true. */
import type { Condition } from '../../api/conditions.ts'
import { catalogue, type ErrorCode } from '../errors.ts'

/** How an object stands, in one sentence and one code. */
export type Standing =
  | { readonly state: 'ready'; readonly message: string }
  /** On its way, or held up by what may pass. */
  | { readonly state: 'progressing'; readonly code: ErrorCode; readonly message: string }
  /** Needs a person. */
  | { readonly state: 'stalled'; readonly code: ErrorCode; readonly message: string }

/** The conditions for a standing; times are kept from before where nothing changed. `now`: RFC 3339. */
export function conditionsFor(
  standing: Standing,
  before: readonly Condition[],
  generation: number,
  now: string,
): Condition[] {
  const message = shorten(standing.message, longestMessage)
  const make = (type: string, status: Condition['status'], reason: string): Condition => {
    const previous = before.find((condition) => condition.type === type)
    const lastTransitionTime = previous?.status === status ? previous.lastTransitionTime : now
    return { type, status, reason, message, lastTransitionTime, observedGeneration: generation }
  }
  if (standing.state === 'ready') return [make('Ready', 'True', 'EnvironmentReady')]
  return [
    make('Ready', 'False', standing.code),
    make(standing.state === 'stalled' ? 'Stalled' : 'Reconciling', 'True', standing.code),
  ]
}

/** Characters of a condition's message; the API server takes 32,768 and refuses the whole status beyond. */
const longestMessage = 8_192
/** Characters of what an engine or a chart says in it: room for our own words stays. */
export const longestQuote = 4_096

/** The text, cut where it is longer than so many characters. */
export function shorten(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1).trimEnd()}…`
}

/** Whether a failure of this code ends only when a person acts. */
export function needsPerson(code: ErrorCode): boolean {
  const { effect } = catalogue[code]
  return effect === 'stalled' || effect === 'usage'
}

/** The sentence and what to do about it. */
export function withMend(message: string, code: ErrorCode): string {
  return `${message} ${catalogue[code].mend}`
}
