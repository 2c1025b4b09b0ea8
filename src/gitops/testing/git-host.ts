/** A Git host on loopback: `git http-backend` behind basic authentication, with faults on request. For tests. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname } from 'node:path'
import { answerWithGit } from './git-http-backend.ts'

/** What a host may do to one request: answer it itself (true) or let it pass (false). */
export type Fault = (request: IncomingMessage, response: ServerResponse) => boolean

export interface GitHost {
  /** URL of `repository.git`. */
  readonly url: string
  /** Every request: method, path with query, and the Authorization header. */
  readonly requests: { readonly method: string; readonly path: string; readonly authorization: string | undefined }[]
  fault: Fault | undefined
  /** Where set, the reply to a push is swallowed after the push has landed. */
  loseReply: boolean
  close(): Promise<void>
}

/** Serves the bare repository at `path` (…/repository.git) to whoever knows `username:password`. */
export async function startGitHost(path: string, username: string, password: string): Promise<GitHost> {
  const expected = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
  const server = createServer((request, response) => {
    const authorization = request.headers.authorization
    host.requests.push({ method: request.method ?? '', path: request.url ?? '', authorization })
    if (host.fault?.(request, response) === true) return
    if (authorization !== expected) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('who are you?')
      return
    }
    const backend = { root: dirname(path), user: username, loseReply: host.loseReply }
    answerWithGit(request, response, backend).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const host: GitHost = {
    url: `http://127.0.0.1:${port}/repository.git`,
    requests: [],
    fault: undefined,
    loseReply: false,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return host
}
