/**
 * Writes that the API server refused, by resource. It may refuse what it is asked right after a namespace was made,
 * because its admission policies have not heard of the namespace yet ("not found"): such a request wrote nothing, and
 * is not taken for a second write.
 */
import { samplesOf } from './metrics-text.ts'
import type { RequestCount } from './request-count.ts'

const writes = new Set(['APPLY', 'PATCH', 'POST'])

/** Reads them out of the API server's metrics: whoever asked, since it started. */
export function refusalsIn(metrics: string): RequestCount {
  const refused: Record<string, number> = {}
  for (const { labels, value } of samplesOf(metrics, 'apiserver_request_total')) {
    const { verb = '', code = '', resource = '', subresource = '' } = labels
    if (!writes.has(verb) || subresource !== '' || !/^[45]/.test(code)) continue
    refused[resource] = (refused[resource] ?? 0) + value
  }
  return refused
}
