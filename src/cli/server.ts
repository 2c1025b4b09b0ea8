/** `tronador server`: webhooks in; commits, comments and statuses out. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import { type CliIo, forClusters, type Register } from './io.ts'
import { readConcurrency, readPort } from './number-options.ts'

interface Options {
  readonly kubeconfig?: string
  readonly namespace?: string
  readonly listen: { readonly host: string; readonly port: number }
  readonly healthPort?: number
  readonly concurrency: number
  readonly dataFolder: string
}

const help = `
It serves the Repository objects of one namespace: POST /webhooks/NAMESPACE/NAME takes their webhooks.
Run one of it: two would write each comment twice.

Example:
  $ tronador server --kubeconfig ~/.kube/config --namespace tronador-system --listen 0.0.0.0:8080
`

/** Adds the command. */
export const register: Register = (program: Command, io: CliIo) => {
  program
    .command('server')
    .helpGroup(forClusters)
    .summary('receive webhooks, commit environments, report on pull requests')
    .description('Receives webhooks of pull requests, commits their environments and reports on them.')
    .option('--kubeconfig <file>', 'how to reach the cluster; a pod’s own service account where absent')
    .option('--namespace <name>', 'whose Repository objects and Secrets to use; the kubeconfig’s or pod’s where absent')
    .addOption(
      new Option('--listen <host:port>', 'where webhooks come in')
        .argParser(readAddress)
        .default({ host: '0.0.0.0', port: 8080 }, '0.0.0.0:8080'),
    )
    .option('--health-port <port>', 'serve /healthz, /readyz and /metrics there', readPort)
    .option('--concurrency <number>', 'how many pull requests to work on at a time', readConcurrency, 16)
    .option('--data-folder <folder>', 'where copies of GitOps repositories may lie', '/tmp')
    .addHelpText('after', help)
    .action(async (options: Options) => {
      // Asked for first: from here on SIGTERM is heard, also while the rest is loaded.
      const { stop } = io
      const { runServer } = await import('../server/run.ts')
      await runServer({ ...options, env: io.env, stop, version: io.version })
    })
}

function readAddress(text: string): Options['listen'] {
  const [, host, port] = /^(?:(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):)?(\d+)$/.exec(text) ?? []
  if (port === undefined) throw new InvalidArgumentError('Give HOST:PORT, such as 0.0.0.0:8080.')
  return { host: host?.replace(/^\[|\]$/g, '') ?? '0.0.0.0', port: readPort(port) }
}
