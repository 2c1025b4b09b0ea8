/**
 * Gitea's web pages: the Go module carries their sources alone. They are built once, behind everything else, and
 * used from the next start on; until then pages are plain HTML.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { withLock } from '../../scripts/lock.mjs'
import type { Cache } from '../cache.ts'

/** Folder with `templates`, `options` and the built `public`; undefined until they are built. */
export function findBuiltPages(cache: Cache, sources: string): string | undefined {
  const folder = pagesFolder(cache, sources)
  return existsSync(folder) ? folder : undefined
}

/**
 * Builds the pages from the module's sources, at the lowest priority. Takes minutes and about 2.5 GB of memory.
 * An abort ends it; nothing half-done is ever used.
 */
export async function buildPages(cache: Cache, sources: string, signal: AbortSignal): Promise<void> {
  const target = pagesFolder(cache, sources)
  await withLock(join(cache.locks, 'gitea-pages'), async () => {
    if (existsSync(target)) return
    const work = join(cache.folder, 'gitea-pages', 'work')
    await rm(work, { recursive: true, force: true })
    await mkdir(work, { recursive: true })
    await cp(sources, work, { recursive: true })
    const env = { npm_config_cache: join(cache.folder, 'npm'), NODE_ENV: 'production' }
    await runIdly(work, signal, env, 'npm', ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund'])
    await runIdly(work, signal, env, 'node', ['node_modules/.bin/webpack', '--disable-interpret'])
    const built = join(work, 'built')
    await mkdir(built)
    for (const part of ['templates', 'options', 'public']) await rename(join(work, part), join(built, part))
    await rename(built, target)
    await rm(work, { recursive: true, force: true })
  })
}

/**
 * For Gitea's hook `custom/header.tmpl` while the pages are not built: no alarm about the missing files, and plain
 * HTML that can be read.
 */
export const plainPageHeader = `<script>window.alert = () => {}</script>
<style>
  body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; color: #1d2433; }
  svg { width: 1em; height: 1em; } img { max-width: 2rem; max-height: 2rem; }
  table { border-collapse: collapse; } td, th { padding: .2rem .6rem; border: 1px solid #d0d7de; text-align: left; }
  pre { padding: .6rem; background: #f6f8fa; white-space: pre-wrap; } a { color: #0969da; }
  .menu:not(.secondary), .modal, .hidden, .tw-hidden, .page-footer, textarea, template { display: none !important; }
</style>
`

function pagesFolder(cache: Cache, sources: string): string {
  return join(cache.folder, 'gitea-pages', basename(sources))
}

async function runIdly(
  cwd: string,
  signal: AbortSignal,
  env: Record<string, string>,
  command: string,
  args: readonly string[],
): Promise<void> {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', 'nice', '-n', '19', command, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  })
  const said: Buffer[] = []
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0)
    throw new Error(
      `${command} ${args[0]} ended with exit code ${code}: ${Buffer.concat(said).toString().slice(-2000)}`,
    )
}
