/**
 * What a list-watch must survive, as one suite: `list-watch.test.ts` runs it over the cluster in memory,
 * `test/cluster` over a real API server behind a proxy that makes the network fail.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Clock } from '../../kube/clock.ts'
import type { Cluster, KubeObject } from '../../kube/cluster.ts'
import { configMaps, namespaces } from '../../kube/resources.ts'
import { keyOf } from './keys.ts'
import { type Change, createListWatch } from './list-watch.ts'

/** How an open watch dies: cut off, ended by the server, ended and answered 500 for a while, or without a word. */
export type Cut = 'reset' | 'end' | 'error' | 'silence'

/** A cluster whose network can be made to fail. */
export interface FaultySubject {
  /** Reached through the network that fails. */
  readonly cluster: Cluster
  /** The same cluster over a network that never does. */
  readonly direct: Cluster
  /** Time as the list-watch sees it; `eventually` lets it pass. */
  readonly clock: Clock
  /** Repeats a check, letting time pass, until it holds; throws its last error when it never does. */
  eventually(check: () => void): Promise<void>
  cut(how: Cut): void
  /** From now on nothing gets through, and open watches are cut; the function returned mends it. */
  breakNetwork(): () => void
  /** Every watch from a revision of before now is `Gone`. */
  expireHistory(): void
  stop(): Promise<void>
}

/** Registers the suite. */
export function listWatchContract(name: string, start: () => Promise<FaultySubject>): void {
  describe(`${name}: a list-watch always comes back`, () => {
    const namespace = `list-watch-${Date.now().toString(36)}`
    let subject: FaultySubject
    let caseNumber = 0
    beforeAll(async () => {
      subject = await start()
      await subject.direct.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    })
    afterAll(async () => {
      const found = await subject.direct.get(namespaces, { name: namespace })
      await subject.direct.delete(namespaces, { name: namespace }, { uid: found?.metadata.uid ?? '' })
      await subject.stop()
    })

    /** Watches the objects of this case alone, and makes, changes and removes them. */
    function watchCase() {
      caseNumber += 1
      const labels = { case: String(caseNumber) }
      const changes: Change<KubeObject>[] = []
      const watch = createListWatch<KubeObject>({
        cluster: subject.cluster,
        resource: configMaps,
        selection: { namespace, labelSelector: `case=${caseNumber}` },
        clock: subject.clock,
        random: () => 0.5,
        onEvent: (change) => void changes.push(change),
      })
      const ref = (name: string) => ({ name: `${name}-${labels.case}`, namespace })
      return {
        watch,
        changes,
        told: () =>
          changes.filter(({ type }) => type !== 'resynced').map(({ type, object }) => `${type} ${shortName(object)}`),
        names: () => watch.list().map(shortName).sort(),
        create: (name: string) =>
          subject.direct.create<KubeObject>(configMaps, {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { ...ref(name), labels },
          }),
        touch: (name: string) =>
          subject.direct.patch(configMaps, ref(name), { metadata: { annotations: { touched: 'yes' } } }),
        async remove(name: string) {
          const found = await subject.direct.get(configMaps, ref(name))
          await subject.direct.delete(configMaps, ref(name), { uid: found?.metadata.uid ?? '' })
        },
      }
    }

    const shortName = ({ metadata }: { metadata: KubeObject['metadata'] }) => metadata.name.replace(/-\d+$/, '')

    test('it tells what stands, then what changes, and its copy holds the same', async () => {
      const { watch, told, names, create, touch, remove } = watchCase()
      await create('one')
      await subject.eventually(() => expect(names()).toEqual(['one']))

      await create('two')
      await touch('one')
      await remove('two')

      await subject.eventually(() => expect(told()).toEqual(['added one', 'added two', 'updated one', 'removed two']))
      expect(names()).toEqual(['one'])
      expect(watch.get(keyOf(watch.list()[0] as KubeObject))?.metadata.annotations).toEqual({ touched: 'yes' })
      expect(Object.keys(watch.list()[0]?.metadata ?? {})).not.toContain('managedFields')
      await watch.stop()
    })

    test.each<Cut>(['reset', 'end', 'error', 'silence'])('a watch that dies by %s is taken up again', async (how) => {
      const { watch, told, create, touch } = watchCase()
      await watch.synced
      await create('before')
      await subject.eventually(() => expect(told()).toEqual(['added before']))

      subject.cut(how)
      await create('after')
      await touch('before')

      await subject.eventually(() => expect(told()).toEqual(['added before', 'added after', 'updated before']))
      await watch.stop()
    })

    test('what happened while the network was down is told once it is back', async () => {
      const { watch, told, create, remove } = watchCase()
      await create('gone')
      await subject.eventually(() => expect(told()).toEqual(['added gone']))

      const mend = subject.breakNetwork()
      await remove('gone')
      await create('come')
      mend()

      await subject.eventually(() => expect(told()).toEqual(['added gone', 'removed gone', 'added come']))
      await watch.stop()
    })

    test('a list that fails at first is tried until it succeeds', async () => {
      const mend = subject.breakNetwork()
      const { watch, told, create } = watchCase()
      await create('early')
      mend()

      await subject.eventually(() => expect(told()).toEqual(['added early']))
      expect(watch.isSynced()).toBe(true)
      await watch.stop()
    })

    test('when the history is gone it lists anew and tells the difference', async () => {
      const { watch, told, names, create, touch, remove } = watchCase()
      await create('kept')
      await create('changed')
      await create('removed')
      await subject.eventually(() => expect(names()).toEqual(['changed', 'kept', 'removed']))

      const mend = subject.breakNetwork()
      await touch('changed')
      await remove('removed')
      await create('new')
      subject.expireHistory()
      mend()

      await subject.eventually(() => expect(names()).toEqual(['changed', 'kept', 'new']))
      expect(told().slice(3).sort()).toEqual(['added new', 'removed removed', 'updated changed'])
      await watch.stop()
    })

    test('an object deleted and made anew inside such a gap is two objects', async () => {
      const { watch, changes, told, create, remove } = watchCase()
      const first = await create('twin')
      await subject.eventually(() => expect(told()).toEqual(['added twin']))

      const mend = subject.breakNetwork()
      await remove('twin')
      const second = await create('twin')
      subject.expireHistory()
      mend()

      await subject.eventually(() => expect(told()).toEqual(['added twin', 'removed twin', 'added twin']))
      const uids = changes.filter(({ type }) => type !== 'resynced').map(({ object }) => object.metadata.uid)
      expect(uids).toEqual([first.metadata.uid, first.metadata.uid, second.metadata.uid])
      await watch.stop()
    })
  })
}
