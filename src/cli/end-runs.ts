/** `tronador end-runs`: ends the PipelineRuns of a pull request, or those of other commits than one. */
import type { Command } from 'commander'
import { checkCommit, checkPullRequestNumber } from '../core/change.ts'
import { repositoryIdentity } from '../core/identity.ts'
import { checkName } from '../core/names.ts'
import { ifAny, refuser } from './checked-arguments.ts'
import { type CliIo, forPipelines } from './io.ts'
import { addClusterOption, type ClusterOptions, clusterHelp } from './user-cluster.ts'

interface Options extends ClusterOptions {
  readonly namespace: string
  readonly repositoryUrl: ReturnType<typeof repositoryIdentity>
  readonly pullRequest: number
  readonly keepCommit?: string
  readonly beforeTaskRun?: string
}

const help = `
A run that goes on after its pull request was closed would push the environment once more, and one of an older commit
may push after the newer one. This ends them (CancelledRunFinally: what their pipelines do finally is done) and waits, ten
minutes at most, until they are over and none of their pods is left that could push. The name of each goes to standard
output.

Runs are told by their parameters gitUrl, prNumber and gitRevision, as Tronador's own pipelines take them.
${clusterHelp}
Examples:
  $ tronador end-runs --namespace previews --repository-url https://git.example.com/acme/shop --pull-request 7
  $ tronador end-runs … --keep-commit "$(git rev-parse HEAD)"     all but those of this commit
  $ tronador end-runs … --before-task-run end-runs-x7k2p          none that was started after that TaskRun
`

/** Adds the command. */
export function register(program: Command, io: CliIo): void {
  const command = addClusterOption(program.command('end-runs').helpGroup(forPipelines))
  const checked = refuser(command)
  command
    .summary('end a pull request’s PipelineRuns')
    .description('Ends the PipelineRuns of a pull request, or those of other commits than one.')
    .requiredOption('--namespace <name>', 'where the runs are', checked(checkName))
    .requiredOption('--repository-url <url>', 'the application’s repository', checked(repositoryIdentity))
    .requiredOption('--pull-request <number>', 'the pull request’s number', checked(checkPullRequestNumber))
    .option(
      '--keep-commit <sha>',
      'leave the runs of this commit; an empty text leaves none',
      checked(ifAny(checkCommit)),
    )
    .option('--before-task-run <name>', 'leave the runs that are not older than this TaskRun')
    .addHelpText('after', help)
    .action(async (options: Options) => {
      const { endRuns } = await import('./end-pipeline-runs.ts')
      const { systemClock } = await import('../kube/clock.ts')
      const { withCluster } = await import('./user-cluster.ts')
      await withCluster(options, io, async (cluster) => {
        const { repositoryUrl: identity, pullRequest: number } = options
        const ended = await endRuns(cluster, { ...options, identity, number, clock: systemClock })
        io.stdout(ended.map((name) => `${name}\n`).join(''))
      })
    })
}
