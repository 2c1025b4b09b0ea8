/** Keeps in sight what the cluster has of environments, whichever their kind. */
import { type EnvironmentKind, type EnvironmentObject, environmentKinds } from '../api/environment-kind.ts'
import { changeOf } from '../core/change-of.ts'
import { type Clock, type Random, sleep } from '../kube/clock.ts'
import type { Cluster, Resource } from '../kube/cluster.ts'
import { environmentProvisioners, environments } from '../kube/resources.ts'
import { createListWatch, type ListWatch } from '../operator/runtime/list-watch.ts'
import { describeError, type Log } from '../operator/runtime/log.ts'
import { changeKey } from './hosted-repository.ts'

/** Where each kind of environment's object is served. */
export const environmentResources: Readonly<Record<EnvironmentKind, Resource>> = {
  Environment: environments,
  EnvironmentProvisioner: environmentProvisioners,
}

/** What the watches are made with. */
export interface WatchedEnvironmentsOptions {
  readonly cluster: Cluster
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Told whenever there is news of an object. */
  readonly onNews: (object: EnvironmentObject) => void
}

/** See {@link watchEnvironments}. */
export interface WatchedEnvironments {
  /**
   * The object of a pull request, by its {@link changeKey}. After a change of the kind there are two for a while: then
   * the one of the kind wanted.
   */
  find(change: string, wanted: EnvironmentKind): EnvironmentObject | undefined
  /** Numbers of the pull requests of a repository (`host/owner/name`) whose environments stand in the cluster. */
  numbersOf(repository: string): number[]
  /** Whether the first lists are in. */
  isSynced(): boolean
  stop(): Promise<void>
}

/** How long until it is looked again whether the cluster serves a kind by now, in milliseconds. */
const lookAgain = { afterNo: 5 * 60_000, afterFailure: 1000 } as const

/** Starts at once. A kind that the cluster does not serve, as an older installation may not, is left out. */
export function watchEnvironments(options: WatchedEnvironmentsOptions): WatchedEnvironments {
  const { cluster, clock, random, log, onNews } = options
  const stopping = new AbortController()
  const watches = new Map<EnvironmentKind, ListWatch<EnvironmentObject> | 'unserved'>()

  async function open(kind: EnvironmentKind): Promise<void> {
    const resource = environmentResources[kind]
    while (!stopping.signal.aborted) {
      try {
        const served = await cluster.serves(resource)
        if (stopping.signal.aborted) return
        watches.set(kind, served ? listWatch(kind) : 'unserved')
        if (served) return
        await sleep(clock, lookAgain.afterNo, stopping.signal)
      } catch (error) {
        log.warn({ kind, error: describeError(error) }, 'whether the cluster serves this kind is not known yet')
        await sleep(clock, lookAgain.afterFailure, stopping.signal)
      }
    }
  }

  const listWatch = (kind: EnvironmentKind) =>
    createListWatch<EnvironmentObject>({
      cluster,
      resource: environmentResources[kind],
      clock,
      random,
      log,
      indexes: {
        change: (object) => forChange(object, ({ repository, number }) => changeKey(repository, number)),
        repository: (object) => forChange(object, ({ repository }) => repository.toLowerCase()),
      },
      onEvent: ({ type, object }) => type !== 'resynced' && onNews(object),
    })

  const opened = () => [...watches.values()].filter((watch) => watch !== 'unserved')
  const opening = environmentKinds.map(open)
  return {
    find(change, wanted) {
      const found = opened().flatMap((watch) => watch.byIndex('change', change))
      return found.find(({ kind }) => kind === wanted) ?? found[0]
    },
    numbersOf(repository) {
      const found = opened().flatMap((watch) => watch.byIndex('repository', repository.toLowerCase()))
      return found.flatMap((object) => forChange(object, ({ number }) => number))
    },
    isSynced: () => watches.size === environmentKinds.length && opened().every((watch) => watch.isSynced()),
    async stop() {
      stopping.abort()
      await Promise.all([...opening, ...opened().map((watch) => watch.stop())])
    },
  }
}

function forChange<T>(object: EnvironmentObject, pick: (change: NonNullable<ReturnType<typeof changeOf>>) => T): T[] {
  const change = changeOf(object)
  return change === undefined ? [] : [pick(change)]
}
