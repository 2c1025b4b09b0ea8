/**
 * The first step of every npm script: makes a fresh clone able to run, then hands over to the project's own Node. Plain
 * JavaScript without dependencies, for any Node from 20 on.
 *
 *   node scripts/run.mjs [--needs TIER] [--where-typed] FILE.ts [ARGUMENT…]
 *   node scripts/run.mjs --bin NAME [ARGUMENT…]
 *
 * npm runs its scripts in the clone; with --where-typed the program runs in the folder in which npm was called.
 */

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { withLock } from './lock.mjs'
import { describeMissing, findMissing, isOnPath } from './prerequisites.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const modules = join(root, 'node_modules')
const path = process.env.PATH ?? ''

process.exitCode = await main(process.argv.slice(2))

async function main(/** @type {string[]} */ args) {
  const named = args[0] === '--needs' ? args.splice(0, 2)[1] : 'none'
  const folder = args[0] === '--where-typed' && args.shift() ? process.env.INIT_CWD : undefined
  const need = args.includes('--help') ? 'none' : named
  const missing = findMissing(/** @type {import('./prerequisites.mjs').Need} */ (need), (name) => isOnPath(name, path))
  if (missing.length > 0) {
    console.error(describeMissing(missing))
    return 1
  }
  if (!isInstalled() && (await install()) !== 0) return 1
  const [program = '', ...rest] = args[0] === '--bin' ? [join(modules, '.bin', args[1] ?? ''), ...args.slice(2)] : args
  return handOver(args[0] === '--bin' ? program : join(root, program), rest, folder)
}

/** The dependencies are those of this lock file exactly when the stamp, written last, names it. */
function isInstalled() {
  const stamp = join(modules, '.stamp')
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === lockFileHash()
}

function lockFileHash() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
}

/** Installs once, even when two commands start at the same time. Resolves with the exit code. */
async function install() {
  const installed = async () => {
    if (isInstalled()) return 0
    console.error('Installing dependencies from package-lock.json (once) …')
    const code = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--progress=true'], root)
    if (code === 0) writeFileSync(join(modules, '.stamp'), lockFileHash())
    else console.error('npm could not install the dependencies; its own lines above say why.')
    return code
  }
  if (!isOnPath('flock', path)) return installed()
  // Named by the checkout, and outside of node_modules, which npm removes first.
  const locks = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'tronador', 'locks')
  mkdirSync(locks, { recursive: true })
  const lock = join(locks, `install-${createHash('sha256').update(root).digest('hex').slice(0, 12)}`)
  return withLock(lock, installed, {
    onWait: () => console.error('Waiting: another command installs the dependencies …'),
  })
}

/** Runs the program under the project's Node, which dies with us; resolves with its exit code. */
function handOver(
  /** @type {string} */ program,
  /** @type {string[]} */ args,
  /** @type {string | undefined} */ folder,
) {
  const node = join(modules, 'node', 'bin', 'node')
  return run(node, ['--disable-warning=ExperimentalWarning', program, ...args], folder)
}

/** Passes signals on, and takes the child along however we end. */
function run(/** @type {string} */ command, /** @type {string[]} */ args, /** @type {string | undefined} */ cwd) {
  const tied = isOnPath('setpriv', path)
    ? ['setpriv', '--pdeathsig', 'KILL', '--', command, ...args]
    : [command, ...args]
  const [first = command, ...rest] = tied
  const bin = join(modules, '.bin')
  const child = spawn(first, rest, { cwd, stdio: 'inherit', env: { ...process.env, PATH: `${bin}:${path}` } })
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
    process.on(signal, () => child.kill(signal))
  stopWithoutParent(() => child.kill('SIGTERM'))
  return new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(`${command} could not be started: ${error.message}`)
      resolve(1)
    })
    child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)))
  })
}

/** npm that is killed tells nobody: whoever it started notices by getting another parent. */
function stopWithoutParent(/** @type {() => void} */ stop) {
  if (process.env.npm_lifecycle_event === undefined || !existsSync('/proc/self/status')) return
  const line = ancestors()
  const timer = setInterval(() => {
    if (ancestors() === line) return
    clearInterval(timer)
    stop()
  }, 500)
  timer.unref()
}

/** Our parent and, since npm may run us through a shell that outlives it, that shell's parent. */
function ancestors() {
  const parent = process.ppid
  try {
    const status = readFileSync(`/proc/${parent}/status`, 'utf8')
    const isShell = /^Name:\s*\w*sh$/m.test(status)
    return isShell ? `${parent} ${/^PPid:\s*(\d+)$/m.exec(status)?.[1]}` : `${parent}`
  } catch {
    return ''
  }
}
