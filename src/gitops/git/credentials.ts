/** How git gets to know a credential: in no argument, in no configuration on disk, and only for its own host. */
import { Buffer } from 'node:buffer'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TronadorError } from '../../core/errors.ts'
import type { GitUrl } from '../target.ts'

/** A user name with password or token (https), or a private key with the hosts it trusts (ssh). */
export type GitCredentials =
  | { readonly kind: 'password'; readonly username: string; readonly password: string }
  | { readonly kind: 'ssh'; readonly privateKey: string; readonly knownHosts: string }

/** What to hand to the git process for one target, and what must never be seen in any text. */
export interface PreparedCredentials {
  readonly config: Readonly<Record<string, string>>
  readonly variables: Readonly<Record<string, string>>
  readonly secrets: readonly string[]
}

/** Prepares the credential for one URL; `folder` (mode 0700) takes the ssh files. */
export async function prepareCredentials(
  url: GitUrl,
  credentials: GitCredentials | undefined,
  folder: string,
): Promise<PreparedCredentials> {
  if (url.protocol === 'ssh') return prepareSsh(credentials, folder)
  if (credentials === undefined) return { config: {}, variables: {}, secrets: [] }
  if (credentials.kind === 'ssh') {
    throw new TronadorError('GitAuthenticationFailed', `An SSH key does not fit the ${url.protocol} URL ${url.text}.`, {
      mend: 'Give a user name and token, or an ssh URL.',
    })
  }
  return preparePassword(url, credentials.username, credentials.password)
}

function preparePassword(url: GitUrl, username: string, password: string): PreparedCredentials {
  if (/[:\p{Cc}]/u.test(username) || /\p{Cc}/u.test(password)) {
    throw new TronadorError(
      'GitAuthenticationFailed',
      `The credential for ${url.origin} holds a colon or line break.`,
      {
        mend: 'Check the Secret or file: the user name without colon, the token without line breaks.',
      },
    )
  }
  const basic = Buffer.from(`${username}:${password}`, 'utf8').toString('base64')
  return {
    config: { [`http.${url.origin}.extraHeader`]: `Authorization: Basic ${basic}` },
    variables: {},
    secrets: [password, basic, encodeURIComponent(password)],
  }
}

/**
 * Git runs GIT_SSH without a shell but also without arguments, and ssh takes its options from no variable. So GIT_SSH
 * is a file of ours, run by this very Node, that puts our configuration in front of git's arguments.
 */
async function prepareSsh(credentials: GitCredentials | undefined, folder: string): Promise<PreparedCredentials> {
  if (credentials?.kind !== 'ssh') {
    throw new TronadorError('GitAuthenticationFailed', 'The ssh URL needs a private key and the known hosts.', {
      mend: 'Give the key’s file and a known_hosts file, or an https URL with a token.',
    })
  }
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const files = { config: join(folder, 'config'), key: join(folder, 'key'), hosts: join(folder, 'known_hosts') }
  const program = join(folder, 'ssh.cjs')
  await Promise.all([
    writeFile(files.key, `${credentials.privateKey.trim()}\n`, { mode: 0o600 }),
    writeFile(files.hosts, `${credentials.knownHosts.trim()}\n`, { mode: 0o600 }),
    writeFile(files.config, sshConfig(files.key, files.hosts), { mode: 0o600 }),
    writeFile(program, sshProgram(process.execPath, files.config), { mode: 0o700 }),
  ])
  return {
    config: {},
    variables: { GIT_SSH: program, GIT_SSH_VARIANT: 'ssh' },
    secrets: [credentials.privateKey.trim()],
  }
}

/** ssh's whole configuration: one key, strict host keys, nothing asked, nothing forwarded, nothing of the user's. */
export function sshConfig(keyFile: string, knownHostsFile: string): string {
  return `${[
    'Host *',
    `  IdentityFile "${keyFile}"`,
    '  IdentitiesOnly yes',
    '  IdentityAgent none',
    '  PreferredAuthentications publickey',
    `  UserKnownHostsFile "${knownHostsFile}"`,
    '  GlobalKnownHostsFile /dev/null',
    '  StrictHostKeyChecking yes',
    '  UpdateHostKeys no',
    '  BatchMode yes',
    '  ClearAllForwardings yes',
    '  ForwardAgent no',
    '  PermitLocalCommand no',
    '  ConnectTimeout 15',
    '  ServerAliveInterval 15',
    '  LogLevel ERROR',
  ].join('\n')}\n`
}

function sshProgram(node: string, configFile: string): string {
  return `#!${node}
const { spawn } = require('node:child_process')
const child = spawn('ssh', ['-F', ${JSON.stringify(configFile)}, ...process.argv.slice(2)], { stdio: 'inherit' })
child.once('error', (error) => {
  console.error('ssh cannot be started: ' + error.code)
  process.exit(255)
})
child.once('exit', (code) => process.exit(code ?? 255))
`
}
