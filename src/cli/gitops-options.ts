/** The options that `push` and `remove` share, and the one change they make. */
import { tmpdir } from 'node:os'
import type { Command } from 'commander'
import { TronadorError } from '../core/errors.ts'
import type { GitCredentials } from '../gitops/git.ts'
import type { FileChange } from '../gitops/gitops.ts'
import { sleep, systemClock } from '../kube/clock.ts'
import type { CliIo } from './io.ts'

/** What the shared options hold. */
export interface GitOpsOptions {
  readonly gitopsUrl: string
  readonly branch: string
  readonly path: string
  readonly username?: string
  readonly passwordFile?: string
  readonly sshKeyFile?: string
  readonly knownHostsFile?: string
  readonly allowHttp?: boolean
}

/** Help that both commands end with. */
export const credentialsHelp = `
Credentials, never as an argument that others on the machine could read:
  https  --password-file FILE, or TRONADOR_GITOPS_PASSWORD in the environment; the user name by --username or
         TRONADOR_GITOPS_USERNAME (any name where the password is a token)
  ssh    --ssh-key-file FILE and --known-hosts-file FILE; unknown hosts are refused

The branch must exist. The change is one commit on top of whatever others push meanwhile, never forced; where
nothing changes there is no commit. The commit that holds the change is printed.`

const maxSecretSize = 64 * 1024

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
    .option('--allow-http', 'allow plain http to another machine: everyone on the way can read the credential')
}

/** Makes one change, prints the commit to standard output and, where there was nothing to do, says so. */
export async function commitChange(change: FileChange, options: GitOpsOptions, io: CliIo): Promise<void> {
  const { createGit } = await import('../gitops/git.ts')
  const git = createGit({
    folder: tmpdir(),
    environment: io.env,
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

/** The credential, undefined where none is given. Throws GitAuthenticationFailed for a half one. */
export async function readCredentials(options: GitOpsOptions, io: CliIo): Promise<GitCredentials | undefined> {
  if (options.sshKeyFile !== undefined || options.knownHostsFile !== undefined) return readSshCredentials(options, io)
  const password =
    options.passwordFile === undefined
      ? io.env.TRONADOR_GITOPS_PASSWORD
      : await readSecret(options.passwordFile, io).then((text) => text.replace(/\r?\n$/, ''))
  if (password === undefined || password === '') return undefined
  return { kind: 'password', username: options.username ?? io.env.TRONADOR_GITOPS_USERNAME ?? 'tronador', password }
}

async function readSshCredentials(options: GitOpsOptions, io: CliIo): Promise<GitCredentials> {
  if (options.sshKeyFile === undefined || options.knownHostsFile === undefined) {
    throw new TronadorError('GitAuthenticationFailed', 'Of --ssh-key-file and --known-hosts-file only one is given.', {
      mend: 'Give both: the key proves us to the host, the known hosts prove the host to us.',
    })
  }
  const [privateKey, knownHosts] = await Promise.all([
    readSecret(options.sshKeyFile, io),
    readSecret(options.knownHostsFile, io),
  ])
  return { kind: 'ssh', privateKey, knownHosts }
}

async function readSecret(path: string, io: CliIo): Promise<string> {
  const bytes = await io.readFile(path, maxSecretSize).catch((cause: NodeJS.ErrnoException) => {
    throw new TronadorError('GitAuthenticationFailed', `The credential’s file ${path} cannot be read: ${cause.code}.`, {
      mend: 'Give a file that exists and that this user may read.',
    })
  })
  return new TextDecoder().decode(bytes)
}
