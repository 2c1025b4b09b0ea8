import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type ClusterClient, createClient } from '../../src/kube/client.ts'
import { systemClock, systemRandom } from '../../src/kube/clock.ts'
import { KubeError, type KubeObject } from '../../src/kube/cluster.ts'
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts'
import { configMaps, events, ingresses, leases, namespaces } from '../../src/kube/resources.ts'
import { createVirtualClock } from '../../src/kube/virtual-clock.ts'
import { listWatchContract } from '../../src/operator/runtime/contract.ts'
import { createController } from '../../src/operator/runtime/controller.ts'
import { electLeader } from '../../src/operator/runtime/lease.ts'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Repeats a check until it holds. */
async function eventually(check: () => void | Promise<void>, meanwhile = async () => {}): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await check()
    } catch (error) {
      if (attempt === 400) throw error
      await meanwhile()
      await pause(25)
    }
  }
}

listWatchContract('Before a real API server', async () => {
  const config = await loadKubeconfig(inject('kubeconfig'))
  const proxy = await startFaultProxy(config)
  const clock = createVirtualClock()
  const direct = createClient(config)
  const cluster = createClient(proxy.config, { clock })
  return {
    cluster,
    direct,
    clock,
    eventually: (check) => eventually(check, () => clock.advance(2_000)),
    cut: (how) => proxy.cut(how),
    breakNetwork: () => proxy.breakNetwork(),
    expireHistory: () => proxy.expireHistory(),
    async stop() {
      await Promise.all([cluster.close(), direct.close()])
      await proxy.close()
    },
  }
})

describe('before a real API server', () => {
  const namespace = `runtime-${Date.now().toString(36)}`
  let direct: ClusterClient
  let proxy: FaultProxy
  beforeAll(async () => {
    const config = await loadKubeconfig(inject('kubeconfig'))
    direct = createClient(config)
    proxy = await startFaultProxy(config)
    await direct.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  })
  afterAll(async () => {
    const found = await direct.get(namespaces, { name: namespace })
    await direct.delete(namespaces, { name: namespace }, { uid: found?.metadata.uid ?? '' })
    await direct.close()
    await proxy.close()
  })

  test('429 with Retry-After is waited for, and the write is done once', async () => {
    const waits: number[] = []
    const clock = {
      now: () => Date.now(),
      after(milliseconds: number, wake: () => void) {
        waits.push(milliseconds)
        return systemClock.after(0, wake)
      },
    }
    const client = createClient(proxy.config, { clock, random: () => 0 })
    const isCreate = ({ method }: { readonly method?: string | undefined }) => method === 'POST'
    proxy.refuse(isCreate, { status: 429, reason: 'TooManyRequests', headers: { 'retry-after': '7' } }, 2)

    const created = await client.create<KubeObject>(configMaps, configMap('throttled'))

    expect(created.metadata.uid).toBeDefined()
    expect(waits).toEqual([7000, 7000])
    await client.close()
  })

  test('a token that was rotated is picked up when the server refuses the old one', async () => {
    const { token, ...config } = await loadKubeconfig(inject('kubeconfig'))
    if (token === undefined) throw new Error('the test needs a kubeconfig with a token')
    const { clientCertificate: _, clientKey: __, ...anonymous } = config
    const tokenFile = join(await mkdtemp(join(tmpdir(), 'token-')), 'token')
    await writeFile(tokenFile, token)
    const client = createClient({ ...anonymous, tokenFile })
    expect(await client.serves(configMaps)).toBe(true)

    await writeFile(tokenFile, 'expired')
    const stale = createClient({ ...anonymous, tokenFile })
    await expect(stale.list(configMaps)).rejects.toMatchObject({ reason: 'Unauthorized' })
    await writeFile(tokenFile, token)
    expect((await stale.list(configMaps, { namespace })).items).toBeDefined()
    await Promise.all([client.close(), stale.close()])
  })

  test('a controller brings an object up, keeps quiet, and lets it go, through a network that fails', async () => {
    const client = createClient(proxy.config)
    const calls: string[] = []
    const controller = createController<KubeObject & { status?: object }>({
      name: 'ingresses',
      cluster: client,
      resource: ingresses,
      selection: { namespace },
      finalizer: 'example.com/runtime',
      clock: systemClock,
      random: systemRandom,
      reporter: { controller: 'example.com/runtime', instance: 'test' },
      reconciler: {
        async apply({ metadata }) {
          calls.push(`apply ${metadata.name}`)
          return { status, events: [{ type: 'Normal', reason: 'Deployed', message: 'it answers' }] }
        },
        async cleanup({ metadata }) {
          calls.push(`cleanup ${metadata.name}`)
          return { done: true }
        },
      },
    })
    await controller.ready
    const web = await direct.create<KubeObject>(ingresses, ingress('web'))
    const read = () => direct.get<KubeObject & { status?: object }>(ingresses, { name: 'web', namespace })
    await eventually(async () => expect((await read())?.status).toEqual(status))
    expect((await read())?.metadata.finalizers).toEqual(['example.com/runtime'])
    await eventually(async () => {
      const { items } = await direct.list<KubeObject & { note?: string }>(events, { namespace })
      expect(items.map(({ note }) => note)).toEqual(['it answers'])
    })
    expect(calls).toEqual(['apply web'])

    const before = proxy.asked.length
    await pause(500)
    expect(proxy.asked.slice(before)).toEqual([])

    proxy.cut('reset')
    await direct.delete(ingresses, { name: 'web', namespace }, { uid: web.metadata.uid ?? '' })
    await eventually(async () => expect(await read()).toBeUndefined())
    expect(calls).toEqual(['apply web', 'cleanup web'])
    await controller.stop()
    await client.close()
  })

  test('of two candidates one leads; given back, the lease is the other’s', async () => {
    const stand = (identity: string) =>
      electLeader({ cluster: direct, namespace, name: 'election', identity, clock: systemClock, random: systemRandom })
    const one = stand('one')
    await one.acquired
    const two = stand('two')
    await one.release()
    await two.acquired

    const lease = await direct.get<KubeObject & { spec?: object }>(leases, { name: 'election', namespace })
    expect(lease?.spec).toMatchObject({ holderIdentity: 'two', leaseDurationSeconds: 15, leaseTransitions: 1 })
    await two.release()
  })

  test('an API server that is not there is Unreachable, and says which', async () => {
    const nowhere = createClient(
      { server: 'http://127.0.0.1:1' },
      { clock: { ...systemClock, after: (_, wake) => systemClock.after(0, wake) } },
    )

    const error: unknown = await nowhere.list(configMaps).catch((caught: unknown) => caught)

    expect(error).toBeInstanceOf(KubeError)
    expect((error as KubeError).message).toContain('no answer from the API server http://127.0.0.1:1')
    await nowhere.close()
  })

  const status = { loadBalancer: { ingress: [{ hostname: 'web.example.com' }] } }

  const configMap = (name: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
  })

  const ingress = (name: string): KubeObject & { spec: object } => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace },
    spec: { defaultBackend: { service: { name, port: { number: 80 } } } },
  })
})
