import { mkdtemp, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type ClusterClient, createClient } from './client.ts'
import type { Clock } from './clock.ts'
import type { RequestSeen } from './http.ts'
import type { ClusterConfig } from './kubeconfig.ts'
import { configMaps, pods, secrets } from './resources.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

/** An API server that gives prepared answers in turn (the last one for ever) and remembers what was asked. */
async function serve(...answers: Answer[]) {
  const asked: string[] = []
  const headers: IncomingMessage['headers'][] = []
  const server = createServer((request, response) => {
    const answer = answers[Math.min(asked.length, answers.length - 1)]
    asked.push(`${request.method} ${request.url}`)
    headers.push(request.headers)
    request.resume().on('end', () => answer?.(request, response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => void server.close().closeAllConnections())
  return { asked, headers, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** A clock whose sleepers wake at once; it remembers for how long they asked, and time passes by that much. */
function impatientClock() {
  const waits: number[] = []
  let now = 0
  const clock: Clock = {
    now: () => now,
    after(milliseconds, wake) {
      waits.push(milliseconds)
      now += milliseconds
      const timer = setImmediate(wake)
      return () => clearImmediate(timer)
    },
  }
  const pass = (milliseconds: number) => {
    now += milliseconds
  }
  return { clock, waits, pass }
}

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup()
})

function clientOf(config: ClusterConfig, clock: Clock, onRequest?: (seen: RequestSeen) => void): ClusterClient {
  const client = createClient(config, { clock, random: () => 0, ...(onRequest && { onRequest }) })
  cleanups.push(() => void client.close())
  return client
}

const json = (status: number, body: object, headers: Record<string, string> = {}): Answer => {
  return (_, response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}
const status = (code: number, reason: string, headers?: Record<string, string>) =>
  json(code, { kind: 'Status', status: 'Failure', reason, message: `said ${reason}`, code }, headers)
const hangUp: Answer = (request) => request.socket.destroy()
const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'team' } })
const ref = { name: 'a', namespace: 'team' }

test('a list is read page by page', async () => {
  const { asked, url } = await serve(
    json(200, { metadata: { resourceVersion: '7', continue: 'second' }, items: [{ metadata: { name: 'a' } }] }),
    json(200, { metadata: { resourceVersion: '7' }, items: [{ metadata: { name: 'b' } }] }),
  )

  const list = await clientOf({ server: url }, impatientClock().clock).list(configMaps, { labelSelector: 'x in (y,z)' })

  expect(list).toEqual({
    resourceVersion: '7',
    items: [
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' } },
    ],
  })
  expect(asked).toEqual([
    'GET /api/v1/configmaps?labelSelector=x+in+%28y%2Cz%29&limit=250',
    'GET /api/v1/configmaps?labelSelector=x+in+%28y%2Cz%29&limit=250&continue=second',
  ])
})

test('a list whose pages expired begins again and returns no object twice', async () => {
  const { url } = await serve(
    json(200, { metadata: { resourceVersion: '7', continue: 'second' }, items: [{ metadata: { name: 'a' } }] }),
    status(410, 'Expired'),
    json(200, { metadata: { resourceVersion: '9' }, items: [{ metadata: { name: 'a' } }] }),
  )

  const list = await clientOf({ server: url }, impatientClock().clock).list(configMaps)

  expect(list.items.map(({ metadata }) => metadata.name)).toEqual(['a'])
  expect(list.resourceVersion).toBe('9')
})

test('metadata alone is asked for without a way back to whole objects', async () => {
  const { headers, url } = await serve(json(200, { metadata: { resourceVersion: '7' }, items: [] }))

  await clientOf({ server: url }, impatientClock().clock).list(secrets, { metadataOnly: true })

  expect(headers[0]?.accept).toBe('application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1')
})

test('a throttled write waits as long as the server asks and is sent again', async () => {
  const { clock, waits } = impatientClock()
  const { asked, url } = await serve(status(429, 'TooManyRequests', { 'retry-after': '3' }), json(201, configMap('a')))

  await clientOf({ server: url }, clock).create(configMaps, configMap('a'))

  expect(asked).toEqual(['POST /api/v1/namespaces/team/configmaps', 'POST /api/v1/namespaces/team/configmaps'])
  expect(waits).toEqual([3000])
})

test('a server that throttles for ever is asked five times, and never waited for longer than 30 s', async () => {
  const { clock, waits } = impatientClock()
  const { asked, url } = await serve(status(429, 'TooManyRequests', { 'retry-after': '3600' }))

  const answer = clientOf({ server: url }, clock).get(configMaps, ref)

  await expect(answer).rejects.toMatchObject({ reason: 'TooManyRequests', status: 429, retryAfter: 3600 })
  expect(asked).toHaveLength(5)
  expect(waits).toEqual([30_000, 30_000, 30_000, 30_000])
})

test('a read that fails is sent again, waiting longer each time', async () => {
  const { clock, waits } = impatientClock()
  const { url } = await serve(
    status(500, 'InternalError'),
    hangUp,
    status(503, 'ServiceUnavailable'),
    json(200, configMap('a')),
  )

  const found = await clientOf({ server: url }, clock).get(configMaps, ref)

  expect(found?.metadata.name).toBe('a')
  expect(waits).toEqual([100, 200, 400])
})

test('a write whose fate is unknown is not sent again', async () => {
  const { asked, url } = await serve(hangUp)
  const client = clientOf({ server: url }, impatientClock().clock)

  await expect(client.create(configMaps, configMap('a'))).rejects.toMatchObject({ reason: 'Unreachable', status: 0 })
  await expect(client.patch(configMaps, ref, {})).rejects.toMatchObject({ reason: 'Unreachable' })
  await expect(client.delete(configMaps, ref, { uid: 'u' })).rejects.toMatchObject({ reason: 'Unreachable' })
  expect(asked).toHaveLength(3)
})

test('a rotated token is read again within a minute, and at once when the server refuses the old one', async () => {
  const { clock, pass } = impatientClock()
  const tokenFile = join(await mkdtemp(join(tmpdir(), 'token-')), 'token')
  await writeFile(tokenFile, 'first\n')
  const ok = json(200, configMap('a'))
  const { headers, url } = await serve(ok, ok, ok, status(401, 'Unauthorized'), ok)
  const client = clientOf({ server: url, tokenFile }, clock)

  await client.get(configMaps, ref)
  await writeFile(tokenFile, 'second\n')
  await client.get(configMaps, ref)
  pass(60_000)
  await client.get(configMaps, ref)
  await writeFile(tokenFile, 'third\n')
  await client.get(configMaps, ref)

  expect(headers.map(({ authorization }) => authorization)).toEqual([
    'Bearer first',
    'Bearer first',
    'Bearer second',
    'Bearer second',
    'Bearer third',
  ])
})

test('a token that is refused for good is an error, not a loop', async () => {
  const { asked, url } = await serve(status(401, 'Unauthorized'))

  const answer = clientOf({ server: url, token: 'wrong' }, impatientClock().clock).get(configMaps, ref)

  await expect(answer).rejects.toMatchObject({ reason: 'Unauthorized', status: 401 })
  expect(asked).toHaveLength(1)
})

test('a watch tells events as they come, also those cut in two by the network', async () => {
  const { url } = await serve(async (_, response) => {
    const line = JSON.stringify({ type: 'ADDED', object: { metadata: { name: 'grün', resourceVersion: '8' } } })
    const bytes = Buffer.from(`${line}\n`)
    const middle = bytes.indexOf('ü') + 1
    response.writeHead(200).write(bytes.subarray(0, middle))
    await new Promise((resolve) => setTimeout(resolve, 20))
    response.write(bytes.subarray(middle))
    response.end(`${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '9' } } })}\n`)
  })
  const client = clientOf({ server: url }, impatientClock().clock)

  const { signal } = new AbortController()
  const seen = []
  for await (const event of client.watch(pods, { resourceVersion: '7', signal })) seen.push(event)

  expect(seen).toEqual([
    { type: 'ADDED', object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'grün', resourceVersion: '8' } } },
    { type: 'BOOKMARK', resourceVersion: '9' },
  ])
})

