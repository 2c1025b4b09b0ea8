/** A proxy on loopback before the API server that makes the network fail on demand. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import { Pool } from 'undici'
import type { ClusterConfig } from '../../src/kube/kubeconfig.ts'
import type { Cut } from '../../src/operator/runtime/contract.ts'

/** What to answer instead of passing a request on. */
export interface Refusal {
  readonly status: number
  readonly reason: string
  readonly headers?: Readonly<Record<string, string>>
}

/** See {@link startFaultProxy}. */
export interface FaultProxy {
  /** How a client reaches the API server through the proxy. */
  readonly config: ClusterConfig
  /** What was asked so far, as `METHOD path`. */
  readonly asked: readonly string[]
  /** Ends every watch that is open. `error` also answers the next three watches with 500. */
  cut(how: Cut): void
  /** Closes every connection and refuses all requests until the function returned is called. */
  breakNetwork(): () => void
  /** Answers 410 to the next watch. */
  expireHistory(): void
  /** Answers the next requests that match in this way, so many times. */
  refuse(matches: (request: IncomingMessage) => boolean, refusal: Refusal, times: number): void
  close(): Promise<void>
}

/** Starts a proxy before the API server of that configuration, whose credentials the client keeps sending itself. */
export async function startFaultProxy(target: ClusterConfig): Promise<FaultProxy> {
  const pool = new Pool(target.server, {
    connections: 64,
    connect: { ca: target.ca, rejectUnauthorized: target.insecure !== true },
  })
  const open = new Set<{ readonly response: ServerResponse; readonly upstream: Readable }>()
  const refusals: { matches: (request: IncomingMessage) => boolean; refusal: Refusal; left: number }[] = []
  const asked: string[] = []
  let isBroken = false

  const server = createServer((request, response) => {
    if (isBroken) return void request.socket.destroy()
    asked.push(`${request.method} ${request.url}`)
    const due = refusals.find(({ matches, left }) => left > 0 && matches(request))
    if (due !== undefined) {
      due.left -= 1
      return answerWith(response, due.refusal)
    }
    pass(request, response).catch(() => response.destroy())
  })

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { host: _, connection: __, ...headers } = request.headers
    const body = ['POST', 'PATCH', 'DELETE', 'PUT'].includes(request.method ?? '') ? request : null
    const answer = await pool.request({ method: request.method as 'GET', path: request.url ?? '/', headers, body })
    const { 'transfer-encoding': ___, connection: ____, ...answerHeaders } = answer.headers
    response.writeHead(answer.statusCode, answerHeaders as Record<string, string>)
    response.flushHeaders()
    const stream = { response, upstream: answer.body }
    if (isWatch(request)) open.add(stream)
    answer.body.on('error', () => response.destroy())
    response.on('close', () => {
      open.delete(stream)
      answer.body.destroy()
    })
    answer.body.pipe(response)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const { ca: _, insecure: __, ...credentials } = target

  const refuseNext: FaultProxy['refuse'] = (matches, refusal, times) => {
    refusals.push({ matches, refusal, left: times })
  }

  return {
    config: { ...credentials, server: `http://127.0.0.1:${port}` },
    asked,
    cut(how) {
      if (how === 'error') refuseNext(isWatch, { status: 500, reason: 'InternalError' }, 3)
      for (const { response, upstream } of open) {
        if (how === 'silence') upstream.unpipe(response).resume()
        else if (how === 'end') response.end()
        else response.destroy()
      }
      open.clear()
    },
    breakNetwork() {
      isBroken = true
      server.closeAllConnections()
      return () => {
        isBroken = false
      }
    },
    expireHistory() {
      refuseNext(isWatch, { status: 410, reason: 'Expired' }, 1)
    },
    refuse: refuseNext,
    async close() {
      server.close()
      server.closeAllConnections()
      await pool.destroy()
    },
  }
}

function isWatch(request: IncomingMessage): boolean {
  return request.url?.includes('watch=1') ?? false
}

function answerWith(response: ServerResponse, { status, reason, headers = {} }: Refusal): void {
  const body = {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    reason,
    message: 'the fault proxy says so',
    code: status,
  }
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}
