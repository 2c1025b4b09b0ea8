/**
 * Many environments at once: how many a second, how long each waits for its last child, what is written for it and
 * what that costs. Who makes the children, the operator or a loader without logic, is the caller's choice.
 */
import type { Progress } from '../local/progress.ts'
import type { Environment } from '../src/api/environment.ts'
import { bringEnvironments } from './environments.ts'
import type { ProcessFigures } from './process-figures.ts'
import { untilQuiet } from './quiet.ts'
import { refusalsIn } from './refusals.ts'
import { type RequestCount, requestsBetween, writesAmong } from './request-count.ts'
import type { Sightings } from './sightings.ts'
import type { Stage } from './stage.ts'
import { type Spread, spreadOf } from './statistics.ts'

/** Whoever makes the children of environments. */
export interface Maker {
  /** Hears of each environment that was brought, as the API server returned it. */
  notice?(environment: Environment): void
  figures(): ProcessFigures
  /** Resolves when it ends by itself. */
  readonly died: Promise<Error>
}

/** What came of a storm. */
export interface StormFigures {
  readonly environments: number
  /** Seconds from the first request to the last child. */
  readonly seconds: number
  readonly perSecond: number
  /** Milliseconds from the request that brings an environment to its last child. */
  readonly latency: Spread
  /** The maker's own requests, once all was quiet again. */
  readonly requests: RequestCount
  /** Writes that the API server refused, by resource. */
  readonly refused: RequestCount
  /** Writes of each kind beyond these and beyond one for each object that stands: none, as it should be. */
  readonly duplicates: RequestCount
  readonly cpuSeconds: number
  readonly peakMebibytes: number
}

/** Raises it and waits until everything stands and the maker is quiet. */
export async function raiseStorm(
  stage: Stage,
  maker: Maker,
  sightings: Sightings,
  options: {
    readonly title: string
    readonly names: readonly string[]
    /** How many children an environment has. */
    readonly children: number
    readonly progress: Progress
    readonly signal: AbortSignal
  },
): Promise<StormFigures> {
  const { names, children, signal } = options
  const reporting = options.progress.stage(options.title)
  const begun = new Map<string, number>()
  const standing = sightings.countByResource()
  const cpuBefore = maker.figures().cpuSeconds
  const before = await stage.requests.read()
  const refusedBefore = refusalsIn(await stage.metrics())
  const complete = Promise.all(names.map((name) => sightings.completion(name, children)))
  complete.catch(() => {})
  const already = sightings.complete(children)
  const ticker = setInterval(() => reporting.advance(sightings.complete(children) - already, names.length), 200)
  try {
    await bringEnvironments(stage.admin, names, {
      onBegin: (name) => begun.set(name, performance.now()),
      onDone: (environment) => maker.notice?.(environment),
    })
    const ends = await unlessDead(maker, complete)
    const latencies = names.map((name, index) => (ends[index] ?? Number.NaN) - (begun.get(name) ?? Number.NaN))
    const seconds = (Math.max(...ends) - Math.min(...begun.values())) / 1000
    await untilQuiet(stage.requests, 2_000, signal)
    const { cpuSeconds, peakMebibytes } = maker.figures()
    const requests = requestsBetween(before, await stage.requests.read())
    const refused = requestsBetween(refusedBefore, refusalsIn(await stage.metrics()))
    const perSecond = names.length / seconds
    reporting.done(`${perSecond.toFixed(1)} per second`)
    return {
      environments: names.length,
      seconds,
      perSecond,
      latency: spreadOf(latencies),
      requests,
      refused,
      duplicates: duplicatesIn(requests, refused, standing, sightings.countByResource()),
      cpuSeconds: cpuSeconds - cpuBefore,
      peakMebibytes,
    }
  } catch (error) {
    reporting.fail((error as Error).message)
    throw error
  } finally {
    clearInterval(ticker)
  }
}

/** Waits for what the maker is to bring about, but not for a maker that is no more. */
export function unlessDead<T>({ died }: Pick<Maker, 'died'>, what: Promise<T>): Promise<T> {
  const failure = died.then((error): never => {
    throw error
  })
  return Promise.race([what, failure])
}

/** Writes of each kind of child that found their object written already. */
function duplicatesIn(
  requests: RequestCount,
  refused: RequestCount,
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): RequestCount {
  const writes: Record<string, number> = {}
  for (const [label, count] of Object.entries(writesAmong(requests))) {
    const resource = label.split(' ')[1] ?? ''
    if (resource in after) writes[resource] = (writes[resource] ?? 0) + count
  }
  const beyond = Object.entries(writes).map(([resource, count]) => {
    const objects = (after[resource] ?? 0) - (before[resource] ?? 0)
    return [resource, count - objects - (refused[resource] ?? 0)] as const
  })
  return Object.fromEntries(beyond.filter(([, count]) => count > 0))
}
