/**
 * Builds the cluster's programs, in the order they are needed, and hands each out as soon as it is there: a part
 * starts while the next one still compiles.
 */

import type { Cache } from './cache.ts'
import type { Component, ModuleName } from './pins.ts'
import type { Progress } from './progress.ts'

/** A build that runs in the background. */
export interface Build {
  /** Path of a program, once it is built. Rejects with the compiler's own lines. */
  binary(component: Component): Promise<string>
  /** Folder with the sources of a Go module that is pinned in `module` (for CRDs, templates and the like). */
  sources(module: ModuleName, path: string): Promise<string>
  /** Ends the compiler, if it still runs. What is compiled stays in the cache. */
  stop(): Promise<void>
}

/** Starts building these components, those first that stand first. */
export function startBuild(options: {
  readonly cache: Cache
  readonly components: readonly Component[]
  readonly progress: Progress
}): Build {
  throw new Error(`not built yet: ${options.components.join(', ')}`)
}
