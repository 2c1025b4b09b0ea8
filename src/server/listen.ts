/** Puts the routes behind a port, with bounds on how many and how slow its callers may be. */
import type { Server as HttpServer } from 'node:http'
import { serve } from '@hono/node-server'
import type { Hono } from 'hono'

/** Where to listen. */
export interface Address {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
}

/** An open port. */
export interface Listener {
  readonly port: number
  /** Refuses new callers and waits for those that are being answered. */
  close(): Promise<void>
}

/** With each body held to 1 MiB, this bounds the memory that callers can take. */
const maxConnections = 256

/** Rejects when the port is taken. */
export function listen(routes: Hono, address: Address): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch: routes.fetch, hostname: address.host, port: address.port }, ({ port }) =>
      resolve({ port, close: () => close(server) }),
    ) as HttpServer
    server.once('error', reject)
    server.maxConnections = maxConnections
    // A delivery is sent in one go: whoever takes longer than this is no code host.
    server.headersTimeout = 10_000
    server.requestTimeout = 20_000
    server.keepAliveTimeout = 5_000
  })
}

function close(server: HttpServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
}
