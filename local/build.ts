/**
 * Builds the cluster's programs, in the order they are needed, and hands each out as soon as it is there: a part
 * starts while the next one still compiles. Built programs stay in the cache, in a folder named by what they are built
 * from; a build that was interrupted goes on where it stopped.
 */

import { existsSync, mkdirSync, renameSync, rmSync, watch } from 'node:fs'
import { basename, join } from 'node:path'
import { withLock } from '../scripts/lock.mjs'
import type { Cache } from './cache.ts'
import { askGo, buildKey, compile, download } from './go-build.ts'
import { type Component, type Module, type ModuleName, modules } from './pins.ts'
import type { Progress } from './progress.ts'

/** A build that runs in the background. */
export interface Build {
  /** Path of a program, once it is built. Rejects with the compiler's own lines. */
  binary(component: Component): Promise<string>
  /** Folder with the sources of a Go module that is pinned in `module` (for CRDs, templates and the like). */
  sources(module: ModuleName, path: string): Promise<string>
  /** Ends the compiler, if it still runs. What is compiled stays in the cache. */
  stop(): Promise<void>
}

/** Some programs of one module, built by one run of the compiler. */
interface Step {
  readonly module: Module
  readonly components: readonly Component[]
}

/** Starts building these components, those first that stand first. */
export function startBuild(options: {
  readonly cache: Cache
  readonly components: readonly Component[]
  readonly progress: Progress
}): Build {
  const stop = new AbortController()
  const ready = new Map(options.components.map((component) => [component, Promise.withResolvers<string>()]))
  // A failed build must not count as an unhandled rejection of components that nobody has asked for yet.
  for (const { promise } of ready.values()) promise.catch(() => undefined)
  const finished = buildAll({
    ...options,
    signal: stop.signal,
    onBuilt: (component, path) => ready.get(component)?.resolve(path),
  }).catch((error) => {
    for (const { reject } of ready.values()) reject(error)
  })
  return {
    binary(component) {
      const path = ready.get(component)?.promise
      if (path === undefined) throw new Error(`${component} is not among the components of this build.`)
      return path
    },
    async sources(module, path) {
      const answer = await askGo(options.cache, folderOf(module), ['mod', 'download', '-json', path])
      return (JSON.parse(answer) as { Dir: string }).Dir
    },
    async stop() {
      stop.abort()
      await finished
    },
  }
}

/** What the whole build works with. */
interface Work {
  readonly cache: Cache
  readonly progress: Progress
  readonly signal: AbortSignal
  readonly onBuilt: (component: Component, path: string) => void
}

async function buildAll(work: Work & { readonly components: readonly Component[] }): Promise<void> {
  const compiler = await askGo(work.cache, folderOf('kubernetes'), ['env', 'GOVERSION'])
  const steps = planSteps(work.components).map((step) => locate(work, step, compiler))
  for (const step of steps) handOutBuilt(work, step)
  const missing = steps.filter((step) => listMissing(step).length > 0)
  // The network is idle while the processors compile: the next step's sources are fetched meanwhile.
  const fetched = fetchAhead(work, missing.slice(1))
  for (const step of missing) await buildStep(work, step)
  await fetched
}

/**
 * Groups components that follow each other and share a module, so that their packages are planned together. Go names
 * a program by its package alone, so two of the same name cannot come of one run.
 */
export function planSteps(components: readonly Component[]): Step[] {
  const steps: { module: Module; components: Component[] }[] = []
  for (const component of components) {
    const module = modules.find(({ programs }) => component in programs) as Module
    const nameOf = (each: Component) => programName(packageOf(module, each))
    const last = steps.at(-1)
    const joins = last?.module === module && last.components.every((each) => nameOf(each) !== nameOf(component))
    if (joins) last.components.push(component)
    else steps.push({ module, components: [component] })
  }
  return steps
}

/** A step with its places in the cache. */
interface LocatedStep extends Step {
  /** `<module>-<key>`. */
  readonly id: string
  readonly source: string
  readonly target: string
}

function locate({ cache }: Work, step: Step, compiler: string): LocatedStep {
  const source = folderOf(step.module.name)
  const id = `${step.module.name}-${buildKey(step.module, source, compiler)}`
  return { ...step, id, source, target: join(cache.modules, id) }
}

async function buildStep(work: Work, step: LocatedStep): Promise<void> {
  const stage = work.progress.stage(`Build ${listMissing(step).join(', ')}`)
  try {
    await withLock(
      join(work.cache.locks, step.id),
      async () => {
        // Another run may have built them while we waited.
        handOutBuilt(work, step)
        if (listMissing(step).length > 0) await compileStep(work, step, stage)
      },
      { onWait: () => stage.update('waiting: another run on this machine builds them'), signal: work.signal },
    )
    stage.done('sources checked against go.sum')
  } catch (error) {
    stage.fail(work.signal.aborted ? 'interrupted; the next start goes on from here' : 'failed')
    throw error
  }
}

async function compileStep(work: Work, step: LocatedStep, stage: ReturnType<Progress['stage']>): Promise<void> {
  const fresh = join(step.target, 'new')
  rmSync(fresh, { recursive: true, force: true })
  for (const folder of ['new', 'bin']) mkdirSync(join(step.target, folder), { recursive: true })
  const collect = () => {
    for (const component of listMissing(step)) {
      const built = join(fresh, programName(packageOf(step.module, component)))
      if (!existsSync(built)) continue
      renameSync(built, pathOf(step, component))
      work.onBuilt(component, pathOf(step, component))
    }
  }
  const watcher = watch(fresh, collect)
  try {
    await compile({ ...compilation(work, step), stage })
    collect()
  } finally {
    watcher.close()
    rmSync(fresh, { recursive: true, force: true })
  }
}

async function fetchAhead(work: Work, steps: readonly LocatedStep[]): Promise<void> {
  for (const step of steps) {
    if (work.signal.aborted) return
    // Whatever fails here fails again, and is told, when the step itself is built.
    await download({ ...compilation(work, step), work: join(step.target, 'fetch') }).catch(() => undefined)
  }
}

function compilation({ cache, signal }: Work, step: LocatedStep) {
  return {
    cache,
    signal,
    module: step.module,
    folder: step.source,
    packages: listMissing(step).map((component) => packageOf(step.module, component)),
    bin: join(step.target, 'new'),
    work: join(step.target, 'work'),
  }
}

function handOutBuilt(work: Work, step: LocatedStep): void {
  for (const component of step.components) {
    if (existsSync(pathOf(step, component))) work.onBuilt(component, pathOf(step, component))
  }
}

function listMissing(step: LocatedStep): Component[] {
  return step.components.filter((component) => !existsSync(pathOf(step, component)))
}

function pathOf(step: LocatedStep, component: Component): string {
  return join(step.target, 'bin', component)
}

function packageOf(module: Module, component: Component): string {
  return module.programs[component] as string
}

/** The name Go gives a program: the last part of its package's path that is no major version. */
export function programName(path: string): string {
  return basename(path.replace(/\/v[0-9]+$/, ''))
}

function folderOf(module: ModuleName | Module['name']): string {
  return join(import.meta.dirname, 'modules', module)
}
