/** Vitest's global set-up of the chart's tests: Helm, and a control plane to install into. */
import type { TestProject } from 'vitest/node'
import { startBuild } from '../../local/build.ts'
import { openCache } from '../../local/cache.ts'
import { createProgress } from '../../local/progress.ts'
import { startTier } from '../start-tier.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the program. */
    helm: string
  }
}

/** Builds the one and starts the other; what it returns stops the control plane. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const progress = createProgress({ stream: process.stderr })
  project.provide('helm', await startBuild({ cache: openCache(), components: ['helm'], progress }).binary('helm'))
  return startTier('control-plane')(project)
}
