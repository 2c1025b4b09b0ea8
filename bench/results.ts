/** What a run comes to, and where it is kept. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import type { IdleFigures } from './idle.ts'
import { root } from './operator-process.ts'
import type { ReapplyFigures } from './reapply.ts'
import type { RestartFigures } from './restart.ts'
import { percentile, type Spread } from './statistics.ts'
import type { StormFigures } from './storm.ts'
import type { WebhookFigures } from './webhook/webhook.ts'

/** A storm, raised three times one after the other: by the operator and by two loaders without logic. */
export interface StormRound {
  readonly operator: StormFigures
  /** The operator's own requests, sent by a loader. */
  readonly same: StormFigures
  /** The same, but that each child is created by a plain POST instead of server-side apply. */
  readonly posted: StormFigures
}

/** Storms of one size. A machine is never quite alone: what counts is the median of the rounds. */
export interface StormComparison {
  readonly rounds: readonly StormRound[]
}

/** For each of the three the storm of median speed. */
export function medianStorms({ rounds }: StormComparison): StormRound {
  const median = (of: keyof StormRound): StormFigures => {
    const storms = rounds.map((round) => round[of]).sort((a, b) => a.perSecond - b.perSecond)
    const middle = storms[Math.floor((storms.length - 1) / 2)]
    if (middle === undefined) throw new Error('A storm of no rounds has no median.')
    return middle
  }
  return { operator: median('operator'), same: median('same'), posted: median('posted') }
}

/**
 * The operator's speed as a share of another maker's: the median of the rounds' own, in each of which one follows the
 * other at once. A machine that others share is now faster, now slower.
 */
export function operatorAgainst({ rounds }: StormComparison, maker: keyof StormRound): number {
  return percentile(
    rounds.map((round) => round.operator.perSecond / round[maker].perSecond),
    0.5,
  )
}

/** One environment after the other, in milliseconds. */
export interface OneByOneComparison {
  readonly environments: number
  readonly operator: Spread
  readonly same: Spread
}

/** Where and when. */
export interface Circumstances {
  readonly date: string
  /** The commit that was measured; `+` where files differed from it. */
  readonly commit: string
  readonly processor: string
  readonly cores: number
  readonly memoryGibibytes: number
  readonly system: string
  readonly node: string
  /** How many processes wanted to run before this one began: above a half it was not alone. */
  readonly loadAverage: number
  readonly bundleKibibytes: number
}

/** All figures of one run. */
export interface Results {
  readonly circumstances: Circumstances
  readonly storms: readonly StormComparison[]
  readonly idle: IdleFigures
  readonly restart: RestartFigures
  readonly reapply: ReapplyFigures
  readonly oneByOne: OneByOneComparison
  readonly webhook: WebhookFigures
}

/** Looks around. */
export function readCircumstances(): Omit<Circumstances, 'bundleKibibytes'> {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
  const system = /^PRETTY_NAME="?(.*?)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'Linux'
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    commit: git('rev-parse', '--short=12', 'HEAD') + (git('status', '--porcelain', '--', 'src') === '' ? '' : '+'),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGibibytes: Math.round(totalmem() / 2 ** 30),
    system,
    node: process.version,
    loadAverage: loadavg()[0] ?? 0,
  }
}

/** Keeps the figures and their plot; returns the paths. */
export function keep(results: Results, plot: { readonly svg: string; readonly png: Uint8Array }): string[] {
  const folder = join(root, 'bench/results')
  mkdirSync(folder, { recursive: true })
  const files = {
    'latest.json': `${JSON.stringify(results, undefined, 2)}\n`,
    'latest.svg': plot.svg,
    'latest.png': plot.png,
  }
  return Object.entries(files).map(([name, content]) => {
    writeFileSync(join(folder, name), content)
    return `bench/results/${name}`
  })
}
