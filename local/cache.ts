/**
 * The cache folder: everything the local cluster keeps between runs. Nothing outside it is ever written, so
 * deleting it is a complete uninstall.
 */

import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The folders inside the cache. All exist. */
export interface Cache {
  readonly folder: string
  /** Go's module cache (sources, sums checked by Go) and build cache (compiled packages). */
  readonly goModules: string
  readonly goBuild: string
  /** Built programs: `<module>-<key>/bin/<program>`. */
  readonly modules: string
  /** One folder per running cluster: data, logs, certificates. */
  readonly runs: string
  /** Ports, subnets and the like that running clusters hold. */
  readonly claims: string
  /** Lock files of work that two runs must not do at once. */
  readonly locks: string
}

/** Opens the cache in `$XDG_CACHE_HOME/tronador` or `~/.cache/tronador`, creating its folders. */
export function openCache(base: string = defaultBase(process.env)): Cache {
  const folder = join(base, 'tronador')
  const cache: Cache = {
    folder,
    goModules: join(folder, 'go', 'mod'),
    goBuild: join(folder, 'go', 'build'),
    modules: join(folder, 'modules'),
    runs: join(folder, 'runs'),
    claims: join(folder, 'claims'),
    locks: join(folder, 'locks'),
  }
  for (const path of Object.values(cache)) mkdirSync(path, { recursive: true })
  return cache
}

function defaultBase(env: NodeJS.ProcessEnv): string {
  return env.XDG_CACHE_HOME || join(homedir(), '.cache')
}
