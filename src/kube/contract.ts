/**
 * What every {@link Cluster} must do, as one suite: `memory.test.ts` runs it against the fake, `test/cluster` against
 * a real API server. Whoever writes an adapter or leans on a new behaviour of the API server adds the case here.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Cluster,
  isKubeError,
  type KubeObject,
  type ObjectRef,
  type Resource,
  type WatchEvent,
} from './cluster.ts'
import { configMaps, ingresses, namespaces, secrets } from './resources.ts'

/** A cluster to be proven, and how to give it back. */
export interface ContractSubject {
  readonly cluster: Cluster
  /** A resource that was not served yet at revision 1. */
  readonly young: Resource
  /** A namespaced resource it does not serve. */
  readonly unserved: Resource
  stop(): Promise<void>
}

interface ConfigMap extends KubeObject {
  data?: Record<string, string>
}

interface Ingress extends KubeObject {
  spec?: object
  status?: { loadBalancer?: { ingress?: object[] } }
}

/** Registers the suite. The subject must be empty of namespaces that begin with `contract-`, or allow many of them. */
export function clusterContract(name: string, start: () => Promise<ContractSubject>): void {
  describe(`${name} keeps the contract of Cluster`, () => {
    const space = `contract-${Date.now().toString(36)}`
    let subject: ContractSubject
    let cluster: Cluster
    beforeAll(async () => {
      subject = await start()
      cluster = subject.cluster
      await cluster.create(namespaces, namespace(space))
    })
    afterAll(async () => {
      await removeNamespace(cluster, space)
      await subject.stop()
    })

    const at = (name: string): ObjectRef => ({ name, namespace: space })
    const configMap = (name: string, data?: Record<string, string>, labels?: Record<string, string>): ConfigMap => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: space, ...(labels && { labels }) },
      ...(data && { data }),
    })

    describe('reading', () => {
      test('an object that is not there is undefined', async () => {
        expect(await cluster.get(configMaps, at('nobody'))).toBeUndefined()
      })

      test('a list selects by label, by field and by namespace', async () => {
        await cluster.create(configMaps, configMap('blue', {}, { colour: 'blue', size: 's' }))
        await cluster.create(configMaps, configMap('red', {}, { colour: 'red' }))
        await cluster.create(configMaps, configMap('grey', {}, { size: 'm' }))

        const names = async (labelSelector: string) =>
          (await cluster.list(configMaps, { namespace: space, labelSelector })).items.map(nameOf).sort()
        expect(await names('colour=blue')).toEqual(['blue'])
        expect(await names('colour,colour!=blue')).toEqual(['red'])
        expect(await names('colour in (blue, red)')).toEqual(['blue', 'red'])
        expect(await names('size,!colour')).toEqual(['grey'])
        expect(await names('size notin (s),size')).toEqual(['grey'])
        const byField = await cluster.list(configMaps, {
          fieldSelector: `metadata.name=red,metadata.namespace=${space}`,
        })
        expect(byField.items.map(nameOf)).toEqual(['red'])
        expect((await cluster.list(configMaps, { namespace: 'kube-system', labelSelector: 'colour' })).items).toEqual(
          [],
        )
      })

      test('items of a list carry kind and apiVersion', async () => {
        await cluster.create(configMaps, configMap('typed', {}, { case: 'typed' }))

        const { items } = await cluster.list(configMaps, { namespace: space, labelSelector: 'case=typed' })

        expect(items.map(({ apiVersion, kind }) => ({ apiVersion, kind }))).toEqual([
          { apiVersion: 'v1', kind: 'ConfigMap' },
        ])
      })

      test('a list of metadata alone holds nothing else', async () => {
        const labels = { case: 'hidden' }
        const secret = {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { ...at('hidden'), labels },
          data: { key: 'c2VjcmV0' },
        }
        await cluster.create(secrets, secret)

        const { items } = await cluster.list(secrets, {
          namespace: space,
          labelSelector: 'case=hidden',
          metadataOnly: true,
        })

        expect(items.map((item) => Object.keys(item).sort())).toEqual([['apiVersion', 'kind', 'metadata']])
        expect(items[0]?.metadata.labels).toEqual(labels)
      })

      test('the log of a pod that is not there is undefined', async () => {
        const selection = { container: 'step', tailLines: 10, limitBytes: 1000 }
        expect(await cluster.podLog(at('nobody'), selection)).toBeUndefined()
      })

      test('discovery tells what is served', async () => {
        expect(await cluster.serves(configMaps)).toBe(true)
        expect(await cluster.serves(subject.unserved)).toBe(false)
        expect(await reasonOf(cluster.list(subject.unserved))).toBe('NotFound')
        expect(await cluster.get(subject.unserved, { name: 'any', namespace: space })).toBeUndefined()
      })
    })

    describe('creating', () => {
      test('a new object gets a UID, a revision and a birthday', async () => {
        const { metadata } = await cluster.create(configMaps, configMap('newborn'))

        expect(metadata.uid).toMatch(/^[0-9a-f-]{36}$/)
        expect(Number(metadata.resourceVersion)).toBeGreaterThan(0)
        expect(metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      })

      test('a name that is taken is AlreadyExists', async () => {
        await cluster.create(configMaps, configMap('taken'))

        expect(await reasonOf(cluster.create(configMaps, configMap('taken')))).toBe('AlreadyExists')
      })

      test('a namespace that is not there is NotFound', async () => {
        const homeless = { ...configMap('homeless'), metadata: { name: 'homeless', namespace: 'contract-nowhere' } }

        expect(await reasonOf(cluster.create(configMaps, homeless))).toBe('NotFound')
      })
    })

    describe('patching', () => {
      test('null removes, what is not named stays', async () => {
        await cluster.create(configMaps, configMap('patched', { keep: '1', drop: '2' }))

        const patched = await cluster.patch<ConfigMap>(configMaps, at('patched'), { data: { drop: null, add: '3' } })

        expect(patched.data).toEqual({ keep: '1', add: '3' })
      })

      test('a patch that changes nothing leaves the revision', async () => {
        const before = await cluster.create(configMaps, configMap('same', { a: '1' }))

        const after = await cluster.patch(configMaps, at('same'), { data: { a: '1' } })

        expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion)
      })

      test('an old revision or another UID is a Conflict', async () => {
        const { metadata } = await cluster.create(configMaps, configMap('guarded', { a: '1' }))
        await cluster.patch(configMaps, at('guarded'), { data: { a: '2' } })

        const stale = { metadata: { resourceVersion: metadata.resourceVersion }, data: { a: '3' } }
        expect(await reasonOf(cluster.patch(configMaps, at('guarded'), stale))).toBe('Conflict')
        const other = { metadata: { uid: anotherUid }, data: { a: '3' } }
        expect(await reasonOf(cluster.patch(configMaps, at('guarded'), other))).toBe('Conflict')
        expect((await cluster.get<ConfigMap>(configMaps, at('guarded')))?.data).toEqual({ a: '2' })
      })

      test('an object that is not there is NotFound', async () => {
        expect(await reasonOf(cluster.patch(configMaps, at('nobody'), { data: {} }))).toBe('NotFound')
        expect(await reasonOf(cluster.patchStatus(ingresses, at('nobody'), { status: {} }))).toBe('NotFound')
      })

      test('the spec raises the generation, the status has a door of its own and does not', async () => {
        const created = await cluster.create<Ingress>(ingresses, ingress(at('web'), 80))
        expect(created.metadata.generation).toBe(1)

        const status = { loadBalancer: { ingress: [{ hostname: 'web.example.com' }] } }
        const reported = await cluster.patchStatus<Ingress>(ingresses, at('web'), {
          metadata: { uid: created.metadata.uid, resourceVersion: created.metadata.resourceVersion },
          status,
        })
        expect(reported.status).toEqual(status)
        expect(reported.metadata.generation).toBe(1)

        const changed = await cluster.patch<Ingress>(ingresses, at('web'), {
          ...ingress(at('web'), 81),
          status: { loadBalancer: {} },
        })
        expect(changed.status).toEqual(status)
        expect(changed.metadata.generation).toBe(2)
      })

      test('a status for an old revision or another UID is a Conflict', async () => {
        const { metadata } = await cluster.create<Ingress>(ingresses, ingress(at('stale'), 80))
        await cluster.patch(ingresses, at('stale'), { metadata: { labels: { touched: 'yes' } } })

        const status = { loadBalancer: { ingress: [{ hostname: 'stale.example.com' }] } }
        const { uid, resourceVersion } = metadata
        const patchWith = (preconditions: object) =>
          reasonOf(cluster.patchStatus(ingresses, at('stale'), { metadata: preconditions, status }))
        expect(await patchWith({ uid, resourceVersion })).toBe('Conflict')
        expect(await patchWith({ uid: anotherUid })).toBe('Conflict')
      })
    })

    describe('deleting', () => {
      test('another UID is a Conflict and deletes nothing; the right one deletes; a second time is no error', async () => {
        const { metadata } = await cluster.create(configMaps, configMap('doomed'))

        expect(await reasonOf(cluster.delete(configMaps, at('doomed'), { uid: anotherUid }))).toBe('Conflict')
        expect(await cluster.get(configMaps, at('doomed'))).toBeDefined()
        await cluster.delete(configMaps, at('doomed'), { uid: uidOf(metadata) })
        expect(await cluster.get(configMaps, at('doomed'))).toBeUndefined()
        await cluster.delete(configMaps, at('doomed'), { uid: uidOf(metadata) })
      })

      test('a finalizer holds the object; none can be added; removing the last lets it go', async () => {
        const held = configMap('held')
        held.metadata.finalizers = ['example.com/hold']
        const { metadata } = await cluster.create(configMaps, held)

        await cluster.delete(configMaps, at('held'), { uid: uidOf(metadata) })
        expect((await cluster.get(configMaps, at('held')))?.metadata.deletionTimestamp).toBeDefined()
        const second = { metadata: { finalizers: ['example.com/hold', 'example.com/late'] } }
        expect(await reasonOf(cluster.patch(configMaps, at('held'), second))).toBe('Invalid')
        await cluster.patch(configMaps, at('held'), { metadata: { finalizers: null } })
        expect(await cluster.get(configMaps, at('held'))).toBeUndefined()
      })

      test('an object of the same name is another object', async () => {
        const first = await cluster.create(configMaps, configMap('again'))
        await cluster.delete(configMaps, at('again'), { uid: uidOf(first.metadata) })
        const second = await cluster.create(configMaps, configMap('again'))

        expect(second.metadata.uid).not.toBe(first.metadata.uid)
        expect(await reasonOf(cluster.delete(configMaps, at('again'), { uid: uidOf(first.metadata) }))).toBe('Conflict')
      })

      test('a Terminating namespace takes nothing in, loses its content and goes when nothing holds it', async () => {
        const name = `${space}-ending`
        const { metadata } = await cluster.create(namespaces, namespace(name))
        const inside = (name: string, finalizers: string[]) => ({
          ...configMap(name),
          metadata: { name, namespace: metadata.name, finalizers },
        })
        await cluster.create(configMaps, inside('held', ['example.com/hold']))
        await cluster.create(configMaps, inside('free', []))

        await cluster.delete(namespaces, { name }, { uid: uidOf(metadata) })

        expect((await cluster.get(namespaces, { name }))?.metadata.deletionTimestamp).toBeDefined()
        expect(await reasonOf(cluster.create(configMaps, inside('late', [])))).toBe('Forbidden')
        const apply = cluster.apply(configMaps, inside('late', []), { fieldManager: 'contract' })
        expect(await reasonOf(apply)).toBe('Forbidden')
        await eventually(async () =>
          expect(await cluster.get(configMaps, { name: 'free', namespace: name })).toBeUndefined(),
        )
        await cluster.patch(configMaps, { name: 'held', namespace: name }, { metadata: { finalizers: null } })
        await eventually(async () => expect(await cluster.get(namespaces, { name })).toBeUndefined())
      })
    })

    describe('applying', () => {
      const one = { fieldManager: 'contract-one' }
      const two = { fieldManager: 'contract-two' }

      test('it creates what is not there, and again changes nothing', async () => {
        const first = await cluster.apply(configMaps, configMap('applied', { a: '1' }), one)
        const second = await cluster.apply(configMaps, configMap('applied', { a: '1' }), one)

        expect(second.metadata.uid).toBe(first.metadata.uid)
        expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion)
      })

      test('a field of another manager is a Conflict until it is forced', async () => {
        await cluster.apply(configMaps, configMap('disputed', { a: '1' }), one)

        expect(await reasonOf(cluster.apply(configMaps, configMap('disputed', { a: '2' }), two))).toBe('Conflict')
        const taken = await cluster.apply<ConfigMap>(configMaps, configMap('disputed', { a: '2' }), {
          ...two,
          force: true,
        })
        expect(taken.data).toEqual({ a: '2' })
        expect(await reasonOf(cluster.apply(configMaps, configMap('disputed', { a: '1' }), one))).toBe('Conflict')
      })

      test('a field that is left out goes, unless another manager has it too', async () => {
        await cluster.apply(configMaps, configMap('shared', { mine: '1', ours: '2' }), one)
        await cluster.apply(configMaps, configMap('shared', { ours: '2', theirs: '3' }), two)

        const left = await cluster.apply<ConfigMap>(configMaps, configMap('shared', { other: '4' }), one)

        expect(left.data).toEqual({ other: '4', ours: '2', theirs: '3' })
      })

      test('a patch takes over what it changes', async () => {
        await cluster.apply(configMaps, configMap('edited', { a: '1', b: '1' }), one)
        await cluster.patch(configMaps, at('edited'), { data: { a: '2' } })

        expect(await reasonOf(cluster.apply(configMaps, configMap('edited', { a: '1', b: '1' }), one))).toBe('Conflict')
        const forced = await cluster.apply<ConfigMap>(configMaps, configMap('edited', { a: '1', b: '1' }), {
          ...one,
          force: true,
        })
        expect(forced.data).toEqual({ a: '1', b: '1' })
      })

      test('with the UID of an object that is gone, or of another, it is a Conflict and creates nothing', async () => {
        const { metadata } = await cluster.create(configMaps, configMap('vanished'))
        await cluster.delete(configMaps, at('vanished'), { uid: uidOf(metadata) })
        const wanted = configMap('vanished')
        wanted.metadata.uid = uidOf(metadata)

        expect(await reasonOf(cluster.apply(configMaps, wanted, one))).toBe('Conflict')
        expect(await cluster.get(configMaps, at('vanished'))).toBeUndefined()
        await cluster.create(configMaps, configMap('vanished'))
        expect(await reasonOf(cluster.apply(configMaps, wanted, one))).toBe('Conflict')
      })
    })

    describe('watching', () => {
      test('it tells what came, changed and went since a revision', async () => {
        const labelSelector = 'watched=plain'
        const labels = { watched: 'plain' }
        await cluster.create(configMaps, configMap('early', {}, labels))
        const { resourceVersion } = await cluster.list(configMaps, { namespace: space, labelSelector })
        const created = await cluster.create(configMaps, configMap('seen', { a: '1' }, labels))
        await cluster.create(configMaps, configMap('unseen', {}, { watched: 'not' }))
        await cluster.patch(configMaps, at('seen'), { data: { a: '2' } })
        await cluster.delete(configMaps, at('seen'), { uid: uidOf(created.metadata) })

        expect(await read(3, { resourceVersion, labelSelector })).toEqual([
          'ADDED seen',
          'MODIFIED seen',
          'DELETED seen',
        ])
      })

      test('what enters the selection is ADDED, what leaves it DELETED', async () => {
        const labelSelector = 'watched=moving'
        await cluster.create(configMaps, configMap('moving'))
        const { resourceVersion } = await cluster.list(configMaps, { namespace: space, labelSelector })
        await cluster.patch(configMaps, at('moving'), { metadata: { labels: { watched: 'moving' } } })
        await cluster.patch(configMaps, at('moving'), { metadata: { labels: { watched: null } } })

        expect(await read(2, { resourceVersion, labelSelector })).toEqual(['ADDED moving', 'DELETED moving'])
      })

      test('a revision that is too old is Gone', async () => {
        const { signal } = new AbortController()
        const events = cluster.watch(subject.young, { resourceVersion: '1', signal })

        expect(await reasonOf(events[Symbol.asyncIterator]().next())).toBe('Gone')
      })

      test('an aborted watch ends without an error', async () => {
        const { resourceVersion } = await cluster.list(configMaps, { namespace: space })
        const stop = new AbortController()
        setTimeout(() => stop.abort(), 20)

        const seen: unknown[] = []
        for await (const event of cluster.watch(configMaps, {
          namespace: space,
          resourceVersion,
          signal: stop.signal,
        })) {
          seen.push(event)
        }
        expect(seen).toEqual([])
      })

      async function read(count: number, from: { resourceVersion: string; labelSelector?: string }): Promise<string[]> {
        const stop = new AbortController()
        const seen: string[] = []
        for await (const event of cluster.watch(configMaps, { namespace: space, ...from, signal: stop.signal })) {
          if (event.type !== 'BOOKMARK') seen.push(describeEvent(event))
          if (seen.length === count) stop.abort()
        }
        return seen
      }
    })
  })
}

const anotherUid = '11111111-2222-4333-8444-555555555555'

const nameOf = ({ metadata }: KubeObject): string => metadata.name

const uidOf = ({ uid }: KubeObject['metadata']): string => uid ?? ''

const namespace = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })

const ingress = (ref: ObjectRef, port: number): Ingress => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { ...ref },
  spec: { defaultBackend: { service: { name: 'web', port: { number: port } } } },
})

function describeEvent(event: Exclude<WatchEvent<KubeObject>, { type: 'BOOKMARK' }>): string {
  return `${event.type} ${event.object.metadata.name}`
}

/** The reason an answer was refused with; `none` when it was not. */
async function reasonOf(answer: Promise<unknown>): Promise<string> {
  try {
    await answer
    return 'none'
  } catch (error) {
    if (isKubeError(error)) return error.reason
    throw error
  }
}

/** Repeats a check until it holds, for what a controller of the cluster does in its own time. */
async function eventually(check: () => Promise<void>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await check()
    } catch (error) {
      if (attempt === 300) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

async function removeNamespace(cluster: Cluster, name: string): Promise<void> {
  const found = await cluster.get(namespaces, { name })
  if (found !== undefined) await cluster.delete(namespaces, { name }, { uid: uidOf(found.metadata) })
}
