import { createServer, get, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createMemoryCluster } from '../../src/kube/memory.ts'
import { ingresses, namespaces, services } from '../../src/kube/resources.ts'
import { freePort } from '../free-port.ts'
import { type Ingress, startIngress } from './ingress.ts'

const host = 'shop.localhost'
let ingress: Ingress | undefined
const closing: (() => unknown)[] = []
afterEach(async () => {
  await ingress?.stop()
  for (const close of closing.splice(0)) close()
})

test('a request reaches the Service that its host names, whole, and its answer comes back', async () => {
  const { port } = await openShop((incoming, outgoing) => {
    outgoing.setHeader('x-seen', `${incoming.method} ${incoming.url} ${incoming.headers.host}`)
    outgoing.statusCode = 201
    incoming.pipe(outgoing)
  })
  const answer = await new Promise((resolve, reject) => {
    const sent = request({ port, host: '127.0.0.1', path: '/cart?x=1', method: 'POST', headers: { host } }, (got) => {
      let text = ''
      got.on('data', (chunk) => {
        text += chunk
      })
      got.on('end', () => resolve({ status: got.statusCode, seen: got.headers['x-seen'], text }))
    })
    sent.on('error', reject)
    sent.end('two apples')
  })
  expect(answer).toEqual({ status: 201, seen: `POST /cart?x=1 ${host}`, text: 'two apples' })
})

test('an upgraded connection carries bytes both ways', async () => {
  const { port, server } = await openShop(() => {})
  server.on('upgrade', (_, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n')
    socket.pipe(socket)
  })
  const echoed = await new Promise((resolve, reject) => {
    const sent = get({ port, host: '127.0.0.1', headers: { host, connection: 'upgrade', upgrade: 'echo' } })
    sent.on('error', reject)
    sent.on('upgrade', (_, socket) => {
      socket.once('data', (chunk: Buffer) => {
        socket.destroy()
        resolve(chunk.toString())
      })
      socket.write('are you there?')
    })
  })
  expect(echoed).toBe('are you there?')
})

test('a Service without a pod says so', async () => {
  const { port, server } = await openShop(() => {})
  await new Promise((resolve) => server.close(resolve))
  const status = await new Promise((resolve) =>
    get({ port, host: '127.0.0.1', headers: { host } }, (got) => resolve(got.statusCode)),
  )
  expect(status).toBe(503)
})

/** A web server on loopback that plays the Service, an Ingress that leads to it, and the proxy. */
async function openShop(answer: Parameters<typeof createServer>[1] & object) {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => server.close())
  const backend = { service: { name: 'shop', port: { name: 'web' } } }
  const cluster = createMemoryCluster()
  const metadata = { name: 'shop', namespace: 'shop' }
  await cluster.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } })
  const spec = { clusterIP: '127.0.0.1', ports: [{ name: 'web', port: (server.address() as AddressInfo).port }] }
  await cluster.create(services, { apiVersion: 'v1', kind: 'Service', metadata, spec } as never)
  const rules = [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }]
  await cluster.create(ingresses, {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata,
    spec: { rules },
  } as never)
  const port = await freePort()
  ingress = await startIngress({ cluster, port, simulated: false })
  return { server, port }
}
