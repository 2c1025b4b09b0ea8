/**
 * `npm run bench`: what Tronador costs, beside what the same requests cost without it. A table of contents; each
 * measurement has a file of its own.
 */
import { execFile } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { createProgress } from '../local/progress.ts'
import { stopSignal } from '../local/stop-signal.ts'
import { brokenPromises } from './aims.ts'
import { type Aftermath, type AftermathFigures, measureLoader, measureOperator, type Surroundings } from './measure.ts'
import { bundle, root } from './operator-process.ts'
import { plotResults } from './plot.ts'
import { keep, type Results, readCircumstances, type StormComparison, type StormRound } from './results.ts'
import type { Spread } from './statistics.ts'
import { describeResults } from './table.ts'

const help = `Measure what Tronador costs, beside what the same requests cost without it.

Usage: npm run bench [-- --quick]

It builds the bundle and runs it against a real API server of its own on loopback, with its own rights:
  storm        environments created at once; then the same by loaders without logic
  idle         what it asks for while nothing happens
  restart      how soon it knows where everything stands
  re-apply     what it does when the same is applied again
  one by one   from an environment to its last object
  webhook      from a webhook to the commit

Requests are counted by the API server. See docs/benchmarks.md for what each figure means.

Options:
  --quick   100 environments and 30 s of idling, in about two minutes; without it storms of 100 and 1,000,
            three rounds of each, and 2 min of idling, in about twelve
  --help    this text

The table goes to the terminal; bench/results/latest.json, .svg and .png hold the same.
Exit code 1: something was written twice or for nothing, or asked for while idle. Speed fails nothing.`

interface Plan {
  readonly sizes: readonly number[]
  /** How often each storm is raised. */
  readonly rounds: number
  /** Follows the last storm. */
  readonly after: Aftermath
}

/** How much is measured. */
const plans: Readonly<Record<'quick' | 'full', Plan>> = {
  quick: { sizes: [100], rounds: 1, after: { idleSeconds: 30, oneByOne: 20, webhooks: 10 } },
  full: { sizes: [100, 1000], rounds: 3, after: { idleSeconds: 120, oneByOne: 200, webhooks: 50 } },
}

process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  const asked = readArguments(args)
  if (typeof asked === 'string') {
    console.error(`${asked}\nTry: npm run bench -- --help`)
    return 2
  }
  if (asked.help) {
    console.log(help)
    return 0
  }
  const signal = stopSignal()
  try {
    const results = await measure(plans[asked.quick ? 'quick' : 'full'], {
      progress: createProgress({ stream: process.stderr }),
      signal,
    })
    console.log(`\n${describeResults(results)}\n\n${keep(results, plotResults(results)).join('\n')}`)
    const broken = brokenPromises(results)
    if (broken.length > 0) console.error(`\nBroken promises:\n${broken.map((line) => `  ${line}`).join('\n')}`)
    return broken.length > 0 ? 1 : 0
  } catch (error) {
    console.error(signal.aborted ? 'Stopped before the end; nothing is left running.' : (error as Error).message)
    return signal.aborted ? 130 : 1
  }
}

function readArguments(args: string[]): string | { quick: boolean; help: boolean } {
  try {
    const options = { quick: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const
    const { values } = parseArgs({ args, options })
    return { quick: values.quick === true, help: values.help === true }
  } catch (error) {
    return (error as Error).message
  }
}

async function measure({ sizes, rounds, after }: Plan, surroundings: Surroundings): Promise<Results> {
  const circumstances = { ...readCircumstances(), bundleKibibytes: Math.round((await build(surroundings)) / 1024) }
  const storms: StormComparison[] = []
  let aftermath: AftermathFigures | undefined
  let singles: Spread | undefined
  for (const size of sizes) {
    const raised: StormRound[] = []
    for (let round = 1; round <= rounds; round += 1) {
      const isLast = size === sizes.at(-1) && round === rounds
      const measured = await measureOperator(size, isLast ? after : undefined, surroundings)
      const same = await measureLoader('same', size, measured, isLast ? after.oneByOne : 0, surroundings)
      const posted = await measureLoader('posted', size, measured, 0, surroundings)
      raised.push({ operator: measured.storm, same: same.storm, posted: posted.storm })
      aftermath = measured.aftermath
      singles = same.oneByOne
    }
    storms.push({ rounds: raised })
  }
  if (aftermath === undefined || singles === undefined) throw new Error('Nothing was measured.')
  return {
    circumstances,
    storms,
    ...aftermath,
    oneByOne: { environments: after.oneByOne, operator: aftermath.oneByOne, same: singles },
  }
}

/** Builds the bundle anew and returns its size in bytes. */
async function build({ progress }: Surroundings): Promise<number> {
  const stage = progress.stage('Build dist/tronador.js')
  await promisify(execFile)(process.execPath, [join(root, 'scripts/build.ts')], { cwd: root })
  const { size } = statSync(bundle)
  stage.done(`${Math.round(size / 1024)} KiB`)
  return size
}
