/** After the end nothing of the run may be left on the machine. Each trace is looked for where the kernel shows it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { hasNodeCgroup } from '../node/cgroups.ts'
import { identify, type ProcessIdentity } from '../run-folder.ts'
import { StageFailed, waitFor } from './stage.ts'

/** What a run is known by once it has ended. */
export interface RunTraces {
  /** Its folder, named by the run's id, which its devices and cgroups bear too. */
  readonly runFolder: string
  /** The processes that it had. */
  readonly processes: readonly ProcessIdentity[]
}

/** Taken while the run lives: every process below this one is the run's. */
export function traceRun(runFolder: string): RunTraces {
  const parents = new Map(processNumbers().map((pid) => [pid, parentOf(pid)]))
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid)
    return parent !== undefined && (parent === process.pid || isBelow(parent))
  }
  const below = [...parents.keys()].filter(isBelow)
  return { runFolder, processes: below.flatMap((pid) => identify(pid) ?? []) }
}

/** Waits until nothing is left, ten seconds at most; rejects with what is. */
export async function proveMachineIsClean(run: RunTraces): Promise<string> {
  const looked = `${run.processes.length} processes ended; no mount, network device, cgroup or folder of the run`
  return waitFor(
    'The end of all that the run made',
    async () => {
      const remains = listRemains(run)
      return remains.length === 0 ? { found: `Nothing is left: ${looked}.` } : { still: remains.join(', ') }
    },
    { within: 10 },
  ).catch((error: unknown) => {
    throw new StageFailed('stop', 'Something is left on this machine', error)
  })
}

/** What of the run is still there, in words. */
export function listRemains({ runFolder, processes }: RunTraces): string[] {
  const id = basename(runFolder)
  const known = new Set(
    processes.filter(({ pid, started }) => identify(pid)?.started === started).map(({ pid }) => pid),
  )
  const living = processNumbers().filter((pid) => known.has(pid) || belongsTo(pid, runFolder, id))
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .filter((mount) => mount.includes(runFolder))
  const devices = readdirSync('/sys/class/net').filter((device) => device.endsWith(`-${id}`))
  return [
    ...living.map((pid) => `process ${pid}`),
    ...mounts.map((mount) => `mount ${mount.split(' ')[1]}`),
    ...devices.map((device) => `network device ${device}`),
    ...(hasNodeCgroup(id) ? [`cgroup tronador-${id}`] : []),
    ...(existsSync(runFolder) ? [`folder ${runFolder}`] : []),
  ]
}

/** Whether a process names the run's folder in its command line, or runs in its cgroup. */
function belongsTo(pid: number, runFolder: string, id: string): boolean {
  if (pid === process.pid) return false
  return read(`/proc/${pid}/cmdline`).includes(runFolder) || read(`/proc/${pid}/cgroup`).includes(`/tronador-${id}`)
}

function parentOf(pid: number): number | undefined {
  // The command's name, in parentheses, may hold anything: fields are counted from behind it.
  const stat = read(`/proc/${pid}/stat`)
  return stat === '' ? undefined : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
}

function processNumbers(): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
}

/** Empty where the process has just ended. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
