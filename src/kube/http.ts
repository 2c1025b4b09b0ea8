/**
 * Requests to one API server over kept-alive connections: credentials, errors in our words, and bounded retries of
 * what may safely be sent twice. Knows nothing of resources.
 */
import { Client, Pool } from 'undici'
import { type Clock, type Random, sleep } from './clock.ts'
import { KubeError, type KubeErrorReason } from './cluster.ts'
import type { ClusterConfig } from './kubeconfig.ts'
import { createTokenSource } from './token.ts'

/** One request. `path` begins with a slash and carries its own query. */
export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly accept?: string
  readonly contentType?: string
  readonly body?: unknown
}

/** What was asked and answered, for metrics. `code` is `<error>` when no answer came. */
export interface RequestSeen {
  readonly method: string
  readonly code: string
  readonly host: string
}

/** What a transport is made with. */
export interface TransportOptions {
  readonly clock: Clock
  readonly random: Random
  readonly userAgent: string
  readonly onRequest?: (seen: RequestSeen) => void
}

/** Sends requests and opens streams; see {@link createTransport}. */
export interface Transport {
  /** The parsed answer; undefined for an empty one. Rejects with {@link KubeError} for all that is not 2xx. */
  send(request: KubeRequest): Promise<unknown>
  /** The raw chunks of a long answer. Never retried: whoever watches knows where to go on. */
  stream(request: KubeRequest, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>
  close(): Promise<void>
}

/** How often one request is sent at most, and the longest wait between two times, in milliseconds. */
const attempts = 5
const longestWait = 30_000

/** Connections for short requests; a watch has one of its own. */
const connections = 32

/** Makes a transport. It opens no connection before the first request. */
export function createTransport(config: ClusterConfig, options: TransportOptions): Transport {
  const { clock, random } = options
  const origin = new URL(config.server).origin
  const prefix = new URL(config.server).pathname.replace(/\/$/, '')
  const host = new URL(config.server).host
  const connect = tlsOptions(config)
  const pool = new Pool(origin, { connections, connect, keepAliveTimeout: 60_000, headersTimeout: 60_000 })
  const streams = new Set<Client>()
  const token = createTokenSource(config, clock)

  async function sendOnce(request: KubeRequest): Promise<unknown> {
    const { statusCode, headers, body } = await pool.request(await withCredentials(request))
    const text = await body.text()
    seen(request, String(statusCode))
    if (statusCode >= 200 && statusCode < 300) return text === '' ? undefined : JSON.parse(text)
    if (statusCode === 401) token.forget()
    throw errorOf(request, statusCode, text, headers['retry-after'])
  }

  async function withCredentials(request: KubeRequest) {
    const bearer = await token.read()
    return {
      method: request.method,
      path: prefix + request.path,
      headers: {
        accept: request.accept ?? 'application/json',
        'user-agent': options.userAgent,
        ...(request.contentType === undefined ? {} : { 'content-type': request.contentType }),
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      },
      body: request.body === undefined ? null : JSON.stringify(request.body),
    }
  }

  function seen(request: KubeRequest, code: string): void {
    options.onRequest?.({ method: request.method, code, host })
  }

  function unreachable(request: KubeRequest, cause: unknown, signal?: AbortSignal): KubeError {
    if (cause instanceof KubeError) return cause
    if (signal?.aborted !== true) seen(request, '<error>')
    const why = cause instanceof Error ? cause.message : String(cause)
    const message = `no answer from the API server ${config.server} to ${request.method} ${request.path}: ${why}`
    return new KubeError('Unreachable', message, { cause })
  }

  return {
    async send(request) {
      let renewed = false
      for (let attempt = 1; ; attempt++) {
        try {
          return await sendOnce(request)
        } catch (cause) {
          const error = unreachable(request, cause)
          if (error.reason === 'Unauthorized' && config.tokenFile !== undefined && !renewed) {
            renewed = true
            continue
          }
          const wait = retryDelay(request, error, attempt, random)
          if (wait === undefined) throw error
          await sleep(clock, wait)
        }
      }
    },

    async stream(request, signal) {
      const client = new Client(origin, { connect, headersTimeout: 60_000, bodyTimeout: 0 })
      streams.add(client)
      const release = () => {
        streams.delete(client)
        void client.destroy()
      }
      try {
        const { statusCode, headers, body } = await client.request({ ...(await withCredentials(request)), signal })
        seen(request, String(statusCode))
        if (statusCode === 200) return chunksOf(body, release, (cause) => unreachable(request, cause, signal))
        if (statusCode === 401) token.forget()
        throw errorOf(request, statusCode, await body.text(), headers['retry-after'])
      } catch (cause) {
        release()
        throw unreachable(request, cause, signal)
      }
    },

    async close() {
      await Promise.all([pool.destroy(), ...[...streams].map((client) => client.destroy())])
    },
  }
}

/**
 * Milliseconds to wait before sending the request again, or undefined when it must not be sent again. A server that
 * says 429 has not done anything, so every method may be repeated; otherwise only reads are (a write whose fate is
 * unknown is the caller's to judge, by reading).
 */
export function retryDelay(
  request: KubeRequest,
  error: KubeError,
  attempt: number,
  random: Random,
): number | undefined {
  if (attempt >= attempts) return undefined
  const throttled = error.reason === 'TooManyRequests'
  const failedRead = request.method === 'GET' && (error.reason === 'Unreachable' || error.reason === 'ServerError')
  if (!throttled && !failedRead) return undefined
  const asked = error.retryAfter === undefined ? 0 : error.retryAfter * 1000
  const backoff = 100 * 2 ** (attempt - 1)
  return Math.min(longestWait, Math.max(asked, backoff)) + random() * backoff
}

function tlsOptions(config: ClusterConfig) {
  return {
    rejectUnauthorized: config.insecure !== true,
    ...(config.ca === undefined ? {} : { ca: config.ca }),
    ...(config.clientCertificate === undefined ? {} : { cert: config.clientCertificate }),
    ...(config.clientKey === undefined ? {} : { key: config.clientKey }),
    ...(config.serverName === undefined ? {} : { servername: config.serverName }),
  }
}

async function* chunksOf(
  body: AsyncIterable<Uint8Array>,
  release: () => void,
  unreachable: (cause: unknown) => KubeError,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) yield chunk
  } catch (cause) {
    throw unreachable(cause)
  } finally {
    release()
  }
}

