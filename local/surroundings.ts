/** What all parts of one cluster share: folders, claims, the build, and one place that knows how to end it all. */

import { join } from 'node:path'
import { withLock } from '../scripts/lock.mjs'
import type { Build } from './build.ts'
import { type Cache, openCache } from './cache.ts'
import { sweepNode } from './node/index.ts'
import { type Claims, openClaims, sweepClaims } from './ports.ts'
import { type ProcessOptions, type RunningProcess, startProcess } from './process.ts'
import type { Progress } from './progress.ts'
import { createRunFolder, isRunAlive, listDeadRuns, type RunFolder } from './run-folder.ts'

/** What every part of a cluster is handed when it starts. */
export interface Surroundings {
  readonly cache: Cache
  readonly run: RunFolder
  readonly build: Build
  readonly progress: Progress
  readonly claims: Claims
  /** Starts a component of this cluster; it is stopped with the cluster, and its death is the cluster's. */
  start(options: Omit<ProcessOptions, 'logs'>): Promise<RunningProcess>
  /** Has something done when the cluster stops. Last come, first served. */
  onStop(work: () => Promise<void> | void): void
}

/** Surroundings with their end, for whoever opened them. */
export interface OpenSurroundings extends Surroundings {
  /** Resolves when a component ends by itself. */
  readonly died: Promise<Error>
  /** Ends all that was started and removes the run; after a failure its logs stay until the next start. */
  stop(reason?: 'failed'): Promise<void>
}

/** Opens the cache, removes what dead runs left, and creates a run. `stop` ends all that was started since. */
export async function openSurroundings(
  progress: Progress,
  openBuild: (cache: Cache) => Build,
): Promise<OpenSurroundings> {
  const cache = openCache()
  const run = await withLock(join(cache.locks, 'runs'), async () => {
    await sweepDeadRuns(cache, progress)
    return createRunFolder(cache.runs)
  })
  const build = openBuild(cache)
  const claims = openClaims(cache.claims, run.id)
  const { promise: died, resolve: die } = Promise.withResolvers<Error>()
  const endings: (() => Promise<void> | void)[] = [() => claims.release(), () => build.stop()]
  let stopped: Promise<void> | undefined
  let failed = false

  async function endAll(): Promise<void> {
    for (let end = endings.pop(); end !== undefined; end = endings.pop()) await end()
    // The message of what failed names its log: that stays until the next start sweeps it.
    if (failed) run.removeAllButLogs()
    else run.remove()
  }
  return {
    cache,
    run,
    build,
    progress,
    claims,
    died,
    onStop(work) {
      endings.push(work)
      if (stopped === undefined) return
      // Whoever comes too late is undone, and learns that there is no going on.
      stopped = stopped.then(endAll)
      throw new Error('The cluster is being stopped.')
    },
    async start(options) {
      if (stopped !== undefined) throw new Error(`The cluster is being stopped; ${options.name} is not started.`)
      const running = await startProcess({ ...options, logs: run.logs, onStarted: ({ stop }) => endings.push(stop) })
      void running.died.then((error) => {
        failed = true
        die(error)
      })
      return running
    },
    stop(reason) {
      failed ||= reason === 'failed'
      stopped ??= endAll()
      return stopped
    },
  }
}

/** Removes what runs left behind that could not stop by themselves: the kernel has ended their processes already. */
async function sweepDeadRuns(cache: Cache, progress: Progress): Promise<void> {
  for (const run of listDeadRuns(cache.runs)) {
    try {
      await sweepNode(run)
      run.remove()
    } catch (error) {
      // Not worth failing for: its folder stays, and with it the next start's chance.
      progress.note(`What run ${run.id} left could not be removed yet: ${(error as Error).message}`)
    }
  }
  sweepClaims(cache.claims, (id) => isRunAlive(cache.runs, id))
}