test('a watch that breaks off inside an event is lost, not silently short', async () => {
  const { url } = await serve((_, response) => response.writeHead(200).end('{"type":"ADDED","object":{"meta'))
  const client = clientOf({ server: url }, impatientClock().clock)

  const { signal } = new AbortController()
  const events = client.watch(pods, { resourceVersion: '7', signal })[Symbol.asyncIterator]()

  await expect(events.next()).rejects.toMatchObject({ reason: 'Unreachable' })
})

test('names are escaped, and those that would lead elsewhere are refused', async () => {
  const { asked, url } = await serve(json(200, configMap('a')))
  const client = clientOf({ server: url }, impatientClock().clock)

  await client.get(configMaps, { name: 'a/../b?c', namespace: 'team' })

  expect(asked).toEqual(['GET /api/v1/namespaces/team/configmaps/a%2F..%2Fb%3Fc'])
  for (const name of ['', '.', '..']) {
    await expect(client.get(configMaps, { name, namespace: 'team' })).rejects.toMatchObject({ reason: 'BadRequest' })
  }
  await expect(client.get(configMaps, { name: 'a' })).rejects.toMatchObject({ reason: 'BadRequest' })
})

test('every request is counted, with its method and the answer', async () => {
  const seen: RequestSeen[] = []
  const { url } = await serve(hangUp, status(404, 'NotFound'))

  await clientOf({ server: url }, impatientClock().clock, (request) => seen.push(request)).get(configMaps, ref)

  const host = new URL(url).host
  expect(seen).toEqual([
    { method: 'GET', code: '<error>', host },
    { method: 'GET', code: '404', host },
  ])
})
