/** Git's smart HTTP as a test's server: each request is handed to `git http-backend`. For tests. */
import { spawn } from 'node:child_process'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'

/** What is served, and how. */
export interface GitBackend {
  /** Folder of the bare repositories. */
  readonly root: string
  /** Who is logged in: may push. Absent: nobody may. */
  readonly user?: string
  /** Swallows the reply to a push that has landed. */
  readonly loseReply?: boolean
}

/** Answers one request of a Git client. */
export async function answerWithGit(
  request: IncomingMessage,
  response: ServerResponse,
  backend: GitBackend,
): Promise<void> {
  const { pathname, search } = new URL(request.url ?? '/', 'http://host')
  const allowPush = backend.user === undefined ? [] : ['-c', 'http.receivepack=true']
  const child = spawn('git', ['-c', 'safe.directory=*', ...allowPush, 'http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: backend.root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'],
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
      GIT_PROTOCOL: request.headers['git-protocol'] as string | undefined,
      REMOTE_USER: backend.user,
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  const ended = new Promise((resolve) => child.once('close', resolve))
  await pipeline(request, child.stdin).catch(() => {})
  await ended
  if (backend.loseReply === true && pathname.endsWith('/git-receive-pack')) response.destroy()
  else answer(response, Buffer.concat(chunks))
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
