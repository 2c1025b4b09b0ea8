/**
 * One folder per running cluster. Its owner is a process, known by number and start time (numbers are reused), so
 * that a later start can tell the folders of the dead from those of the living and sweep them.
 */

import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where one cluster keeps its files. */
export interface RunFolder {
  /** Six hex digits: short enough for a network device's name. */
  readonly id: string
  readonly path: string
  /** One log per component: `<logs>/<component>.log`. */
  readonly logs: string
  /** Removes the folder with everything in it. */
  remove(): void
  /** Removes everything but the logs. */
  removeAllButLogs(): void
}

/** A process, so that a reused number is not taken for it. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks between boot and its start, as `/proc/PID/stat` has it. */
  readonly started: string
}

/** Creates a run folder owned by this process. */
export function createRunFolder(runs: string): RunFolder {
  const id = randomBytes(3).toString('hex')
  // Named only once its owner stands in it: a sweep that looks in between must not take it for a dead one.
  const unborn = join(runs, `.${id}`)
  mkdirSync(join(unborn, 'logs'), { recursive: true, mode: 0o700 })
  writeFileSync(join(unborn, 'owner.json'), JSON.stringify(identify(process.pid)))
  renameSync(unborn, join(runs, id))
  return openRunFolder(runs, id)
}

/** Run folders whose owner lives no more, to be swept. */
export function listDeadRuns(runs: string): RunFolder[] {
  return readdirSync(runs)
    .filter((id) => !id.startsWith('.') && !isRunAlive(runs, id))
    .map((id) => openRunFolder(runs, id))
}

/** Whether the process that owns this run is still there. */
export function isRunAlive(runs: string, id: string): boolean {
  const file = join(runs, id, 'owner.json')
  if (!existsSync(file)) return false
  const owner = JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity
  return identify(owner.pid)?.started === owner.started
}

/** The process of that number; undefined when there is none. */
export function identify(pid: number): ProcessIdentity | undefined {
  try {
    // The command's name, in parentheses, may hold anything: fields are counted from behind it.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    return started === undefined ? undefined : { pid, started }
  } catch {
    return undefined
  }
}

function openRunFolder(runs: string, id: string): RunFolder {
  const path = join(runs, id)
  const remove = (file: string) => rmSync(file, { recursive: true, force: true, maxRetries: 5 })
  return {
    id,
    path,
    logs: join(path, 'logs'),
    remove: () => remove(path),
    removeAllButLogs() {
      // Without its owner's name the folder counts as dead, and the next start removes the rest.
      for (const name of readdirSync(path)) if (name !== 'logs') remove(join(path, name))
    },
  }
}
