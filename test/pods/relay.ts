/** Stands before a web server that pods cannot reach, or that speaks no TLS: hands requests on as they are. */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

/** A relay that listens. */
export interface Relay {
  /** `http://HOST:PORT`, or `https:` where it has a certificate. */
  readonly url: string
  stop(): Promise<void>
}

/** Starts one on that address. `to` is a URL without a path. */
export async function startRelay(options: {
  readonly to: string
  readonly at: string
  /** The name that the web server is asked by; the one that the relay itself was, where absent. */
  readonly host?: string
  /** PEM. */
  readonly certificate?: { readonly cert: string; readonly key: string }
}): Promise<Relay> {
  const { certificate, host } = options
  const pass = (from: IncomingMessage, answer: ServerResponse) => passOn({ to: options.to, host }, from, answer)
  const server = certificate === undefined ? createServer(pass) : createTlsServer(certificate, pass)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, options.at, resolve)
  })
  const { address, port } = server.address() as AddressInfo
  return {
    url: `${certificate === undefined ? 'http' : 'https'}://${address}:${port}`,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function passOn(
  { to, host }: { readonly to: string; readonly host: string | undefined },
  from: IncomingMessage,
  answer: ServerResponse,
): void {
  const { method } = from
  const headers = { ...from.headers, ...(host !== undefined && { host }) }
  const onward = request(new URL(from.url ?? '/', to), { method, headers }, (reply) => {
    answer.writeHead(reply.statusCode ?? 502, reply.headers)
    reply.pipe(answer)
  })
  onward.once('error', () => answer.destroy())
  from.pipe(onward)
}
