/** The credential for the GitOps repository: from files, or from the environment, never from an argument. */
import { join } from 'node:path'
import { TronadorError } from '../core/errors.ts'
import type { GitCredentials } from '../gitops/git.ts'
import type { CliIo } from './io.ts'
import { whyUnreadable } from './why-unreadable.ts'

/** The options that say where it is. */
export interface CredentialOptions {
  readonly gitopsUrl: string
  readonly username?: string
  readonly passwordFile?: string
  readonly sshKeyFile?: string
  readonly knownHostsFile?: string
  readonly credentialsFolder?: string
}

const maxSecretSize = 64 * 1024

/** The credential, undefined where none is given. Throws GitAuthenticationFailed for a half one. */
export async function readCredentials(options: CredentialOptions, io: CliIo): Promise<GitCredentials | undefined> {
  if (options.sshKeyFile !== undefined || options.knownHostsFile !== undefined) return readSshCredentials(options, io)
  if (options.passwordFile !== undefined) {
    return withPassword(withoutLineBreak(await readSecret(options.passwordFile, io)), options.username, io)
  }
  if (options.credentialsFolder) return await readFolder(options.credentialsFolder, options, io)
  return withPassword(io.env.TRONADOR_GITOPS_PASSWORD, options.username, io)
}

/** What git is told of the authority in `ca.crt` of the credentials' folder, where there is one: it alone is trusted. */
export async function readAuthority(options: CredentialOptions, io: CliIo): Promise<Record<string, string>> {
  if (!options.credentialsFolder) return {}
  const path = join(options.credentialsFolder, 'ca.crt')
  try {
    return { GIT_SSL_CAINFO: await io.realPath(path) }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw unreadable(path, cause as NodeJS.ErrnoException)
  }
}

function withPassword(
  password: string | undefined,
  username: string | undefined,
  io: CliIo,
): GitCredentials | undefined {
  if (password === undefined || password === '') return undefined
  return { kind: 'password', username: username ?? io.env.TRONADOR_GITOPS_USERNAME ?? 'tronador', password }
}

async function readSshCredentials(options: CredentialOptions, io: CliIo): Promise<GitCredentials> {
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

/** The keys are those of Kubernetes' own types of Secret, of the `Repository` kind and of Tekton's `basic-auth`. */
async function readFolder(folder: string, options: CredentialOptions, io: CliIo): Promise<GitCredentials | undefined> {
  const find = (name: string) => readSecretIfAny(join(folder, name), io)
  const password = await find('password')
  if (password !== undefined) {
    const username = options.username ?? (await find('username').then((text) => text && withoutLineBreak(text)))
    return withPassword(withoutLineBreak(password), username || undefined, io)
  }
  const privateKey = (await find('identity')) ?? (await find('ssh-privatekey'))
  if (privateKey !== undefined) {
    const knownHosts = await find('known_hosts')
    if (knownHosts !== undefined) return { kind: 'ssh', privateKey, knownHosts }
    throw new TronadorError('GitAuthenticationFailed', `The folder ${folder} has an ssh key and no known_hosts.`, {
      mend: 'Add the host’s key under `known_hosts`, as ssh-keyscan prints it: it proves the host to us.',
    })
  }
  const lines = await find('.git-credentials')
  const credentials = lines === undefined ? undefined : findStored(lines, options)
  if (credentials !== undefined) return credentials
  throw new TronadorError('GitAuthenticationFailed', `The folder ${folder} holds no credential for the repository.`, {
    mend: 'Mount a Secret with `password` and `username`, with `identity` and `known_hosts`, or with a `.git-credentials` that has a line for the repository’s host.',
  })
}

/** The first line of a credential store whose scheme, host and port are the repository's, and whose user is the one asked for. */
function findStored(lines: string, { gitopsUrl, username }: CredentialOptions): GitCredentials | undefined {
  const wanted = URL.parse(gitopsUrl)
  for (const line of lines.split(/\r?\n/)) {
    const stored = URL.parse(line)
    if (stored === null || stored.protocol !== wanted?.protocol || stored.host !== wanted.host) continue
    const [user, password] = [decode(stored.username), decode(stored.password)]
    if (password === '' || (username !== undefined && user !== username)) continue
    return { kind: 'password', username: user || 'tronador', password }
  }
  return undefined
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function withoutLineBreak(text: string): string {
  return text.replace(/\r?\n$/, '')
}

async function readSecretIfAny(path: string, io: CliIo): Promise<string | undefined> {
  return await readText(path, io).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined
    throw unreadable(path, cause)
  })
}

async function readSecret(path: string, io: CliIo): Promise<string> {
  return await readText(path, io).catch((cause: NodeJS.ErrnoException) => {
    throw unreadable(path, cause)
  })
}

async function readText(path: string, io: CliIo): Promise<string> {
  return new TextDecoder().decode(await io.readFile(path, maxSecretSize))
}

function unreadable(path: string, cause: NodeJS.ErrnoException): TronadorError {
  return new TronadorError(
    'GitAuthenticationFailed',
    `The credential’s file ${path} cannot be read: ${whyUnreadable(cause)}.`,
    { mend: 'Give a file that exists and that this user may read.', cause },
  )
}
