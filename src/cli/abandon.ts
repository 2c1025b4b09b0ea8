/** `tronador abandon`: Tronador's finalizer off objects, so that they can be deleted while what they made stays. */
import { type Command, Option } from 'commander'
import { type EnvironmentKind, environmentKinds } from '../api/environment-kind.ts'
import { type CliIo, forClusters } from './io.ts'
import { addClusterOption, type ClusterOptions, clusterHelp } from './user-cluster.ts'

interface Options extends ClusterOptions {
  readonly all?: boolean
  readonly kind?: EnvironmentKind
  readonly namespace: string
  readonly yes?: boolean
}

const help = `
The operator holds each object by a finalizer until all that it made is removed. Without an operator an object that is
deleted would wait for ever, and so would its definition (CRD). This command takes that finalizer off, and no other:
objects can be deleted then, and their namespaces and releases stay and run on, with nobody who looks after them. It
refuses while an operator is at work, which would put the finalizer back.

An object that comes back under the same name, by restoring a backup or through GitOps, takes its namespace over again
as it is. docs/guides/leaving.md has the whole way out and back.
${clusterHelp}
Examples:
  $ tronador abandon --all                          show which objects; changes nothing
  $ tronador abandon --all --yes                    do it
  $ tronador abandon shop-7-19f53e97 cart-3-0a1b2c3d --yes
`

/** Adds the command. */
export function register(program: Command, io: CliIo): void {
  const command = addClusterOption(program.command('abandon').helpGroup(forClusters))
  command
    .summary('let objects be deleted while what they made stays')
    .description('Takes Tronador’s finalizer off objects, so that they can be deleted while what they made stays.')
    .argument('[names...]', 'names of the environments')
    .option('--all', 'every Environment and EnvironmentProvisioner of the cluster')
    .addOption(new Option('--kind <kind>', 'objects of this kind alone').choices([...environmentKinds]))
    .option('--namespace <name>', 'the operator’s own namespace, where its lease lies', 'tronador-system')
    .option('--yes', 'do it; without this nothing is changed')
    .addHelpText('after', help)
    .action(async (names: string[], options: Options) => {
      if (names.length > 0 === (options.all ?? false)) command.error('tronador: give either names or --all')
      const { abandonObjects } = await import('./abandon-objects.ts')
      const { withCluster } = await import('./user-cluster.ts')
      await withCluster(options, io, async (cluster) => {
        const { kind, namespace, yes = false } = options
        const request = { names: options.all ? undefined : names, kind, namespace, isMeant: yes, now: io.now() }
        io.stdout(await abandonObjects(cluster, request))
      })
    })
}
