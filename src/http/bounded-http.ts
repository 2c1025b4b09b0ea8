/**
 * Requests to one foreign host, with every bound in one place: body size, time, redirects. What is sent (a token
 * above all) reaches that host and no other. Knows nothing of code hosts or registries; they put their words to it.
 */
import { Agent, request } from 'undici'

/** One request. `path` begins with a slash and holds no query. */
export interface HttpAsk {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PATCH'
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
  /** Most bytes of the answer's body; the host's own bound where absent. */
  readonly maxBytes?: number
}

/** Any answer that came whole, whatever its status. Header names are in lower case. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
}

/** Why no usable answer came. */
export type HttpFailureKind = 'Unreachable' | 'TooLarge' | 'RedirectedAway'

/** No usable answer. The message names method, URL and cause, and never a header or a query. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure'
  readonly kind: HttpFailureKind

  constructor(kind: HttpFailureKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.kind = kind
  }
}

/** How one host is spoken to. */
export interface HttpHostOptions {
  /** `https://git.example.com`; a path is put before every request's own. */
  readonly baseUrl: string
  /** Headers of every request, credentials among them. */
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds for one whole request, redirects included. */
  readonly timeout: number
  /** Most bytes of one answer's body. */
  readonly maxBytes: number
}

/** One host. Rejects with {@link HttpFailure} alone. */
export interface HttpHost {
  readonly origin: string
  send(ask: HttpAsk): Promise<HttpAnswer>
}

const maxRedirects = 3

/** Shared by all hosts: few connections each, so that no host is flooded by one of our bursts. */
const agent = new Agent({ connections: 8, keepAliveTimeout: 30_000 })

/** Makes a host. It opens no connection before the first request. */
export function createHttpHost(options: HttpHostOptions): HttpHost {
  const base = new URL(options.baseUrl)
  const prefix = base.pathname.replace(/\/$/, '')

  /** A redirect is followed for reads, within the origin; a host that moved is a person's matter. */
  async function follow(ask: HttpAsk, url: URL, signal: AbortSignal, left: number): Promise<HttpAnswer> {
    const answer = await sendOnce(ask, url, signal, options)
    const location = answer.headers.location
    if (answer.status < 300 || answer.status > 399 || location === undefined) return answer
    const target = URL.parse(location, url.href)
    const isRead = ask.method === 'GET' || ask.method === 'HEAD'
    if (target?.origin !== base.origin || !isRead || left === 0) {
      const where = target === null ? 'nowhere' : target.origin + target.pathname
      throw new HttpFailure('RedirectedAway', `${nameOf(ask, url)} was redirected to ${where}, which is not followed`)
    }
    return follow(ask, target, signal, left - 1)
  }

  return {
    origin: base.origin,
    send(ask) {
      // Not resolved against the origin: a path that begins with two slashes would name another host.
      const url = new URL(base.origin)
      url.pathname = prefix + ask.path
      for (const [key, value] of Object.entries(ask.query ?? {})) url.searchParams.set(key, value)
      return follow(ask, url, AbortSignal.timeout(options.timeout), maxRedirects)
    },
  }
}

async function sendOnce(ask: HttpAsk, url: URL, signal: AbortSignal, options: HttpHostOptions): Promise<HttpAnswer> {
  try {
    const answer = await request(url, {
      method: ask.method,
      headers: {
        accept: 'application/json',
        ...options.headers,
        ...ask.headers,
        ...(ask.json === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: ask.json === undefined ? null : JSON.stringify(ask.json),
      dispatcher: agent,
      signal,
    })
    const body = await readBounded(answer.body, ask.maxBytes ?? options.maxBytes, nameOf(ask, url))
    return { status: answer.statusCode, headers: singleValues(answer.headers), body }
  } catch (cause) {
    if (cause instanceof HttpFailure) throw cause
    const why = signal.aborted ? `no answer within ${options.timeout / 1000} s` : describe(cause)
    throw new HttpFailure('Unreachable', `${nameOf(ask, url)} failed: ${why}`, cause)
  }
}

async function readBounded(body: AsyncIterable<Buffer>, maxBytes: number, name: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    // Leaving the loop destroys the body, and with it the connection: the rest is never read.
    if (size > maxBytes) throw new HttpFailure('TooLarge', `${name} answered with more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function singleValues(headers: Record<string, string | string[] | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  )
}

function nameOf(ask: HttpAsk, url: URL): string {
  return `${ask.method} ${url.origin}${url.pathname}`
}

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  const code = (cause as NodeJS.ErrnoException).code
  return cause.message === '' ? (code ?? cause.name) : cause.message
}
