/** Where the runtime says what it does: a subset of pino, so that any logger of that shape fits. */
import { isKubeError } from '../../kube/cluster.ts'

type Say = (fields: object, message: string) => void

/** A structured log. */
export interface Log {
  readonly debug: Say
  readonly info: Say
  readonly warn: Say
  readonly error: Say
}

/** Says nothing. */
export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** An error as it stands in a log: a refusal of the API server by its message, anything else with its stack. */
export function describeError(error: unknown): string {
  if (isKubeError(error)) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
