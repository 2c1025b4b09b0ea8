import { startTier } from '../start-tier.ts'

/** Vitest's global set-up of this tier. */
export const setup = startTier('pipelines')
