/**
 * The ingress controller of the local cluster: an HTTP proxy on loopback that leads `http://HOST.localhost:PORT` to
 * the Service that an Ingress names for that host, and writes into each Ingress where it is reached.
 */

import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Cluster, KubeObject } from '../../src/kube/cluster.ts'
import { isKubeError } from '../../src/kube/cluster.ts'
import { ingresses, services } from '../../src/kube/resources.ts'
import { type Followed, follow } from './follow.ts'
import { type IngressObject, knownHosts, type Route, routeRequest } from './ingress-routes.ts'

interface ServiceObject extends KubeObject {
  readonly spec?: {
    readonly clusterIP?: string
    readonly ports?: readonly { readonly name?: string; readonly port: number }[]
  }
}

/** A proxy that listens. */
export interface Ingress {
  /** Cuts all connections and stops listening. */
  stop(): Promise<void>
}

/** Where a request is sent, or the page that says why it cannot be. */
type Target = { readonly address: string; readonly port: number } | Refusal

interface Refusal {
  readonly status: 404 | 503
  readonly text: string
}

/**
 * Listens on 127.0.0.1:`port`, where browsers look for every name under `localhost`. `simulated`: pods answer nothing,
 * and each page says so.
 */
export async function startIngress(options: {
  readonly cluster: Cluster
  readonly port: number
  readonly simulated: boolean
}): Promise<Ingress> {
  const { cluster, port } = options
  const end = new AbortController()
  const [known, reachable] = await Promise.all([
    follow<IngressObject>(cluster, ingresses, end.signal, (ingress) => void announce(cluster, ingress, port)),
    follow<ServiceObject>(cluster, services, end.signal),
  ])
  const targetOf = (incoming: IncomingMessage) => findTarget(incoming, known, reachable, options.simulated)

  const open = new Set<Socket>()
  const server = createServer((incoming, outgoing) => passOn(incoming, outgoing, targetOf(incoming)))
  server.on('upgrade', (incoming, socket, head) => passUpgradeOn(incoming, socket, head, targetOf(incoming)))
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    async stop() {
      end.abort()
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Writes the address into the Ingress's status, once. */
async function announce(cluster: Cluster, ingress: IngressObject, port: number): Promise<void> {
  const status = { loadBalancer: { ingress: [{ hostname: 'localhost', ports: [{ port, protocol: 'TCP' }] }] } }
  if (JSON.stringify(ingress.status?.loadBalancer) === JSON.stringify(status.loadBalancer)) return
  const { name, namespace = '', uid } = ingress.metadata
  try {
    await cluster.patchStatus(ingresses, { name, namespace }, { metadata: { uid }, status })
  } catch (error) {
    // Gone or replaced meanwhile: its successor has an event of its own. Anything else comes again with the next list.
    if (!isKubeError(error)) throw error
  }
}

function findTarget(
  incoming: IncomingMessage,
  known: Followed<IngressObject>,
  reachable: Followed<ServiceObject>,
  simulated: boolean,
): Target {
  const host = incoming.headers.host ?? ''
  const route = routeRequest(known.all(), host, incoming.url ?? '/')
  if (route === undefined) return unknownHost(host, knownHosts(known.all()))
  if (simulated) {
    return { status: 503, text: `Pods are simulated on this machine: nothing runs behind ${host}.` }
  }
  return addressOf(route, reachable.get(route.namespace, route.service.name))
}

function addressOf(route: Route, service: ServiceObject | undefined): Target {
  const wanted = route.service.port
  const port = service?.spec?.ports?.find(({ name, port }) =>
    wanted.name === undefined ? port === wanted.number : name === wanted.name,
  )?.port
  const address = service?.spec?.clusterIP
  if (port !== undefined && address !== undefined && address !== 'None') return { address, port }
  const name = `${route.namespace}/${route.service.name}`
  return { status: 503, text: `The Service ${name} has no port ${wanted.name ?? wanted.number} with an address.` }
}

function unknownHost(host: string, hosts: readonly string[]): Refusal {
  const others = hosts.length === 0 ? 'No Ingress names a host yet.' : `Known hosts:\n${hosts.join('\n')}`
  return { status: 404, text: `No Ingress leads from ${host} to here.\n${others}` }
}

function passOn(incoming: IncomingMessage, outgoing: ServerResponse, target: Target): void {
  if ('status' in target) {
    refuse(outgoing, target)
    return
  }
  const passed = request({
    host: target.address,
    port: target.port,
    method: incoming.method,
    path: incoming.url,
    headers: { ...incoming.headers, 'x-forwarded-host': incoming.headers.host, 'x-forwarded-proto': 'http' },
    // No connection is kept for later: the pod at its other end may be replaced at any time.
    agent: false,
  })
  passed.on('response', (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, withoutHopHeaders(answer.rawHeaders))
    answer.pipe(outgoing)
    answer.on('error', () => outgoing.destroy())
  })
  passed.on('error', (error) => {
    if (outgoing.headersSent) outgoing.destroy()
    else refuse(outgoing, { status: 503, text: `No pod answers for ${incoming.headers.host} yet (${error.message}).` })
  })
  outgoing.on('close', () => passed.destroy())
  incoming.pipe(passed)
}

/** The connection to the pod ends with each answer; the browser's lives on. */
function withoutHopHeaders(raw: readonly string[]): string[] {
  return pairs(raw)
    .filter(([name]) => !['connection', 'keep-alive'].includes(name.toLowerCase()))
    .flat()
}

function refuse(outgoing: ServerResponse, { status, text }: Refusal): void {
  outgoing.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
  outgoing.end(`${text}\n`)
}

/** WebSockets and their like: the request is repeated word for word, and from then on bytes flow both ways. */
function passUpgradeOn(incoming: IncomingMessage, socket: Duplex, head: Buffer, target: Target): void {
  if ('status' in target) {
    socket.end(`HTTP/1.1 ${target.status} Refused\r\nconnection: close\r\n\r\n${target.text}\n`)
    return
  }
  const onward = connect(target.port, target.address, () => {
    const headers = pairs(incoming.rawHeaders).map(([name, value]) => `${name}: ${value}\r\n`)
    onward.write(`${incoming.method} ${incoming.url} HTTP/1.1\r\n${headers.join('')}\r\n`)
    onward.write(head)
    onward.pipe(socket).pipe(onward)
  })
  onward.on('error', () => socket.destroy())
  socket.on('error', () => onward.destroy())
  socket.on('close', () => onward.destroy())
}

function pairs(raw: readonly string[]): [name: string, value: string][] {
  return raw.flatMap((name, i): [string, string][] => (i % 2 === 0 ? [[name, raw[i + 1] ?? '']] : []))
}
