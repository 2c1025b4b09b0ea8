/** Runs the `git` program: by argv, never through a shell, with nothing of the machine's own configuration. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { TronadorError } from '../../core/errors.ts'

/** What a finished git process left. */
export interface GitResult {
  /** Exit code; undefined where it was killed. */
  readonly code: number | undefined
  readonly stdout: Buffer
  /** In English, at most 64 KiB. */
  readonly stderr: string
  readonly timedOut: boolean
}

export interface GitProcessOptions {
  /** Where git finds itself, a proxy and certificate authorities; all other variables are dropped. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Folder that git takes for HOME; nothing is looked up elsewhere. */
  readonly home: string
  /** Configuration of this target, for example its credential: seen by git alone, in no argument and no file. */
  readonly config: Readonly<Record<string, string>>
  /** Variables of this target, for example the ssh program. */
  readonly variables: Readonly<Record<string, string>>
  readonly allowedProtocols: string
  /** Milliseconds that one git process may take. */
  readonly timeout: number
  /** Ends every git process when it aborts. */
  readonly stop?: AbortSignal | undefined
}

/** Git in one bare repository. Rejects only where the program cannot be run at all. */
export interface GitProcess {
  run(folder: string, args: readonly string[], input?: string): Promise<GitResult>
  /** A git process to talk with; it is killed when `timeout` passes or `stop` aborts. */
  start(folder: string, args: readonly string[]): ChildProcessWithoutNullStreams
}

const maxOutput = 64 * 1024 * 1024
const maxErrorText = 64 * 1024

const handedOn = [
  'PATH',
  'HTTPS_PROXY',
  'https_proxy',
  'http_proxy',
  'NO_PROXY',
  'no_proxy',
  'ALL_PROXY',
  'all_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
]

/** Hooks, submodules, helpers, redirects and housekeeping off: a mirror is fetched, added to, pushed, thrown away. */
const baseConfig = {
  'core.hooksPath': '/dev/null',
  'core.fsmonitor': 'false',
  'core.askPass': '',
  'credential.helper': '',
  'http.followRedirects': 'false',
  'http.lowSpeedLimit': '1',
  'http.lowSpeedTime': '60',
  'submodule.recurse': 'false',
  'fetch.recurseSubmodules': 'false',
  'push.gpgSign': 'false',
  'gc.auto': '0',
  'maintenance.auto': 'false',
  'pack.threads': '1',
}

/** Git with the given options. */
export function createGitProcess(options: GitProcessOptions): GitProcess {
  const env = environmentFor(options)

  function start(folder: string, args: readonly string[]): ChildProcessWithoutNullStreams {
    // A process group of its own, so that a timeout reaches git's helpers too.
    // The root is always there; a folder that somebody has tidied away would read as a missing program.
    const child = spawn('git', args, { cwd: '/', env: { ...env, GIT_DIR: folder }, detached: true })
    const end = () => kill(child)
    const timer = setTimeout(end, options.timeout)
    options.stop?.addEventListener('abort', end)
    const forget = () => {
      clearTimeout(timer)
      options.stop?.removeEventListener('abort', end)
    }
    child.once('close', forget)
    child.once('error', forget)
    if (options.stop?.aborted === true) end()
    // A process that ends early closes its input; its exit code says what happened.
    child.stdin.on('error', () => {})
    return child
  }

  function run(folder: string, args: readonly string[], input = ''): Promise<GitResult> {
    return new Promise((resolve, reject) => {
      const started = performance.now()
      const child = start(folder, args)
      const chunks: Buffer[] = []
      let size = 0
      child.stdout.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size <= maxOutput) chunks.push(chunk)
        else kill(child)
      })
      const errors = collectErrors(child)
      child.once('error', (error: NodeJS.ErrnoException) => reject(explainSpawn(error)))
      child.once('close', (code) => {
        const timedOut = code === null && performance.now() - started >= options.timeout
        resolve({ code: code ?? undefined, stdout: Buffer.concat(chunks), stderr: errors(), timedOut })
      })
      child.stdin.end(input)
    })
  }

  return { run, start }
}

/** Collects what a process writes to standard error, bounded; the returned function gives it so far. */
export function collectErrors(child: ChildProcessWithoutNullStreams): () => string {
  let text = ''
  child.stderr.on('data', (chunk: Buffer) => {
    if (text.length < maxErrorText) text += chunk.toString('utf8')
  })
  return () => text.slice(0, maxErrorText)
}

/** The error for a git program that cannot be started. */
export function explainSpawn(error: NodeJS.ErrnoException): TronadorError {
  if (error.code === 'ENOENT') {
    return new TronadorError('GitProgramMissing', 'The program `git` is not in the folders of PATH.', { cause: error })
  }
  return new TronadorError('GitFailed', `The program git cannot be started: ${error.code ?? error.message}.`)
}

function environmentFor(options: GitProcessOptions): Record<string, string> {
  const env: Record<string, string> = {
    LC_ALL: 'C',
    HOME: options.home,
    XDG_CONFIG_HOME: options.home,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: options.allowedProtocols,
    ...options.variables,
  }
  for (const name of handedOn) {
    const value = options.environment[name]
    if (value !== undefined) env[name] = value
  }
  const config = Object.entries({ ...baseConfig, ...options.config })
  env.GIT_CONFIG_COUNT = String(config.length)
  config.forEach(([key, value], index) => {
    env[`GIT_CONFIG_KEY_${index}`] = key
    env[`GIT_CONFIG_VALUE_${index}`] = value
  })
  return env
}

function kill(child: ChildProcessWithoutNullStreams): void {
  if (child.pid === undefined || child.exitCode !== null) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It ended in between.
  }
}
