/** `tronador push`: one environment's object into the GitOps repository, in one commit. */
import type { Command } from 'commander'
import { TronadorError } from '../core/errors.ts'
import { addGitOpsOptions, commitChange, credentialsHelp, type GitOpsOptions } from './gitops-options.ts'
import { type CliIo, forPipelines } from './io.ts'
import { whyUnreadable } from './why-unreadable.ts'

const help = `
The object must be one Environment or EnvironmentProvisioner, as 'tronador render' prints it. A file that stands at
the path already keeps its names (metadata.name, releaseName, sourceRef.name), because under others what runs would be
made anew; a file there that is no environment is left alone.
${credentialsHelp}

Examples:
  $ tronador render … | tronador push --gitops-url https://git.example.com/acme/gitops.git \\
      --branch main --path acme/shop/pr-7.yaml --password-file /run/secrets/gitops-token
  $ tronador push --gitops-url git@git.example.com:acme/gitops.git --branch main \\
      --path acme/shop/pr-7.yaml --file environment.yaml --ssh-key-file id --known-hosts-file known_hosts
`

/** Adds the command. */
export function register(program: Command, io: CliIo): void {
  addGitOpsOptions(program.command('push').helpGroup(forPipelines))
    .summary('commit an environment to the GitOps repository')
    .description('Commits an environment’s object to the GitOps repository and prints the commit.')
    .option('--file <object>', 'the object; - for standard input', '-')
    .addHelpText('after', help)
    .action((options: GitOpsOptions & { readonly file: string }) => push(options, io))
}

async function push(options: GitOpsOptions & { readonly file: string }, io: CliIo): Promise<void> {
  const { maxObjectSize, putObject } = await import('./environment-object.ts')
  const text = await readObjectText(options.file, maxObjectSize, io)
  await commitChange(putObject(options.path, text), options, io)
}

async function readObjectText(file: string, limit: number, io: CliIo): Promise<string> {
  const name = file === '-' ? 'standard input' : file
  const bytes = await io.readFile(file, limit).catch((cause: NodeJS.ErrnoException) => {
    throw new TronadorError('GitObjectRefused', `${name} cannot be read: ${whyUnreadable(cause)}.`, {
      mend: 'Give a file that exists and may be read, or `-` for standard input.',
      cause,
    })
  })
  if (bytes.length > limit) throw new TronadorError('GitObjectRefused', `${name} is larger than ${limit} bytes.`)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new TronadorError('GitObjectRefused', `${name} is not UTF-8 text.`)
  }
}
