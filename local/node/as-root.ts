/**
 * The process that runs under sudo: `rights FOLDER`, `sweep ID PATH`, or `node TASK`, which takes the steps it reads
 * from its input and undoes them when that ends.
 */

import { createInterface } from 'node:readline'
import { createClient } from '../../src/kube/client.ts'
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts'
import type { ControlPlane } from '../control-plane.ts'
import { startProcess } from '../process.ts'
import { type MachineSurroundings, type RootSteps, stepsAsRoot, sweepMachine } from './machine.ts'
import { nodeRights } from './rights.ts'
import type { RootAnswer, RootRequest, RootTask } from './sudo.ts'

const [command, ...args] = process.argv.slice(2) as [string, ...string[]]

if (command === 'rights') console.log(JSON.stringify(await nodeRights(args[0] as string)))
if (command === 'sweep') await sweepMachine({ id: args[0] as string, path: args[1] as string })
if (command === 'node') await keepNode(JSON.parse(args[0] as string) as RootTask)

async function keepNode(task: RootTask): Promise<void> {
  // Ctrl-C reaches the whole terminal; our end is the end of our input.
  process.on('SIGINT', () => {})
  const endings: (() => Promise<void> | void)[] = []
  const programs = new Map<string, string>()
  const surroundings: MachineSurroundings = {
    cache: { folder: task.cache },
    run: task.run,
    build: { binary: async (component) => programs.get(component) as string },
    onStop: (work) => endings.push(work),
    async start(options) {
      const logs = task.run.logs
      const running = await startProcess({ ...options, logs, onStarted: ({ stop }) => endings.push(stop) })
      void running.died.then((error) => console.error(error.message))
      return running
    },
  }
  const steps = stepsAsRoot(surroundings)
  try {
    for await (const line of createInterface({ input: process.stdin })) {
      const request = JSON.parse(line) as RootRequest
      if (request.step === 'startRuntime') {
        for (const [name, path] of Object.entries(request.programs)) programs.set(name, path)
      }
      process.stdout.write(`${JSON.stringify(await take(steps, request))}\n`)
    }
  } finally {
    for (let end = endings.pop(); end !== undefined; end = endings.pop()) await end()
  }
  process.exit()
}

async function take(steps: RootSteps, request: RootRequest): Promise<RootAnswer> {
  try {
    if (request.step === 'claim') return { done: await steps.claim() }
    if (request.step === 'startRuntime') await steps.startRuntime(request.parts)
    else await steps.startPrograms(await controlPlaneOf(request))
    return { done: null }
  } catch (error) {
    return { failed: (error as Error).message }
  }
}

async function controlPlaneOf({
  kubeconfigs,
  pki,
}: Extract<RootRequest, { step: 'startPrograms' }>): Promise<ControlPlane> {
  const config = await loadKubeconfig(kubeconfigs.admin)
  return {
    server: config.server,
    kubeconfig: kubeconfigs.admin,
    client: createClient(config),
    pki,
    kubeconfigOf: (identity) => kubeconfigs[identity as keyof typeof kubeconfigs],
  }
}
