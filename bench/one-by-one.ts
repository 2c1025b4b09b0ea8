/** One environment after the other: how long a person waits for the last of its objects on a calm day. */
import type { Progress } from '../local/progress.ts'
import { bringEnvironments } from './environments.ts'
import { untilQuiet } from './quiet.ts'
import type { Sightings } from './sightings.ts'
import type { Stage } from './stage.ts'
import { type Spread, spreadOf } from './statistics.ts'
import { type Maker, unlessDead } from './storm.ts'

/** Brings each once the one before has its last child. Milliseconds from the request to that child. */
export async function bringOneByOne(
  stage: Stage,
  maker: Pick<Maker, 'notice' | 'died'>,
  sightings: Sightings,
  options: {
    readonly names: readonly string[]
    readonly children: number
    readonly title: string
    readonly progress: Progress
    readonly signal: AbortSignal
  },
): Promise<Spread> {
  const { names, children, signal } = options
  const reporting = options.progress.stage(options.title)
  const latencies: number[] = []
  for (const [index, name] of names.entries()) {
    signal.throwIfAborted()
    const complete = sightings.completion(name, children)
    const begun = performance.now()
    await bringEnvironments(stage.admin, [name], { onDone: (environment) => maker.notice?.(environment) })
    latencies.push((await unlessDead(maker, complete)) - begun)
    // The status and the event of this one must not weigh on the next.
    if (index === names.length - 1) await untilQuiet(stage.requests, 500, signal)
    else await new Promise((resolve) => setTimeout(resolve, 25))
    reporting.advance(index + 1, names.length)
  }
  const spread = spreadOf(latencies)
  reporting.done(`median ${spread.p50.toFixed(1)} ms`)
  return spread
}
