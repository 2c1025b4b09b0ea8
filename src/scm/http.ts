/**
 * What all code hosts' adapters share: an answer's status in our words, JSON checked by a schema, and pages read to
 * the end within bounds. An error or a doubt rejects; nothing here ever makes an empty list out of a failure.
 */
import type { ZodType } from 'zod'
import { TronadorError } from '../core/errors.ts'
import { createHttpHost, type HttpAnswer, type HttpAsk, HttpFailure, type HttpHost } from '../http/bounded-http.ts'

/** Bounds of all code hosts. A page of fifty pull requests takes some 600 kB. */
export const scmLimits = { timeout: 15_000, maxBytes: 8 * 1024 * 1024, pageSize: 50, maxPages: 40 } as const

/** One code host, with errors in the catalogue's words. */
export interface ScmHost {
  /** The answer of a request that succeeded, or undefined where the host says 404. */
  send(ask: HttpAsk): Promise<HttpAnswer | undefined>
}

/** Speaks to a code host; `headers` carry the token, which reaches this host alone. */
export function createScmHost(options: { baseUrl: string; headers: Readonly<Record<string, string>> }): ScmHost {
  const host = createHttpHost({ ...options, timeout: scmLimits.timeout, maxBytes: scmLimits.maxBytes })
  return {
    async send(ask) {
      const answer = await sendInOurWords(host, ask)
      if (answer.status >= 200 && answer.status < 300) return answer
      if (answer.status === 404) return undefined
      throw errorOf(host, ask, answer)
    },
  }
}

async function sendInOurWords(host: HttpHost, ask: HttpAsk): Promise<HttpAnswer> {
  try {
    return await host.send(ask)
  } catch (cause) {
    if (!(cause instanceof HttpFailure)) throw cause
    const code = { Unreachable: 'ScmUnavailable', TooLarge: 'ScmAnswerUnusable', RedirectedAway: 'ScmMoved' } as const
    throw new TronadorError(code[cause.kind], `The code host cannot be used: ${cause.message}.`, { cause })
  }
}

function errorOf(host: HttpHost, ask: HttpAsk, answer: HttpAnswer): TronadorError {
  const what = `${ask.method} ${host.origin}${ask.path}`
  const waits = answer.headers['retry-after']
  if (answer.status === 401)
    return new TronadorError('ScmUnauthorized', `${what} was answered 401: the token is not accepted.`)
  if (answer.status === 429 || (answer.status === 403 && waits !== undefined)) {
    const until = waits === undefined ? '' : `, come back after ${waits.slice(0, 40)}`
    return new TronadorError('ScmRateLimited', `${what} was answered ${answer.status}: too many requests${until}.`)
  }
  if (answer.status === 403)
    return new TronadorError('ScmForbidden', `${what} was answered 403: the token may not do this.`)
  const code = answer.status >= 500 ? 'ScmUnavailable' : 'ScmAnswerUnusable'
  return new TronadorError(code, `${what} was answered ${answer.status}.`)
}

/** The answer's JSON, checked. Rejects what does not fit with `ScmAnswerUnusable`, naming the first field. */
export function parseAnswer<T>(answer: HttpAnswer, schema: ZodType<T>, what: string): T {
  const parsed = schema.safeParse(parseJson(answer.body, what))
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const field = issue === undefined ? '' : `${issue.path.join('.') || 'the whole'}: ${issue.message}`
  throw new TronadorError('ScmAnswerUnusable', `The code host's answer for ${what} is not as documented (${field}).`)
}

function parseJson(body: Buffer, what: string): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw new TronadorError('ScmAnswerUnusable', `The code host's answer for ${what} is no JSON.`, { cause })
  }
}

/** One page of a list, and how many entries the host says there are on all pages, where it says so. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly total: number | undefined
}

/**
 * Every page, until one is not full. Rejects with `ScmAnswerUnusable` when a page repeats what an earlier one held,
 * when there are more pages than {@link scmLimits} allows, or when the sum falls short of what the host announced:
 * a list that may be cut short must never be taken for the truth.
 */
export async function collectPages<T>(
  what: string,
  keyOf: (item: T) => string | number,
  fetchPage: (page: number, size: number) => Promise<Page<T>>,
): Promise<T[]> {
  const seen = new Map<string | number, T>()
  for (let page = 1; page <= scmLimits.maxPages; page++) {
    const { items, total } = await fetchPage(page, scmLimits.pageSize)
    const known = seen.size
    for (const item of items) seen.set(keyOf(item), item)
    if (items.length > 0 && seen.size === known) throw unusable(what, `page ${page} repeats an earlier one`)
    if (isLast(items.length, seen.size, total)) return confirmWhole(what, [...seen.values()], total)
  }
  throw unusable(what, `there are more than ${scmLimits.maxPages * scmLimits.pageSize} entries`)
}

/** A host may hold its pages smaller than asked; its own total decides where it gives one. */
function isLast(items: number, seen: number, total: number | undefined): boolean {
  return items === 0 || (total === undefined ? items < scmLimits.pageSize : seen >= total)
}

function confirmWhole<T>(what: string, items: T[], total: number | undefined): T[] {
  if (total !== undefined && items.length < total) throw unusable(what, `it holds ${items.length} of ${total} entries`)
  return items
}

function unusable(what: string, why: string): TronadorError {
  return new TronadorError('ScmAnswerUnusable', `The code host's list of ${what} cannot be trusted: ${why}.`)
}
