/** `tronador operator`: environments in the cluster become what their objects ask for. */
import { hostname } from 'node:os'
import type { Command } from 'commander'
import { type CliIo, forClusters, type Register } from './io.ts'
import { readConcurrency, readPort } from './number-options.ts'
import { addOperatorSettings, type OperatorSettingsOptions } from './operator-settings.ts'

interface Options extends OperatorSettingsOptions {
  readonly kubeconfig?: string
  readonly namespace?: string
  readonly healthPort?: number
  readonly concurrency: number
  readonly leaderElection: boolean
}

const help = `
For every Environment and EnvironmentProvisioner it makes a namespace and a Helm release in it, and says in the
object's status how far they are. When the object is deleted it removes them in order: the release first, then its
source, then the namespace. What is not its own it leaves alone.

It acts with the rights of its service account (deploy/operator.yaml). A preview acts with those of its own namespace
(deploy/confined.yaml), unless its repository is trusted:

  $ tronador operator --trusted-repositories git.example.com/acme/platform,git.example.com/acme/shop

Flux runs the releases, or Helm Operator: 'auto' takes Helm Operator where the cluster serves it. That one acts with
its own rights and cannot confine a preview. What runs is handed over when the engine changes, without a restart.

Several may run; one at a time works. It logs JSON to standard output (LOG_LEVEL: debug, info, warn, error) and ends
in order on SIGTERM.

Examples:
  $ tronador operator                                              in a pod, as itself
  $ tronador operator --kubeconfig ~/.kube/config --no-leader-election --health-port 8081
`

/** Adds the command. */
export const register: Register = (program: Command, io: CliIo) => {
  addOperatorSettings(program.command('operator'))
    .helpGroup(forClusters)
    .summary('make and remove environments in the cluster')
    .description('Makes, updates and removes the environments that the cluster’s Environment objects ask for.')
    .option('--kubeconfig <file>', 'how to reach the cluster; a pod’s own service account where absent')
    .option('--namespace <name>', 'the operator’s own namespace; the kubeconfig’s or pod’s where absent')
    .option('--health-port <port>', 'serve /healthz, /readyz and /metrics there', readPort)
    .option('--concurrency <number>', 'how many environments to work on at a time', readConcurrency, 16)
    .option('--no-leader-election', 'work at once, where only one operator can be')
    .addHelpText('after', help)
    .action(async (options: Options) => {
      // Asked for first: from here on SIGTERM is heard, also while the rest is loaded.
      const { stop } = io
      const { runOperator } = await import('../operator/run.ts')
      const instance = `${hostname()}-${io.random().toString(36).slice(2, 8)}`
      const engines = { Environment: options.environmentEngine, EnvironmentProvisioner: options.provisionerEngine }
      await runOperator({ ...options, engines, instance, env: io.env, stop, version: io.version })
    })
}
