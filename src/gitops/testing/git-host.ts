/** A Git host on loopback: `git http-backend` behind basic authentication, with faults on request. For tests. */
import { spawn } from 'node:child_process'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'

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
    serve(request, response, dirname(path), host.loseReply).catch(() => response.destroy())
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

async function serve(request: IncomingMessage, response: ServerResponse, root: string, lose: boolean): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://host')
  const child = spawn('git', ['-c', 'http.receivepack=true', '-c', 'safe.directory=*', 'http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'],
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
      GIT_PROTOCOL: request.headers['git-protocol'] as string | undefined,
      REMOTE_USER: 'tester',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  const ended = new Promise((resolve) => child.once('close', resolve))
  await pipeline(request, child.stdin).catch(() => {})
  await ended
  if (lose && url.pathname.endsWith('/git-receive-pack')) {
    response.destroy()
    return
  }
  answer(response, Buffer.concat(chunks))
}

/** CGI's answer: header lines, an empty line, the body. */
function answer(response: ServerResponse, output: Buffer): void {
  const end = output.indexOf('\r\n\r\n')
  let status = 200
  for (const line of output.toString('latin1', 0, end).split('\r\n')) {
    const [name = '', value = ''] = line.split(/: (.*)/s)
    if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10)
    else response.setHeader(name, value)
  }
  response.writeHead(status).end(output.subarray(end + 4))
}
