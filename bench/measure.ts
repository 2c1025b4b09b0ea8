/** The measurements of one size: the operator on a stage of its own, then the loaders on theirs. */
import type { Progress } from '../local/progress.ts'
import { bringEnvironments, namesOf } from './environments.ts'
import { beIdle, type IdleFigures } from './idle.ts'
import { bringOneByOne } from './one-by-one.ts'
import { type OperatorProcess, startOperator } from './operator-process.ts'
import { untilQuiet } from './quiet.ts'
import { startLoader } from './raw/loader.ts'
import { learnRecipe, type Recipe, type RecipeKind } from './raw/recipe.ts'
import { type ReapplyFigures, reapply } from './reapply.ts'
import { type RestartFigures, restart } from './restart.ts'
import { type Sightings, watchChildren } from './sightings.ts'
import { openStage, type Stage } from './stage.ts'
import type { Spread } from './statistics.ts'
import { type Maker, raiseStorm, type StormFigures, unlessDead } from './storm.ts'
import { deliverWebhooks, type WebhookFigures } from './webhook/webhook.ts'

/** What every measurement is told. */
export interface Surroundings {
  readonly progress: Progress
  readonly signal: AbortSignal
}

/** How much is measured once the storm is over. */
export interface Aftermath {
  readonly idleSeconds: number
  readonly oneByOne: number
  readonly webhooks: number
}

/** What comes of the aftermath. */
export interface AftermathFigures {
  readonly idle: IdleFigures
  readonly restart: RestartFigures
  readonly reapply: ReapplyFigures
  readonly oneByOne: Spread
  readonly webhook: WebhookFigures
}

/** What the operator did, and what a loader needs to do the same. */
export interface OperatorMeasured {
  readonly storm: StormFigures
  readonly children: number
  readonly recipes: Readonly<Record<RecipeKind, Recipe>>
  readonly aftermath: AftermathFigures | undefined
}

/** The environment that everything is learned from; it also warms up who is measured. */
const probe = namesOf('probe', 1)

/** Measures the operator with so many environments. */
export async function measureOperator(
  size: number,
  after: Aftermath | undefined,
  surroundings: Surroundings,
): Promise<OperatorMeasured> {
  return onStage(surroundings, async (stage, sightings) => {
    const operator = await startOperator(stage)
    await operator.ready()
    await bringEnvironments(stage.admin, probe)
    await unlessDead(operator, sightings.completion(probe[0] ?? '', 1))
    await untilQuiet(stage.requests, 1_000, surroundings.signal)
    const children = sightings.of(probe[0] ?? '').size
    const recipes = await learnRecipe(stage.admin, probe[0] ?? '', await stage.requests.read())
    const names = namesOf('storm', size)
    const title = `Storm of ${size}: operator`
    const storm = await raiseStorm(stage, operator, sightings, { title, names, children, ...surroundings })
    const aftermath =
      after && (await measureAftermath(stage, operator, sightings, { names, children, after, surroundings }))
    return { storm, children, recipes, aftermath }
  })
}

async function measureAftermath(
  stage: Stage,
  first: OperatorProcess,
  sightings: Sightings,
  what: { names: readonly string[]; children: number; after: Aftermath; surroundings: Surroundings },
): Promise<AftermathFigures> {
  const { names, children, after, surroundings } = what
  const environments = names.length + probe.length
  const idle = await beIdle(stage, first, { environments, seconds: after.idleSeconds, ...surroundings })
  const { figures, operator } = await restart(stage, first, { environments, ...surroundings })
  const again = await reapply(stage, operator, { names, ...surroundings })
  const title = `${after.oneByOne} one by one: operator`
  const singles = { names: namesOf('single', after.oneByOne), children, title, ...surroundings }
  const oneByOne = await bringOneByOne(stage, operator, sightings, singles)
  await operator.stop()
  const webhook = await deliverWebhooks(stage, { webhooks: after.webhooks, ...surroundings })
  return { idle, restart: figures, reapply: again, oneByOne, webhook }
}

/** Measures a loader without logic with as many; `oneByOne`: how many come one by one afterwards. */
export async function measureLoader(
  kind: RecipeKind,
  size: number,
  from: OperatorMeasured,
  oneByOne: number,
  surroundings: Surroundings,
): Promise<{ readonly storm: StormFigures; readonly oneByOne: Spread | undefined }> {
  return onStage(surroundings, async (stage, sightings) => {
    const { children } = from
    const loader: Required<Maker> = await startLoader(stage, from.recipes[kind])
    const complete = sightings.completion(probe[0] ?? '', children)
    await bringEnvironments(stage.admin, probe, { onDone: loader.notice })
    await unlessDead(loader, complete)
    await untilQuiet(stage.requests, 1_000, surroundings.signal)
    const words = kind === 'same' ? 'the same requests' : 'created by POST'
    const inStorm = { title: `Storm of ${size}: ${words}`, names: namesOf('storm', size), children, ...surroundings }
    const storm = await raiseStorm(stage, loader, sightings, inStorm)
    if (oneByOne === 0) return { storm, oneByOne: undefined }
    const singles = {
      names: namesOf('single', oneByOne),
      children,
      title: `${oneByOne} one by one: ${words}`,
      ...surroundings,
    }
    return { storm, oneByOne: await bringOneByOne(stage, loader, sightings, singles) }
  })
}

async function onStage<T>(
  surroundings: Surroundings,
  work: (stage: Stage, sightings: Sightings) => Promise<T>,
): Promise<T> {
  const stage = await openStage(surroundings)
  try {
    const sightings = await watchChildren(stage.admin, surroundings.signal)
    stage.onEnd(sightings.stop)
    return await work(stage, sightings)
  } finally {
    await stage.end()
  }
}
