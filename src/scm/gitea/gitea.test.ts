import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createGitea } from './index.ts'
import { mapPullRequest } from './map.ts'
import { GiteaPullRequest } from './schema.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A server of this test's own; returns its address and the requests it has seen. */
async function serve(answer: Answer): Promise<{ url: string; seen: string[] }> {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`)
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

async function connect(answer: Answer) {
  const { url, seen } = await serve(answer)
  return { gitea: createGitea({ url: `${url}/acme/shop`, token: 'canary-token' }), url, seen }
}

function recorded(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8'))
}

function json(response: ServerResponse, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

/** A page of pull requests as Gitea gives it: `total` in all, `page` from 1. */
function page(request: IncomingMessage, total: number, size = 50): unknown[] {
  const open = recorded('pull-open') as object
  const number = Number(new URL(request.url ?? '', 'http://x').searchParams.get('page'))
  const count = Math.max(0, Math.min(size, total - (number - 1) * size))
  return Array.from({ length: count }, (_, index) => ({ ...open, number: (number - 1) * size + index + 1 }))
}

test('each state of a recorded pull request is told', () => {
  const names = ['pull-open', 'pull-draft', 'pull-closed', 'pull-merged', 'pull-fork', 'pull-fork-gone']
  const told = names.map((name) => {
    const { number, state, merged, draft, source } = mapPullRequest(GiteaPullRequest.parse(recorded(name)))
    return [name, number, state, merged, draft, source.fork]
  })
  expect(told).toEqual([
    ['pull-open', 1, 'open', false, false, false],
    ['pull-draft', 1, 'open', false, true, false],
    ['pull-closed', 1, 'closed', false, false, false],
    ['pull-merged', 1, 'closed', true, false, false],
    ['pull-fork', 2, 'open', false, false, true],
    ['pull-fork-gone', 2, 'closed', false, false, true],
  ])
})

test('every page of open pull requests is read', async () => {
  const { gitea, seen } = await connect((request, response) =>
    json(response, page(request, 120), { 'x-total-count': '120' }),
  )

  expect((await gitea.openPullRequests()).map(({ number }) => number)).toEqual(
    Array.from({ length: 120 }, (_, i) => i + 1),
  )
  expect(seen).toEqual(
    [1, 2, 3].map((number) => `GET /api/v1/repos/acme/shop/pulls?state=open&sort=oldest&page=${number}&limit=50`),
  )
})

test('a host that holds its pages smaller than asked is read to the end', async () => {
  const { gitea } = await connect((request, response) => json(response, page(request, 7, 3), { 'x-total-count': '7' }))

  expect(await gitea.openPullRequests()).toHaveLength(7)
})

test('a list that cannot be trusted is refused as a whole', async () => {
  const answers: Record<string, Answer> = {
    'an empty page though there are some': (_, response) => json(response, [], { 'x-total-count': '30' }),
    'cut short on a later page': (request, response) =>
      json(response, page(request, request.url?.includes('page=1') ? 50 : 0), { 'x-total-count': '60' }),
    'the same page again and again': (_, response) =>
      json(response, page({ url: '/?page=1' } as IncomingMessage, 50), { 'x-total-count': '500' }),
    'pages without end': (request, response) => json(response, page(request, 1_000_000)),
    'no list': (_, response) => json(response, { message: 'ok' }),
    'no JSON': (_, response) => response.end('<html>'),
    'a field missing': (_, response) => json(response, [{ number: 1 }]),
    'larger than any page': (_, response) => {
      response.write('[')
      const more = () => {
        while (response.write(' '.repeat(65_536)));
      }
      response.on('drain', more)
      more()
    },
  }
  for (const [name, answer] of Object.entries(answers)) {
    const { gitea } = await connect(answer)
    await expect(gitea.openPullRequests(), name).rejects.toMatchObject({ code: 'ScmAnswerUnusable' })
  }
})

test('a pull request whose head cannot be found spoils neither the list nor another’s reading', async () => {
  const { head, ...rest } = recorded('pull-open') as { head: object }
  const broken = { ...rest, number: 1, head: { ...head, sha: '' } }
  const sound = { ...rest, number: 2, head }
  const { gitea } = await connect((request, response) =>
    json(response, request.url?.includes('?') ? [broken, sound] : broken, { 'x-total-count': '2' }),
  )

  const listed = await gitea.openPullRequests()
  expect(listed.map(({ number, source }) => [number, source.commit.length])).toEqual([
    [1, 0],
    [2, 40],
  ])
  await expect(gitea.pullRequest(1)).rejects.toMatchObject({ code: 'ScmAnswerUnusable' })
})

test('a host that repeats a page is asked no further', async () => {
  const same = page({ url: '/?page=1' } as IncomingMessage, 50)
  const { gitea, seen } = await connect((_, response) => json(response, same, { 'x-total-count': '5000' }))

  await expect(gitea.openPullRequests()).rejects.toMatchObject({ code: 'ScmAnswerUnusable' })
  expect(seen).toHaveLength(2)
})

test('what the host refuses is told apart, and no message holds the token', async () => {
  const answers: Record<string, Answer> = {
    ScmUnauthorized: (_, response) => response.writeHead(401).end('{}'),
    ScmForbidden: (_, response) => response.writeHead(403).end('{}'),
    ScmRateLimited: (_, response) => response.writeHead(429, { 'retry-after': '30' }).end('{}'),
    ScmUnavailable: (_, response) => response.writeHead(500).end('{}'),
    ScmMoved: (_, response) => response.writeHead(302, { location: 'http://127.0.0.2:1/elsewhere' }).end(),
  }
  for (const [code, answer] of Object.entries(answers)) {
    const { gitea } = await connect(answer)
    for (const call of [
      gitea.openPullRequests(),
      gitea.pullRequest(1),
      gitea.readFile('a', 'b'),
      gitea.upsertComment(1, 'm', 'b'),
    ]) {
      const error = await call.then(String, (cause: Error) => cause)
      expect(error).toMatchObject({ code })
      expect(String(error)).not.toContain('canary')
    }
  }
})

test('a connection that is cut is a failure, never an empty answer', async () => {
  const { gitea } = await connect((request) => request.socket.destroy())

  await expect(gitea.openPullRequests()).rejects.toMatchObject({ code: 'ScmUnavailable' })
  await expect(gitea.pullRequest(1)).rejects.toMatchObject({ code: 'ScmUnavailable' })
})

test('the token goes to its host alone: a redirect to another one is not followed', async () => {
  const stranger = await serve((_, response) => json(response, recorded('pull-open')))
  const { gitea } = await connect((_, response) =>
    response.writeHead(307, { location: `${stranger.url}/api/v1/repos/acme/shop/pulls/1` }).end(),
  )

  await expect(gitea.pullRequest(1)).rejects.toMatchObject({ code: 'ScmMoved' })
  expect(stranger.seen).toEqual([])
})

test('a renamed repository is read where it went on the same host, and written nowhere but where it was named', async () => {
  const { gitea, seen } = await connect((request, response) => {
    if (request.url?.includes('/shop/')) {
      response.writeHead(301, { location: request.url.replace('/shop/', '/store/') }).end()
    } else json(response, recorded('pull-open'))
  })

  expect(await gitea.pullRequest(1)).toMatchObject({ number: 1 })
  await expect(gitea.setStatus('a'.repeat(40), { state: 'pending', context: 'c', description: 'd' })).rejects.toThrow()
  expect(seen.filter((request) => request.startsWith('POST') && request.includes('store'))).toEqual([])
})

test('a Gitea below a path is asked below that path', async () => {
  const { url, seen } = await serve((_, response) => json(response, recorded('pull-open')))
  await createGitea({ url: `${url}/git/acme/shop`, token: 't' }).pullRequest(1)

  expect(seen).toEqual(['GET /git/api/v1/repos/acme/shop/pulls/1'])
})