/** Reasons of the API server that keep their name; `Expired` is its other word for `Gone`. */
const reasons: Readonly<Record<string, KubeErrorReason>> = {
  AlreadyExists: 'AlreadyExists',
  BadRequest: 'BadRequest',
  Conflict: 'Conflict',
  Expired: 'Gone',
  Forbidden: 'Forbidden',
  Gone: 'Gone',
  Invalid: 'Invalid',
  NotFound: 'NotFound',
  TooManyRequests: 'TooManyRequests',
  Unauthorized: 'Unauthorized',
}

const reasonsByStatus: Readonly<Record<number, KubeErrorReason>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Gone',
  422: 'Invalid',
  429: 'TooManyRequests',
}

/** The error in an answer's body, which is a `Status` where the API server itself speaks. */
function errorOf(request: KubeRequest, statusCode: number, text: string, retryAfter: unknown): KubeError {
  const status = parseStatus(text)
  const seconds = Number(retryAfter ?? status?.details?.retryAfterSeconds)
  const said = status?.message ?? (text.trim().slice(0, 300) || `HTTP ${statusCode}`)
  const reason = namesAnotherUid(status) ? 'Conflict' : reasonOf(statusCode, status?.reason)
  return new KubeError(reason, `${request.method} ${request.path}: ${said}`, {
    status: statusCode,
    ...(Number.isFinite(seconds) ? { retryAfter: seconds } : {}),
  })
}

/** Our word for an HTTP status and the `reason` that came with it. */
export function reasonOf(statusCode: number, reason: string | undefined): KubeErrorReason {
  const known = reason === undefined ? undefined : reasons[reason]
  return known ?? reasonsByStatus[statusCode] ?? (statusCode >= 500 ? 'ServerError' : 'BadRequest')
}

/**
 * A patch of an object that was replaced by another of its name is refused as invalid (`metadata.uid` cannot be
 * changed). What it means is a conflict: the object the caller spoke of is gone.
 */
function namesAnotherUid(status: StatusBody | undefined): boolean {
  return status?.reason === 'Invalid' && (status.details?.causes ?? []).some(({ field }) => field === 'metadata.uid')
}

interface StatusBody {
  readonly kind?: string
  readonly message?: string
  readonly reason?: string
  readonly details?: {
    readonly retryAfterSeconds?: number
    readonly causes?: readonly { readonly field?: string }[]
  }
}

function parseStatus(text: string): StatusBody | undefined {
  try {
    const body = JSON.parse(text) as StatusBody | null
    return body?.kind === 'Status' ? body : undefined
  } catch {
    return undefined
  }
}
