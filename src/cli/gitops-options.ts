/** The options that `push` and `remove` share, and the one change they make. */
import { tmpdir } from 'node:os'
import type { Command } from 'commander'
import { TronadorError } from '../core/errors.ts'
import type { FileChange } from '../gitops/gitops.ts'
import { sleep, systemClock } from '../kube/clock.ts'
import { type CredentialOptions, readAuthority, readCredentials } from './gitops-credentials.ts'
import type { CliIo } from './io.ts'
import { writeOutput } from './output-file.ts'

/** What the shared options hold. */
export interface GitOpsOptions extends CredentialOptions {
  readonly branch: string
  readonly path: string
  readonly allowHttp?: boolean
  readonly outputFile?: string
}

/** Help that both commands end with. */
export const credentialsHelp = `
Credentials, never as an argument that others on the machine could read:
  https  --password-file FILE, or TRONADOR_GITOPS_PASSWORD in the environment; the user name by --username or
         TRONADOR_GITOPS_USERNAME (any name where the password is a token)
  ssh    --ssh-key-file FILE and --known-hosts-file FILE; unknown hosts are refused
  both   --credentials-folder FOLDER, where a Secret is mounted: 'password' and 'username'; or 'identity' (or
         'ssh-privatekey') and 'known_hosts'; or '.git-credentials', of which the line for the URL's host counts.
         An empty text stands for none. Beside it 'ca.crt' may lie, the authority that the host's certificate is by

The branch must exist. The change is one commit on top of whatever others push meanwhile, never forced; where
nothing changes there is no commit. The commit that holds the change is printed.`

/** Adds the shared options. */
export function addGitOpsOptions(command: Command): Command {
  return command
    .requiredOption('--gitops-url <url>', 'clone URL of the GitOps repository (https://…, ssh://… or git@host:…)')
    .requiredOption('--branch <name>', 'the branch that Argo CD or Flux follows')
    .requiredOption('--path <file>', 'the environment’s file in the repository, such as acme/shop/pr-7.yaml')
    .option('--username <name>', 'user name for https')
    .option('--password-file <file>', 'file with the password or token for https')
    .option('--ssh-key-file <file>', 'file with the private key for ssh')
    .option('--known-hosts-file <file>', 'file with the host’s key for ssh, as ssh-keyscan prints it')
    .option('--credentials-folder <folder>', 'folder of a mounted Secret with the credential, whichever it is')
    .option('--output-file <file>', 'also write the commit to this file, without a line break')
    .option('--allow-http', 'allow plain http to another machine: everyone on the way can read the credential')
}

/** Makes one change, prints the commit to standard output and, where there was nothing to do, says so. */
export async function commitChange(change: FileChange, options: GitOpsOptions, io: CliIo): Promise<void> {
  const { createGit } = await import('../gitops/git.ts')
  const git = createGit({
    folder: tmpdir(),
    environment: { ...io.env, ...(await readAuthority(options, io)) },
    now: io.now,
    random: io.random,
    sleep: (milliseconds) => sleep(systemClock, milliseconds, io.stop),
    allowHttp: options.allowHttp ?? false,
    stop: io.stop,
  })
  try {
    const credentials = await readCredentials(options, io)
    const gitops = await git.open({ url: options.gitopsUrl, branch: options.branch, credentials })
    const pushed = await gitops.change(change)
    io.stdout(`${pushed.commit}\n`)
    if (options.outputFile !== undefined) await writeOutput(options.outputFile, pushed.commit, io)
    if (!pushed.changed) io.stderr(`${options.path} is as wanted already; no commit was made.\n`)
  } catch (error) {
    throw io.stop.aborted ? interrupted(options, error) : error
  } finally {
    await git.close()
  }
}

function interrupted(options: GitOpsOptions, cause: unknown): TronadorError {
  const text = `Stopped before it was known whether ${options.path} is as wanted in the GitOps repository.`
  return new TronadorError('GitInterrupted', text, { cause })
}
