/**
 * Runs the Go compiler on one module of `local/modules`: what it prints becomes progress, what it cannot compile
 * becomes an error. Go itself checks every download against the sums in `go.sum`.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Cache } from './cache.ts'
import type { Module } from './pins.ts'
import { lastOf } from './process.ts'
import type { Stage } from './progress.ts'

/** What one run of `go install` needs to know. */
export interface Compilation {
  readonly cache: Cache
  readonly module: Module
  /** Folder of the module's `go.mod`. */
  readonly folder: string
  /** Go packages to build, those first that are needed first. */
  readonly packages: readonly string[]
  /** Folder the programs are put into, each at once and whole. */
  readonly bin: string
  /** Folder for Go's own temporary files; on the file system of `bin`, so that a program appears by renaming. */
  readonly work: string
  readonly stage: Stage
  /** Ends the compiler. */
  readonly signal: AbortSignal
}

/** Downloads and compiles. Rejects with the compiler's own lines. */
export async function compile(compilation: Compilation): Promise<void> {
  const { module, packages, stage } = compilation
  const planned = new Set(await listStalePackages(compilation))
  let started = 0
  await runGo(
    compilation,
    ['install', '-v', '-toolexec=setpriv --pdeathsig KILL', ...buildFlags(module), linkFlag(compilation), ...packages],
    (line) => {
      if (!planned.has(line)) return false
      // Go names a package when it begins with it.
      stage.advance(started++, planned.size)
      stage.update(line)
      return true
    },
  )
}

/** Downloads what these packages need, without compiling. */
export async function download(compilation: Omit<Compilation, 'stage'>): Promise<void> {
  await runGo(compilation, ['list', '-deps', ...buildFlags(compilation.module), ...compilation.packages], () => true)
}

/** The packages that are not in Go's build cache, and so will be compiled. Downloads their sources first. */
async function listStalePackages(compilation: Compilation): Promise<string[]> {
  const { module, packages, stage } = compilation
  const stale: string[] = []
  let downloads = 0
  await runGo(
    compilation,
    ['list', '-deps', '-f', '{{if .Stale}}stale {{.ImportPath}}{{end}}', ...buildFlags(module), ...packages],
    (line) => {
      const download = readDownload(line)
      if (download !== undefined) stage.update(`downloading module ${++downloads}: ${download}`)
      if (line.startsWith('stale ')) stale.push(line.slice('stale '.length))
      return download !== undefined || line.startsWith('stale ') || line === ''
    },
  )
  return stale
}

/** The module named in a line like `go: downloading github.com/x/y v1.2.3`; undefined for every other line. */
export function readDownload(line: string): string | undefined {
  return /^go: downloading (\S+ \S+)$/.exec(line)?.[1]
}

/** Names what is built: sources, pins, flags, compiler and architecture. Two equal keys mean equal programs. */
export function buildKey(module: Module, folder: string, compiler: string): string {
  const hash = createHash('sha256')
  for (const file of readdirSync(folder).sort()) hash.update(`${file}\0`).update(readFileSync(join(folder, file)))
  hash.update(JSON.stringify([module, compiler, process.arch]))
  return hash.digest('hex').slice(0, 12)
}

/** Runs `go` and returns what it prints. */
export async function askGo(cache: Cache, folder: string, args: readonly string[]): Promise<string> {
  const lines: string[] = []
  await runGo({ cache, folder, module: { name: '', programs: {}, cgo: false } }, args, (line) => lines.push(line) > 0)
  return lines.join('\n')
}

/** Replaces `{MODULE}` by the version of that module in a `go.mod`. Fails when it is not pinned there. */
export function fillVersion(text: string, goMod: string): string {
  return text.replace(/\{(.+)\}/, (_, path: string) => {
    const line = goMod.split('\n').find((line) =>
      line
        .trim()
        .replace(/^require /, '')
        .startsWith(`${path} v`),
    )
    if (line === undefined) throw new Error(`go.mod pins no version of ${path}.`)
    return line.slice(line.indexOf(`${path} `) + path.length + 1).split(' ')[0] as string
  })
}

/** Without debug information: a third less to compile and half the size. */
function buildFlags(module: Module): string[] {
  return ['-gcflags=all=-dwarf=false', ...(module.tags === undefined ? [] : [`-tags=${module.tags.join(',')}`])]
}

function linkFlag({ module, folder }: Compilation): string {
  const goMod = readFileSync(join(folder, 'go.mod'), 'utf8')
  const variables = Object.entries(module.variables ?? {}).map(
    ([name, value]) => `-X ${name}=${fillVersion(value, goMod)}`,
  )
  const linking = module.static === true ? ['-linkmode external', '-extldflags -static'] : []
  return `-ldflags=${['-s', '-w', ...linking, ...variables].join(' ')}`
}

/** `onLine` says whether it understood a line; what it did not is the error's text when Go fails. */
async function runGo(
  setting: Pick<Compilation, 'cache' | 'module' | 'folder'> & Partial<Pick<Compilation, 'bin' | 'work' | 'signal'>>,
  args: readonly string[],
  onLine: (line: string) => boolean,
): Promise<void> {
  setting.signal?.throwIfAborted()
  if (setting.work !== undefined) mkdirSync(setting.work, { recursive: true })
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', 'go', ...args], {
    cwd: setting.folder,
    env: goEnvironment(process.env, setting),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const kill = () => child.kill('SIGKILL')
  setting.signal?.addEventListener('abort', kill)
  const unknown: string[] = []
  await Promise.all([readLines(child, 'stdout', onLine, unknown), readLines(child, 'stderr', onLine, unknown)])
  const code = child.exitCode ?? (await new Promise<number | null>((resolve) => child.once('close', resolve)))
  setting.signal?.removeEventListener('abort', kill)
  if (setting.work !== undefined) rmSync(setting.work, { recursive: true, force: true })
  setting.signal?.throwIfAborted()
  if (code !== 0) throw new Error(`go ${args[0]} failed in ${setting.folder}:\n${lastOf(unknown, 40)}`)
}

async function readLines(
  child: ChildProcess,
  stream: 'stdout' | 'stderr',
  onLine: (line: string) => boolean,
  unknown: string[],
): Promise<void> {
  const input = child[stream]
  if (input === null) return
  for await (const line of createInterface({ input })) if (!onLine(line)) unknown.push(line)
}

/** The user's proxies and checksum database stay; whatever would change what is built goes. */
function goEnvironment(
  env: NodeJS.ProcessEnv,
  setting: Pick<Compilation, 'cache' | 'module'> & Partial<Pick<Compilation, 'bin' | 'work'>>,
): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) => !['GOOS', 'GOARCH', 'GOAMD64', 'GOEXPERIMENT', 'GOPATH'].includes(name),
  )
  return {
    ...Object.fromEntries(kept),
    GOMODCACHE: setting.cache.goModules,
    GOCACHE: setting.cache.goBuild,
    GOFLAGS: '-mod=readonly -modcacherw -buildvcs=false',
    GOWORK: 'off',
    CGO_ENABLED: setting.module.cgo ? '1' : '0',
    // A lazier garbage collector saves a tenth of the time, for memory that a small machine does not have.
    GOGC: totalmem() > 8 * 2 ** 30 ? '400' : '100',
    ...(setting.bin === undefined ? {} : { GOBIN: setting.bin }),
    ...(setting.work === undefined ? {} : { GOTMPDIR: setting.work }),
  }
}
