/**
 * A code host for the server to work with: Gitea's API as far as the server asks it, the registry with its images, and
 * Git over HTTP. It answers after a fixed time and writes down when it was busy.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { answerWithGit } from '../../src/gitops/testing/git-http-backend.ts'
import type { Interval } from '../statistics.ts'

const execute = promisify(execFile)

/** What the code host was busy with. */
export interface HostRequest extends Interval {
  readonly kind: 'api' | 'git'
  readonly method: string
  readonly path: string
}

/** See {@link startCodeHost}. */
export interface CodeHost {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  /** Clone URL of the GitOps repository. */
  readonly gitopsUrl: string
  /** Every request that was answered. */
  readonly requests: readonly HostRequest[]
  /** Opens a pull request with that head. */
  open(number: number, commit: string): void
  /** Resolves with the moment at which the next push has landed and is answered. */
  nextPush(): Promise<number>
  /** Resolves once the commit has a status: the server's last word on it. */
  statusOf(commit: string): Promise<void>
  close(): Promise<void>
}

/** Milliseconds until the API answers. */
export const answerTime = 5

const configFile = `application:
  chart_path: deploy
  value_overrides:
    image:
      repository: {{APPLICATION_IMAGE_NAME}}
      tag: {{APPLICATION_IMAGE_TAG}}
`

/** Starts it with an empty application and a GitOps repository with one file. */
export async function startCodeHost(): Promise<CodeHost> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-git-'))
  await makeRepository(join(folder, 'acme', 'previews.git'))
  const requests: HostRequest[] = []
  const heads = new Map<number, string>()
  const statuses = new Map<string, () => void>()
  let pushed: ((at: number) => void) | undefined
  let comments = 0

  async function answerGit(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await answerWithGit(request, response, { root: folder, user: 'tronador' })
    if (request.url?.endsWith('/git-receive-pack')) pushed?.(performance.now())
  }

  async function answerApi(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', 'http://host')
    const said = await textOf(request)
    await delay(answerTime)
    const answer = apiAnswer(request.method ?? '', pathname, said)
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json', 'x-total-count': '0' })
    response.end(typeof answer === 'string' ? answer : JSON.stringify(answer ?? {}))
  }

  function apiAnswer(method: string, path: string, said: string): unknown {
    const [, part, id = ''] = /^\/api\/v1\/repos\/acme\/shop\/([a-z]+)\/?([^/]*)/.exec(path) ?? []
    if (path === '/api/v1/user') return { id: 1 }
    if (path.startsWith('/v2/')) return ''
    if (part === 'pulls') return id === '' ? [] : pullRequest(Number(id), heads.get(Number(id)))
    if (part === 'raw') return configFile
    if (part === 'commits') return { statuses: [] }
    if (part === 'statuses') {
      statuses.get(id)?.()
      return {}
    }
    if (part === 'issues' && method === 'GET') return []
    if (part === 'issues') return { id: ++comments, body: (JSON.parse(said) as { body: string }).body, user: { id: 1 } }
    return undefined
  }

  const server = createServer(async (request, response) => {
    const from = performance.now()
    const isGit = /^\/acme\/previews\.git\//.test(request.url ?? '')
    await (isGit ? answerGit : answerApi)(request, response).catch(() => response.destroy())
    const { method = '', url: path = '' } = request
    requests.push({ kind: isGit ? 'git' : 'api', method, path, from, to: performance.now() })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    gitopsUrl: `${url}/acme/previews.git`,
    requests,
    open: (number, commit) => void heads.set(number, commit),
    nextPush: () =>
      new Promise((resolve) => {
        pushed = resolve
      }),
    statusOf: (commit) => new Promise((resolve) => void statuses.set(commit, resolve)),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function pullRequest(number: number, sha: string | undefined): object | undefined {
  if (sha === undefined) return undefined
  const repo = { id: 7, clone_url: 'https://git.example.com/acme/shop.git' }
  return {
    number,
    state: 'open',
    merged: false,
    title: `Change ${number}`,
    html_url: `https://git.example.com/acme/shop/pulls/${number}`,
    user: { login: 'dana' },
    head: { label: `feature-${number}`, ref: `feature-${number}`, sha, repo },
    base: { ref: 'main', repo },
  }
}

async function makeRepository(path: string): Promise<void> {
  const env = { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' }
  await execute('git', ['init', '--quiet', '--bare', '--template=', '-b', 'main', path], { env })
  const running = execute('git', ['--git-dir', path, 'fast-import', '--quiet'], { env })
  const who = 'committer Bench <bench@example.com> 1700000000 +0000'
  running.child.stdin?.end(
    `commit refs/heads/main\n${who}\ndata 5\nFirst\nM 100644 inline README.md\ndata 5\nHello\n\n`,
  )
  await running
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}
