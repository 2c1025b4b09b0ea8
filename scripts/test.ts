/**
 * `npm run check`, `npm test`, `npm run test:all`: types, style and tests, quiet where all is well. The last line says
 * how many passed and failed; the exit code is 1 when anything failed.
 */

import { spawn } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Tier } from '../local/cluster.ts'
import { checkMachine } from '../local/preflight.ts'
import { failureText } from './failure-text.ts'
import { addTallies, describeTally, noTests, readTally, type Tally } from './tally.ts'

const root = join(import.meta.dirname, '..')

/** Test projects of `vitest.config.ts` that need a cluster, with the tier each starts. */
const clusterProjects: readonly { readonly project: string; readonly tier: Tier }[] = [
  { project: 'cluster', tier: 'control-plane' },
  { project: 'charts', tier: 'control-plane' },
  { project: 'engines', tier: 'engines' },
  { project: 'pull-requests', tier: 'pull-requests' },
  { project: 'gitops-syncers', tier: 'pull-requests' },
  { project: 'pods', tier: 'pods' },
  { project: 'pipelines', tier: 'pipelines' },
]

const help = `Check the project.

Usage: npm run check       types, style, unit and convention tests
       npm test            that, and what needs a control plane
       npm run test:all    that, and what needs Helm, Flux, Gitea, real pods and Tekton (as root)

Options:
  --simulate-pods   for test:all without root: pods only seem to run, and what needs Tekton is left out
  --help            this text

One file: npx vitest run --project unit src/core/names.test.ts`

interface Options {
  readonly projects: typeof clusterProjects
  readonly simulatePods: boolean
}

process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  const options = readArguments(args)
  if (typeof options === 'string') {
    console.error(options)
    return options === help ? 0 : 2
  }
  try {
    const largest = options.projects.at(-1)
    const argocd = options.projects.some(({ project }) => project === 'gitops-syncers')
    if (largest !== undefined) await checkMachine(largest.tier, { ...options, argocd })
  } catch (error) {
    console.error((error as Error).message)
    return 1
  }
  const tallies = await Promise.all([
    runPart('types', 'tsc', ['--noEmit', '-p', '.']),
    runPart('style', 'biome', ['check', '--error-on-warnings', '.']),
    runTests('unit', { shown: false }),
  ])
  for (const { project } of options.projects) tallies.push(await runTests(project, { shown: true, ...options }))
  const total = addTallies(tallies)
  console.log(`${describeTally(total)}${options.simulatePods ? ' (--simulate-pods: pods were simulated)' : ''}`)
  return total.failed > 0 ? 1 : 0
}

function readArguments(args: string[]): string | Options {
  try {
    const { values } = parseArgs({
      args,
      options: {
        check: { type: 'boolean' },
        all: { type: 'boolean' },
        'simulate-pods': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    if (values.help === true) return help
    const simulatePods = values['simulate-pods'] === true
    const possible = clusterProjects.filter(({ tier }) => !(simulatePods && tier === 'pipelines'))
    const count = values.check === true ? 0 : values.all === true ? possible.length : 1
    return { projects: possible.slice(0, count), simulatePods }
  } catch (error) {
    return `${(error as Error).message}\n\n${help}`
  }
}

/** A part that is one check: it passes or fails as a whole. */
async function runPart(name: string, command: string, args: string[]): Promise<Tally> {
  const began = performance.now()
  const { code, output } = await run(command, args)
  report(
    name,
    began,
    code === 0 ? 'good' : 'failed',
    code === 0 ? '' : failureText(output, `npx ${[command, ...args].join(' ')}`),
  )
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }
}

/** One test project. `shown`: its standard error, where a starting cluster speaks, goes straight to ours. */
async function runTests(project: string, options: { shown: boolean; simulatePods?: boolean }): Promise<Tally> {
  if (project !== 'unit' && globSync(`test/${project}/**/*.test.ts`, { cwd: root }).length === 0) {
    console.log(`-        ${project}: no tests yet`)
    return noTests
  }
  const began = performance.now()
  const folder = mkdtempSync(join(tmpdir(), 'tronador-test-'))
  const file = join(folder, 'results.json')
  try {
    const { code, output } = await run(
      'vitest',
      ['run', '--project', project, '--reporter=minimal', '--reporter=json', `--outputFile.json=${file}`],
      { shown: options.shown, env: { TRONADOR_SIMULATE_PODS: options.simulatePods === true ? '1' : '' } },
    )
    const tally = readTally(existsSync(file) ? readFileSync(file, 'utf8') : undefined, code)
    const failure = tally.failed === 0 ? '' : failureText(output, `npx vitest run --project ${project}`)
    report(project, began, describeTally(tally), failure)
    return tally
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function report(name: string, began: number, outcome: string, output: string): void {
  const seconds = `${((performance.now() - began) / 1000).toFixed(1)} s`
  if (output !== '') console.log(`\n${output}\n`)
  console.log(`${seconds.padStart(8)} ${name}: ${outcome}`)
}

/** Runs a program of the project to its end. It cannot outlive us. */
function run(
  command: string,
  args: string[],
  options: { readonly shown?: boolean; readonly env?: Record<string, string> } = {},
): Promise<{ code: number; output: string }> {
  const program = join(root, 'node_modules', '.bin', command)
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', program, ...args], {
    cwd: root,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', options.shown === true ? 'inherit' : 'pipe'],
  })
  const output: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8')
    stream?.on('data', (text: string) => output.push(text))
  }
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: 1, output: error.message }))
    child.once('close', (code) => resolve({ code: code ?? 1, output: output.join('') }))
  })
}
