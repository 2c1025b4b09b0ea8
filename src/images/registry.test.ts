import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { parseChallenge } from './challenge.ts'
import { locateImage } from './reference.ts'
import { createRegistry } from './registry.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

async function serve(answer: Answer): Promise<{ host: string; seen: string[] }> {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`.trimEnd())
    answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

const credentials = { username: 'robot', password: 'canary' }
const basic = `Basic ${Buffer.from('robot:canary').toString('base64')}`

test('an image is there or it is not', async () => {
  const { host, seen } = await serve((request, response) => {
    response.writeHead(request.url === '/v2/acme/shop/manifests/one' ? 200 : 404).end()
  })
  const images = createRegistry({ insecure: true })

  expect(await images.exists({ name: `${host}/acme/shop`, tag: 'one' })).toBe(true)
  expect(await images.exists({ name: `${host}/acme/shop`, tag: 'two' })).toBe(false)
  expect(seen).toEqual(['HEAD /v2/acme/shop/manifests/one', 'HEAD /v2/acme/shop/manifests/two'])
})

test('a registry that wants a bearer token gets one from its token service', async () => {
  const { host, seen } = await serve((request, response) => {
    if (request.url?.startsWith('/token')) {
      response.end(JSON.stringify({ token: 'bearer-1' }))
    } else if (request.headers.authorization === 'Bearer bearer-1') {
      response.writeHead(200).end()
    } else {
      const realm = `Bearer realm="http://${host}/token?a=b",service="registry",scope="repository:acme/shop:pull"`
      response.writeHead(401, { 'www-authenticate': realm }).end()
    }
  })

  expect(await createRegistry({ insecure: true, credentials }).exists({ name: `${host}/acme/shop`, tag: 'one' })).toBe(
    true,
  )
  expect(seen).toEqual([
    'HEAD /v2/acme/shop/manifests/one',
    `GET /token?a=b&service=registry&scope=repository%3Aacme%2Fshop%3Apull ${basic}`,
    'HEAD /v2/acme/shop/manifests/one Bearer bearer-1',
  ])
})

test('a registry that wants basic auth gets it, and only then', async () => {
  const { host, seen } = await serve((request, response) => {
    const isAllowed = request.headers.authorization === basic
    response.writeHead(isAllowed ? 200 : 401, isAllowed ? {} : { 'www-authenticate': 'Basic realm="registry"' }).end()
  })
  const image = { name: `${host}/acme/shop`, tag: 'one' }

  expect(await createRegistry({ insecure: true, credentials }).exists(image)).toBe(true)
  expect(seen).toEqual(['HEAD /v2/acme/shop/manifests/one', `HEAD /v2/acme/shop/manifests/one ${basic}`])
  await expect(createRegistry({ insecure: true }).exists(image)).rejects.toMatchObject({ code: 'RegistryUnauthorized' })
})

test('a registry without TLS cannot send the credentials to another host', async () => {
  const stranger = await serve((_, response) => response.end('{}'))
  for (const realm of [`http://${stranger.host}/token`, `https://${stranger.host}/token`, 'own//stranger/token']) {
    const { host, seen } = await serve((request, response) => {
      const service = realm.replace(/^own/, `http://${host}`).replace('stranger', stranger.host)
      const challenge = { 'www-authenticate': `Bearer realm="${service}"` }
      response.writeHead(request.url?.startsWith('/v2/') ? 401 : 404, challenge).end()
    })
    const asked = createRegistry({ insecure: true, credentials }).exists({ name: `${host}/acme/shop`, tag: 'one' })

    await expect(asked, realm).rejects.toMatchObject({ code: 'RegistryUnauthorized' })
    expect(seen[0]).toBe('HEAD /v2/acme/shop/manifests/one')
  }
  expect(stranger.seen).toEqual([])
})

test('a refusal or a failure is never a "no"', async () => {
  const answers: Record<string, [Answer, string]> = {
    forbidden: [(_, response) => response.writeHead(403).end(), 'RegistryUnauthorized'],
    'no challenge': [(_, response) => response.writeHead(401).end(), 'RegistryUnauthorized'],
    'too many requests': [(_, response) => response.writeHead(429).end(), 'RegistryUnavailable'],
    'out of order': [(_, response) => response.writeHead(500).end(), 'RegistryUnavailable'],
    'a cut connection': [(request) => request.socket.destroy(), 'RegistryUnavailable'],
    'a token service elsewhere without TLS': [
      (_, response) => response.writeHead(401, { 'www-authenticate': 'Bearer realm="http://127.0.0.2:1/token"' }).end(),
      'RegistryUnauthorized',
    ],
    'a token service that is a file': [
      (_, response) => response.writeHead(401, { 'www-authenticate': 'Bearer realm="file:///etc/passwd"' }).end(),
      'RegistryUnauthorized',
    ],
  }
  for (const [name, [answer, code]] of Object.entries(answers)) {
    const { host } = await serve(answer)
    const error = await createRegistry({ insecure: true, credentials })
      .exists({ name: `${host}/acme/shop`, tag: 'one' })
      .then(String, (cause: Error) => cause)
    expect(error, name).toMatchObject({ code })
    expect(String(error)).not.toContain('canary')
  }
})

test.each([
  ['registry.example.com/acme/shop', 'registry.example.com', 'acme/shop'],
  ['10.0.0.1:5000/shop', '10.0.0.1:5000', 'shop'],
  ['localhost/shop', 'localhost', 'shop'],
  ['acme/shop', 'registry-1.docker.io', 'acme/shop'],
  ['docker.io/acme/shop', 'registry-1.docker.io', 'acme/shop'],
  ['nginx', 'registry-1.docker.io', 'library/nginx'],
])('%s lies on %s as %s', (name, host, repository) => {
  expect(locateImage({ name, tag: 'v1' })).toEqual({ host, repository, tag: 'v1' })
})

test.each(['Bearer realm="a",service="b"', 'bearer  realm=a , service=b'])('a challenge is read: %s', (header) => {
  expect(parseChallenge(header)).toEqual({ scheme: 'bearer', parameters: { realm: 'a', service: 'b' } })
})
