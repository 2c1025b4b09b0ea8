/** What an engine is asked to look again by. */
import type { DesiredEnvironment } from '../core/model.ts'

/**
 * What the release is asked by: the wish, and the values that came late. What was asked for their sake stands until
 * there is another wish: taken back it would be a new one to the engine, and with values that stay wrong so without
 * end. `asked`: what it was asked by before.
 */
export function requestOf(
  { requestedAt, valuesRevision }: DesiredEnvironment,
  asked: string | undefined,
): string | undefined {
  const prefix = requestedAt === undefined ? 'values-' : `${requestedAt} values-`
  if (valuesRevision !== undefined) return prefix + valuesRevision
  return asked?.startsWith(prefix) ? asked : requestedAt
}
