/** What a process has cost so far, as the kernel counts it. */
import { readFileSync } from 'node:fs'

/** See {@link processFigures}. */
export interface ProcessFigures {
  /** Processor time of all its threads, user and system. */
  readonly cpuSeconds: number
  /** The most memory it ever held (VmHWM), and what it holds now. */
  readonly peakMebibytes: number
  readonly nowMebibytes: number
}

/** The kernel counts in hundredths of a second on every Linux that Node runs on (USER_HZ). */
const ticksPerSecond = 100

/** Reads the figures of a process. */
export function processFigures(pid: number): ProcessFigures {
  // The command's name, in parentheses, may hold anything: fields are counted from behind it.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const mebibytes = (key: string) => Number(new RegExp(`^${key}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    peakMebibytes: mebibytes('VmHWM'),
    nowMebibytes: mebibytes('VmRSS'),
  }
}
