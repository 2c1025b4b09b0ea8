/** `tronador remove`: one environment's file out of the GitOps repository, in one commit. */
import type { Command } from 'commander'
import { addGitOpsOptions, commitChange, credentialsHelp, type GitOpsOptions } from './gitops-options.ts'
import { type CliIo, forPipelines } from './io.ts'

const help = `
Removes the environment whose file stands at the path: Argo CD or Flux takes the object away, and Tronador all that
belongs to it. Where there is no such file nothing happens; a file there that is no environment is left alone.
${credentialsHelp}

Example:
  $ tronador remove --gitops-url https://git.example.com/acme/gitops.git --branch main \\
      --path acme/shop/pr-7.yaml --password-file /run/secrets/gitops-token
`

/** Adds the command. */
export function register(program: Command, io: CliIo): void {
  addGitOpsOptions(program.command('remove').helpGroup(forPipelines))
    .summary('remove an environment from the GitOps repository')
    .description('Removes an environment’s file from the GitOps repository and prints the commit.')
    .addHelpText('after', help)
    .action(async (options: GitOpsOptions) => {
      const { removeObject } = await import('./environment-object.ts')
      await commitChange(removeObject(options.path), options, io)
    })
}
