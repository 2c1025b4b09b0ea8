/**
 * For users who are not root: the steps that need its rights are taken by one process under sudo, and by nothing else.
 * It reads what to do from us, line by line, and undoes everything when its input ends, that is when we do, however.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Component } from '../pins.ts'
import type { RunFolder } from '../run-folder.ts'
import type { Surroundings } from '../surroundings.ts'
import { run } from './command.ts'
import type { MachineParts, RootSteps } from './machine.ts'
import type { NodeNetwork } from './network.ts'

/** What a person reads when asked for the password. */
const prompt =
  'Real pods need root, for the node alone: namespaces, a network device and a cgroup, all gone afterwards.\nPassword of %u: '

/** Programs that the process under sudo starts. It builds none itself. */
const programs = [
  ...(['containerd', 'containerd-shim-runc-v2', 'runc', 'runc-without-seccomp', 'bridge', 'loopback'] as const),
  ...(['host-local', 'kubelet', 'kube-proxy', 'coredns'] as const),
] satisfies Component[]

/** Where the process under sudo finds the run, in its arguments. */
export interface RootTask {
  readonly cache: string
  readonly run: { readonly id: string; readonly path: string; readonly logs: string }
}

/** What it is told, in this order; it answers each with a {@link RootAnswer}. */
export type RootRequest =
  | { readonly step: 'claim' }
  | { readonly step: 'startRuntime'; readonly parts: MachineParts; readonly programs: Readonly<Record<string, string>> }
  | {
      readonly step: 'startPrograms'
      readonly kubeconfigs: { readonly admin: string; readonly kubelet: string; readonly 'kube-proxy': string }
      readonly pki: string
    }

/** One line of its output. */
export type RootAnswer = { readonly done: NodeNetwork | null } | { readonly failed: string }

/** Whether sudo is granted: asks for the password where someone can type it and it was not typed lately. */
export function askForSudo(): Promise<boolean> {
  const mode = process.stdin.isTTY === true ? ['--prompt', prompt] : ['--non-interactive']
  return new Promise((resolve) => {
    const child = spawn('sudo', [...mode, '--validate'], { stdio: ['inherit', 'ignore', 'inherit'] })
    child.once('error', () => resolve(false))
    child.once('exit', (code) => resolve(code === 0))
  })
}

/** Runs one task of `as-root.ts` to its end and returns what it printed. */
export function runAsRoot(...args: string[]): Promise<string> {
  return run('sudo', ['--non-interactive', ...rootCommand(args)])
}

/** Removes what a dead run left, which belongs to root. */
export async function sweepThroughSudo(dead: Pick<RunFolder, 'id' | 'path'>): Promise<void> {
  if (await askForSudo()) await runAsRoot('sweep', dead.id, dead.path)
  else throw new Error(`An earlier run left a node behind in ${dead.path}, which only root can remove: allow sudo.`)
}

/** The steps, taken by a process under sudo. Rejects when sudo is refused. */
export async function stepsThroughSudo(surroundings: Surroundings): Promise<RootSteps> {
  if (!(await askForSudo()))
    throw new Error('Real pods need root, and sudo was refused. Add --simulate-pods to go without.')
  const { cache, run, build, onStop } = surroundings
  const task: RootTask = { cache: cache.folder, run: { id: run.id, path: run.path, logs: run.logs } }
  // In our session: elsewhere sudo would not know that the password was typed.
  const child = spawn('sudo', ['--non-interactive', ...rootCommand(['node', JSON.stringify(task)])], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onStop(() => endRootProcess(child))
  const ask = createConversation(child)
  return {
    claim: async () => (await ask({ step: 'claim' })) as NodeNetwork,
    async startRuntime(parts) {
      const built = await Promise.all(programs.map(async (name) => [name, await build.binary(name)] as const))
      await ask({ step: 'startRuntime', parts, programs: Object.fromEntries(built) })
    },
    async startPrograms({ kubeconfig, kubeconfigOf, pki }) {
      const kubeconfigs = {
        admin: kubeconfig,
        kubelet: kubeconfigOf('kubelet'),
        'kube-proxy': kubeconfigOf('kube-proxy'),
      }
      await ask({ step: 'startPrograms', kubeconfigs, pki })
    },
  }
}

function rootCommand(args: readonly string[]): string[] {
  return [process.execPath, new URL('as-root.ts', import.meta.url).pathname, ...args]
}

/** One request at a time, each with one answer. */
function createConversation(child: ChildProcess): (request: RootRequest) => Promise<NodeNetwork | null> {
  const answers = createInterface({ input: child.stdout as NonNullable<typeof child.stdout> })[Symbol.asyncIterator]()
  return async (request) => {
    child.stdin?.write(`${JSON.stringify(request)}\n`)
    const { value, done } = await answers.next()
    if (done === true) throw new Error('The process that keeps the node ended.')
    const answer = JSON.parse(value) as RootAnswer
    if ('failed' in answer) throw new Error(answer.failed)
    return answer.done
  }
}

async function endRootProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.stdin?.end()
  await ended
}
