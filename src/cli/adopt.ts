/** `tronador adopt`: a person hands an existing namespace over to the environment that is named like it. */
import { type Command, Option } from 'commander'
import { type EnvironmentKind, environmentKinds } from '../api/environment-kind.ts'
import { checkName } from '../core/names.ts'
import { refuser } from './checked-arguments.ts'
import { type CliIo, forClusters } from './io.ts'
import { addOperatorSettings, type OperatorSettingsOptions } from './operator-settings.ts'
import { addClusterOption, type ClusterOptions, clusterHelp } from './user-cluster.ts'

interface Options extends OperatorSettingsOptions, ClusterOptions {
  readonly kind?: EnvironmentKind
  readonly namespace: string
  readonly yes?: boolean
}

const help = `
An environment whose namespace exists and is not provably its own says NamespaceConflict, and nothing in that namespace
is touched. (What an earlier Tronador made, or the predecessor of a restored object, it takes over by itself.) This
command shows what it would mean to take the namespace over: which labels change, which releases would be taken over,
left or uninstalled, what would be added. Only with --yes does it change anything, and then the namespace alone, if it
is still as it was shown; the operator does the rest.

From then on the namespace is the environment's: when that is deleted, it goes with everything in it.
${clusterHelp}
Give the options that the operator was started with, for what would follow depends on them.

Examples:
  $ tronador adopt shop-7-19f53e97                  show what would be done; changes nothing
  $ tronador adopt shop-7-19f53e97 --yes            do it
  $ tronador adopt shop-7 --kind EnvironmentProvisioner --kubeconfig admin.kubeconfig
`

/** Adds the command. */
export function register(program: Command, io: CliIo): void {
  const command = addClusterOption(addOperatorSettings(program.command('adopt').helpGroup(forClusters)))
  command
    .summary('hand an existing namespace over to an environment')
    .description('Shows what it means to hand an existing namespace over to an environment; does it with --yes.')
    .argument('<name>', 'name of the environment and of the namespace', refuser(command)(checkName))
    .addOption(new Option('--kind <kind>', 'which object, where both kinds have one').choices([...environmentKinds]))
    .option('--namespace <name>', 'the operator’s own namespace', 'tronador-system')
    .option('--yes', 'do it; without this nothing is changed')
    .addHelpText('after', help)
    .action(async (name: string, options: Options) => {
      const { adoptNamespace } = await import('./adopt-namespace.ts')
      const { withCluster } = await import('./user-cluster.ts')
      const engines = { Environment: options.environmentEngine, EnvironmentProvisioner: options.provisionerEngine }
      await withCluster(options, io, async (cluster) => {
        io.stdout(await adoptNamespace(cluster, { ...options, name, engines, isMeant: options.yes ?? false }))
      })
    })
}
