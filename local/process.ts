/**
 * One process of the local cluster: its log, its readiness, its death and its end. Every process runs under
 * `setpriv --pdeathsig KILL`, so that the kernel ends it together with us, however we end.
 */

import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** How to start a component and how to know that it works. */
export interface ProcessOptions {
  /** The component's name: of its log, and in messages. */
  readonly name: string
  readonly command: string
  readonly args?: readonly string[]
  /** Added to the small environment every component gets: PATH, HOME, USER, LANG, TMPDIR. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Folder of the log. */
  readonly logs: string
  /** Whether it answers by now; asked again and again. A rejection means no. Without it: ready once started. */
  readonly ready?: () => Promise<boolean>
  /** Seconds until "not ready" is an error; 60 as a rule. */
  readonly readyWithin?: number
  /** Seconds it gets to end by itself after SIGTERM; 0, the rule, for what keeps nothing worth saving. */
  readonly grace?: number
  /** Ends the process by another way than SIGKILL: for a wrapper that must outlive and reap what it wraps. */
  readonly kill?: (pid: number) => void
  /** Told as soon as the process exists, before it is ready, so that it can be stopped on its way. */
  readonly onStarted?: (running: RunningProcess) => void
}

/** A component that runs. */
export interface RunningProcess {
  readonly name: string
  readonly pid: number
  readonly log: string
  /** Resolves when the process ends without having been stopped, with an error that names it and its last lines. */
  readonly died: Promise<ComponentDied>
  /** Ends it and waits until it is gone. */
  stop(): Promise<void>
}

/** A component ended, or never got ready, by itself. The message names it, how it ended, its last lines and its log. */
export class ComponentDied extends Error {
  override readonly name = 'ComponentDied'
  readonly component: string

  constructor(component: string, how: string, log: string) {
    super(`${component} ${how}. The end of its log (${log}):\n${lastLines(log, 15)}`)
    this.component = component
  }
}

/** Starts a component and waits until it is ready. Rejects with {@link ComponentDied} when it ends before that. */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const log = join(options.logs, `${options.name}.log`)
  const output = openSync(log, 'a', 0o600)
  // A session of its own: Ctrl-C at the terminal must reach us alone, or components die before we stop them in order.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', options.command, ...(options.args ?? [])], {
    cwd: options.cwd,
    env: { ...baseEnvironment(process.env), ...options.env },
    stdio: ['ignore', output, output],
    detached: true,
  })
  closeSync(output)
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) =>
      resolve(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`),
    )
    child.once('error', (error) => resolve(`could not be started (${error.message})`))
  })
  let stopping = false
  const died = new Promise<ComponentDied>((resolve) => {
    void exited.then((how) => {
      if (!stopping) resolve(new ComponentDied(options.name, how, log))
    })
  })
  const running: RunningProcess = {
    name: options.name,
    pid: child.pid ?? 0,
    log,
    died,
    async stop() {
      stopping = true
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
      const grace = options.grace ?? 0
      if (grace > 0) {
        child.kill('SIGTERM')
        await Promise.race([exited, delay(grace * 1000, undefined, { ref: false })])
      }
      if (options.kill === undefined) child.kill('SIGKILL')
      else options.kill(child.pid)
      await exited
    },
  }
  options.onStarted?.(running)
  await waitUntilReady(running, exited, options)
  return running
}

/** Asks `probe` every 20 to 100 ms until it says yes; a rejection counts as no. Rejects after `within` seconds. */
export async function waitUntil(what: string, probe: () => Promise<boolean>, within = 60): Promise<void> {
  const deadline = performance.now() + within * 1000
  for (let pause = 20; ; pause = Math.min(100, pause * 1.5)) {
    if (await probe().catch(() => false)) return
    if (performance.now() > deadline) throw new Error(`${what} did not happen within ${within} s.`)
    await delay(pause)
  }
}

async function waitUntilReady(
  running: RunningProcess,
  exited: Promise<string>,
  options: ProcessOptions,
): Promise<void> {
  let over = false
  const { name, ready = async () => true, readyWithin = 60 } = options
  const failure = await Promise.race([
    waitUntil('readiness', async () => over || (await ready()), readyWithin).then(
      () => undefined,
      () => `did not get ready within ${readyWithin} s`,
    ),
    exited,
  ])
  over = true
  if (failure === undefined) return
  await running.stop()
  throw new ComponentDied(name, failure, running.log)
}

/** Nothing of the user's shell may change how a component behaves: no proxies, no KUBECONFIG, no GIT_*. */
function baseEnvironment(env: NodeJS.ProcessEnv): Record<string, string> {
  return {
    PATH: env.PATH ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: env.HOME ?? '/',
    USER: env.USER ?? 'root',
    LANG: 'C.UTF-8',
    TMPDIR: tmpdir(),
  }
}

/** The last lines, indented, of what may be long. */
export function lastOf(lines: readonly string[], count: number): string {
  return lines
    .slice(-count)
    .map((line) => `  ${line}`)
    .join('\n')
}

function lastLines(file: string, count: number): string {
  return existsSync(file) ? lastOf(readFileSync(file, 'utf8').trimEnd().split('\n'), count) : ''
}
