/** The local node runs real pods that are reached as on any cluster, and leaves nothing of itself behind. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Agent, request } from 'undici'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startBuild } from '../../local/build.ts'
import { openCache } from '../../local/cache.ts'
import { sweepNode } from '../../local/node/index.ts'
import { silentProgress } from '../../local/progress.ts'
import type { Cluster, KubeObject } from '../../src/kube/cluster.ts'
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts'
import { ingresses, namespaces, services } from '../../src/kube/resources.ts'
import type { LoneNode } from './lone-node.ts'
import { createShop, openCluster, type PodObject, pushShop, readyPod, visit } from './shop.ts'

const program = startBuild({ cache: openCache(), components: ['shop'], progress: silentProgress }).binary('shop')

describe.skipIf(inject('simulatedPods'))('a pod', () => {
  const namespace = `pod-${process.pid}`
  let cluster: Cluster
  let pod: PodObject

  beforeAll(async () => {
    cluster = await openCluster(inject('kubeconfig'))
    await createShop(
      cluster,
      namespace,
      await pushShop(inject('registry').address, await program, 'open for business\n'),
    )
    pod = await readyPod(cluster, namespace)
  })
  afterAll(async () => {
    const uid = (await cluster.get(namespaces, { name: namespace }))?.metadata.uid
    if (uid !== undefined) await cluster.delete(namespaces, { name: namespace }, { uid })
  })

  test('answers through its Service and through its Ingress', async () => {
    const answer = { status: 200, text: 'open for business\n' }
    expect(await visit(`http://${await serviceAddress(cluster, namespace)}/`)).toEqual(answer)
    const { port } = inject('ingress')
    expect(await visit(`http://127.0.0.1:${port}/`, `${namespace}.localhost:${port}`)).toEqual(answer)
  })

  test('its Ingress says where it is reached, and the proxy whom it knows', async () => {
    const { port } = inject('ingress')
    expect(await cluster.get(ingresses, { namespace, name: 'shop' })).toMatchObject({
      status: { loadBalancer: { ingress: [{ hostname: 'localhost', ports: [{ port, protocol: 'TCP' }] }] } },
    })
    const stranger = await visit(`http://127.0.0.1:${port}/`, 'stranger.localhost')
    expect(stranger.status).toBe(404)
    expect(stranger.text).toContain(`No Ingress leads from stranger.localhost to here.`)
    expect(stranger.text).toContain(`${namespace}.localhost`)
  })

  test('finds Services by name', async () => {
    const resolver = new Resolver()
    resolver.setServers([nameServerOf(pod)])
    expect(await resolver.resolve4(`shop.${namespace}.svc.cluster.local`)).toEqual([
      await serviceAddress(cluster, namespace),
    ])
    await expect(resolver.resolve4('example.org')).rejects.toMatchObject({ code: 'ENOTFOUND' })
  })

  test('shows its log through the API server', async () => {
    const log = await readLog(inject('kubeconfig'), namespace, pod.metadata.name)
    expect(log).toContain('the shop is open on port 8080')
  })
})

describe('a cluster with a node', () => {
  let child: ChildProcess | undefined
  afterAll(() => child?.kill('SIGKILL'))

  async function start(...args: string[]): Promise<LoneNode> {
    child = spawn(process.execPath, [new URL('lone-node.ts', import.meta.url).pathname, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: child.stdout as NonNullable<typeof child.stdout> })
    const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`It ended with exit code ${code}.`)))
    const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string]
    ended.catch(() => {})
    return JSON.parse(line) as LoneNode
  }

  test.skipIf(inject('simulatedPods'))(
    'runs beside another, and kill -9 leaves only what the next start removes',
    async () => {
      const { run, registry } = await start()
      expect(registry.address).not.toBe(inject('registry').address)
      expect(tracesOf(run.id)).not.toEqual({ processes: [], devices: [], routes: [], mounts: [], cgroups: [] })

      child?.kill('SIGKILL')
      const ended = { processes: [], devices: [], routes: [], mounts: [] }
      await expect.poll(() => tracesOf(run.id), { timeout: 20_000 }).toMatchObject(ended)
      await sweepNode(run)
      expect(tracesOf(run.id)).toEqual({ ...ended, cgroups: [] })
    },
  )

  test.skipIf(inject('simulatedPods'))('leaves nothing when it is stopped', async () => {
    const { run } = await start()
    child?.kill('SIGTERM')
    await once(child as ChildProcess, 'exit')
    expect(tracesOf(run.id)).toEqual({ processes: [], devices: [], routes: [], mounts: [], cgroups: [] })
    expect(existsSync(run.path)).toBe(false)
  })

  // The first time, KWOK is compiled for it.
  test('simulates pods where that is asked for, and says so in the page', { timeout: 900_000 }, async () => {
    const { kubeconfig, ingress } = await start('--simulate')
    const cluster = await openCluster(kubeconfig)
    await createShop(cluster, 'simulated', 'no.such.registry/shop:1')
    await readyPod(cluster, 'simulated')
    await expect
      .poll(() => visit(`http://127.0.0.1:${ingress.port}/`, 'simulated.localhost'), { timeout: 10_000 })
      .toEqual({
        status: 503,
        text: 'Pods are simulated on this machine: nothing runs behind simulated.localhost.\n',
      })
    child?.kill('SIGTERM')
    await once(child as ChildProcess, 'exit')
  })
})

/** Everything on this machine that carries a run's id. */
function tracesOf(id: string) {
  return {
    processes: readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(`runs/${id}/`)),
    devices: readdirSync('/sys/class/net').filter((device) => device.includes(id)),
    routes: execFileSync('ip', ['route'], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(id)),
    mounts: linesWith('/proc/self/mounts', id),
    cgroups: linesWith('/proc/self/mounts', 'cgroup')
      .map((line) => `${line.split(' ')[1]}/tronador-${id}`)
      .filter((folder) => existsSync(folder)),
  }
}

function linesWith(file: string, part: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.includes(part))
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

async function serviceAddress(cluster: Cluster, namespace: string): Promise<string> {
  type ServiceObject = KubeObject & { readonly spec: { readonly clusterIP: string } }
  return (await cluster.get<ServiceObject>(services, { namespace, name: 'shop' }))?.spec.clusterIP ?? ''
}

/** The bridge's address is the first of the pods' network. */
function nameServerOf(pod: PodObject): string {
  return (pod.status?.podIP ?? '').split('.').slice(0, 2).concat('64', '1').join('.')
}

async function readLog(kubeconfig: string, namespace: string, pod: string): Promise<string> {
  const { server, ca, token } = await loadKubeconfig(kubeconfig)
  const dispatcher = new Agent({ connect: { ca: ca as string } })
  const { body } = await request(`${server}/api/v1/namespaces/${namespace}/pods/${pod}/log`, {
    dispatcher,
    headers: { authorization: `Bearer ${token}` },
  })
  return body.text()
}
