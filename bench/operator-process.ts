/** The operator as it is deployed: a process of its own, from the built bundle, as the image runs it, with its own rights. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { request } from 'undici'
import { parse } from 'yaml'
import { freePort } from '../local/free-port.ts'
import { type RunningProcess, startProcess } from '../local/process.ts'
import { readConfig } from '../scripts/image-layers.ts'
import { samplesOf, sumOf } from './metrics-text.ts'
import { type ProcessFigures, processFigures } from './process-figures.ts'
import type { Stage } from './stage.ts'

/** An operator that runs. */
export interface OperatorProcess {
  /** When it was started, on this process's monotonic clock. */
  readonly startedAt: number
  /** How many passes it has made over environments. */
  passes(): Promise<number>
  figures(): ProcessFigures
  /** What it has logged so far of level `warn` and above: what it had to do again, and why. */
  complaints(): string[]
  /** Resolves when it ends by itself. */
  readonly died: Promise<Error>
  stop(): Promise<void>
}

export const root = join(import.meta.dirname, '..')
/** The bundle under test. */
export const bundle = join(root, 'dist/tronador.js')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const image = readConfig(read('Dockerfile'))
const limit = mebibytes(parse(read('charts/tronador/values.yaml')).operator.resources.limits.memory)
/** What the image tells Node, and what Node takes of such a limit for its objects: half. */
const nodeOptions = [...(image.Entrypoint ?? []).slice(1, -1), `--max-old-space-size=${limit / 2}`]
/** What the image sets, its search path aside. */
const variables = Object.fromEntries((image.Env ?? []).map((each) => each.split('=') as [string, string]))

/** What the chart lets the containers take. */
function mebibytes(quantity: string): number {
  const [, digits] = /^(\d+)Mi$/.exec(quantity) ?? []
  if (digits === undefined) throw new Error(`The chart’s memory limit is ${quantity}; it is read in Mi alone.`)
  return Number(digits)
}

/** Starts it; resolves at once. `ready` tells when its watches have their first lists. */
export async function startOperator(stage: Stage): Promise<OperatorProcess & { ready(): Promise<void> }> {
  const port = await freePort()
  const startedAt = performance.now()
  const own = await startBundle(stage, 'tronador-operator', [
    'operator',
    '--kubeconfig',
    stage.operatorKubeconfig,
    '--health-port',
    String(port),
  ])
  const url = `http://127.0.0.1:${port}`
  const isReady = () => ask(`${url}/readyz`).then(({ status }) => status === 200)
  return {
    startedAt,
    async ready() {
      while (!(await isReady().catch(() => false))) await Promise.race([delay(20), failOnDeath(own)])
    },
    async passes() {
      const { text } = await ask(`${url}/metrics`)
      return sumOf(samplesOf(text, 'controller_runtime_reconcile_total'), { controller: 'environment' })
    },
    figures: () => processFigures(own.pid),
    complaints: () => readFileSync(own.log, 'utf8').split('\n').filter(Boolean),
    died: own.died,
    stop: own.stop,
  }
}

/** Runs a command of the bundle until the stage ends or it is stopped. */
export async function startBundle(stage: Stage, name: string, args: readonly string[]): Promise<RunningProcess> {
  const own = await startProcess({
    name,
    command: join(root, 'node_modules/node/bin/node'),
    args: [...nodeOptions, bundle, ...args],
    env: { ...variables, PATH: process.env.PATH ?? '', LOG_LEVEL: 'warn' },
    logs: stage.logs,
    grace: 10,
  })
  stage.onEnd(own.stop)
  return own
}

async function failOnDeath(own: RunningProcess): Promise<never> {
  throw await own.died
}

async function ask(url: string): Promise<{ status: number; text: string }> {
  const { statusCode, body } = await request(url)
  return { status: statusCode, text: await body.text() }
}
