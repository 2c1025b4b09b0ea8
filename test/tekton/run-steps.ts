/**
 * Runs a Task's steps on this machine, one after the other, as Tekton would: placeholders are replaced inside the
 * argument list, and each step is started from that list. There is no cluster, no container and no other user, and what
 * an image brings (Buildah) is left out.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Step, Task, TaskRun } from './manifests.ts'

/** What ran of a task. */
export interface TaskOutcome {
  /** Each step that was started, with its exit code, in order; a failure is the last. */
  readonly steps: readonly { readonly name: string; readonly code: number }[]
  readonly stderr: string
  readonly results: Readonly<Record<string, string>>
}

/** What Tekton would have found in the cluster. */
export interface Surroundings {
  /** Folder of each workspace that is bound. */
  readonly workspaces: Readonly<Record<string, string>>
  /** Instead of the run's own: addresses of this machine, for instance. */
  readonly params?: Readonly<Record<string, string | readonly string[]>>
  /** Folder in place of the ConfigMap `environment-template`. */
  readonly template?: string
}

const programs: Readonly<Record<string, readonly string[]>> = {
  '/nodejs/bin/node /app/tronador.js': [process.execPath, join(import.meta.dirname, '../../src/main.ts')],
  '/usr/bin/git': ['git'],
}

/** Runs the steps of the task with the run's parameters, until one fails. */
export async function runSteps(task: Task, run: TaskRun, surroundings: Surroundings): Promise<TaskOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'task-run-'))
  try {
    const replacements = replacementsFor(task, run, surroundings, folder)
    const steps: { name: string; code: number }[] = []
    let stderr = ''
    for (const step of task.spec.steps) {
      const program = programs[step.command.join(' ')]
      if (program === undefined) continue
      const done = await start(program, step, replacements, surroundings)
      steps.push({ name: step.name, code: done.code })
      stderr += done.stderr
      if (done.code !== 0) break
    }
    return { steps, stderr, results: await readResults(task, folder) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

type Replacements = Readonly<Record<string, string | readonly string[]>>

function replacementsFor(task: Task, run: TaskRun, { workspaces, params }: Surroundings, folder: string): Replacements {
  const given = Object.fromEntries((run.spec.params ?? []).map(({ name, value }) => [name, value]))
  const all = task.spec.params.map(({ name, default: fallback }): [string, string | readonly string[]] => {
    const value = params?.[name] ?? given[name] ?? fallback
    if (value === undefined) throw new Error(`The run gives no ${name}.`)
    return [`params.${name}`, value]
  })
  const bound = (task.spec.workspaces ?? []).map(({ name, optional }): [string, string] => {
    const path = workspaces[name]
    if (path === undefined && optional !== true) throw new Error(`The run binds no workspace ${name}.`)
    return [`workspaces.${name}.path`, path ?? '']
  })
  const results = (task.spec.results ?? []).map(({ name }): [string, string] => [
    `results.${name}.path`,
    join(folder, name),
  ])
  return Object.fromEntries([...all, ...bound, ...results])
}

/** `$(name)` inside an argument becomes its value; `$(name[*])` alone becomes as many arguments as the array has. */
export function replaceAll(argument: string, replacements: Replacements): string[] {
  const array = /^\$\(([^()]+)\[\*\]\)$/.exec(argument)?.[1]
  const values = array === undefined ? undefined : replacements[array]
  if (Array.isArray(values)) return [...values]
  return [argument.replace(/\$\(([a-zA-Z.-]+)\)/g, (whole, name: string) => String(replacements[name] ?? whole))]
}

async function start(program: readonly string[], step: Step, replacements: Replacements, { template }: Surroundings) {
  const replace = (text: string) => replaceAll(text, replacements)
  const [file = '', ...first] = program
  const args = (step.args ?? []).flatMap(replace)
  const mounted = args.map((argument) => argument.replace('=/environment-template/', `=${template ?? '/nowhere'}/`))
  const env = Object.fromEntries((step.env ?? []).map(({ name, value }) => [name, replace(value)[0] ?? '']))
  const cwd = step.workingDir === undefined ? tmpdir() : replace(step.workingDir)[0]
  return await new Promise<{ code: number; stderr: string }>((resolve) => {
    const options = { cwd, env: { PATH: process.env.PATH, ...env } }
    execFile(file, [...first, ...mounted], options, (error, _stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stderr })
    })
  })
}

async function readResults(task: Task, folder: string): Promise<Record<string, string>> {
  const read = (task.spec.results ?? []).map(async ({ name }) => {
    const text = await readFile(join(folder, name), 'utf8').catch(() => undefined)
    return text === undefined ? [] : [[name, text] as const]
  })
  return Object.fromEntries((await Promise.all(read)).flat())
}
