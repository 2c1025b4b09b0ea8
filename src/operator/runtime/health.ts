/** The small web server that Kubernetes and Prometheus ask how the process is. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'

/** What is asked and answered. */
export interface HealthServerOptions {
  readonly port: number
  /** Address to listen on; all if not given. */
  readonly host?: string
  /** Why the process is not ready to work, one line each; empty: it is. */
  readonly notReady: () => readonly string[]
  /** What `/metrics` shows; without it there is no such page. */
  readonly registry?: Registry
}

/** A running server. */
export interface HealthServer {
  /** The port it listens on: the one asked for, or one the system chose for port 0. */
  readonly port: number
  close(): Promise<void>
}

/** Answers `/healthz` and `/livez` (the process runs), `/readyz` (it works) and `/metrics`. Rejects when the port is taken. */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    answer(options, path, response).catch(() => send(response, 500, 'failed\n'))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer({ notReady, registry }: HealthServerOptions, path: string, response: ServerResponse) {
  switch (path) {
    case '/healthz':
    case '/livez':
      return send(response, 200, 'ok\n')
    case '/readyz': {
      const reasons = notReady()
      return reasons.length === 0 ? send(response, 200, 'ok\n') : send(response, 503, `${reasons.join('\n')}\n`)
    }
    case '/metrics':
      if (registry === undefined) return send(response, 404, 'not found\n')
      return send(response, 200, await registry.metrics(), registry.contentType)
    default:
      return send(response, 404, 'not found\n')
  }
}

function send(response: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type }).end(body)
}
