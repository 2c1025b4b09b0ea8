/** Real pods or simulated ones. It never pretends: whoever reads the output is told, at the top and at the end. */
import { openCache } from '../cache.ts'
import { nodeRights } from '../node/index.ts'
import type { DemoOptions } from './options.ts'

/** Why pods are simulated, in one plain line; undefined: they are real. */
export type Simulation = string | undefined

/**
 * Simulated where it was asked for, and, with a person watching, where the machine does not allow real pods.
 * Unattended, missing rights are not worked around: starting the cluster then fails and names them.
 */
export async function choosePods(options: DemoOptions): Promise<Simulation> {
  if (options.simulatePods) return 'Pods are simulated, as --simulate-pods asks: nothing answers at the preview’s URL.'
  if (options.once) return undefined
  const rights = await nodeRights(openCache().folder)
  if (typeof rights === 'string') return undefined
  return `Pods are simulated, nothing answers at the preview’s URL: real ones need ${rights.missing.join(', ')}.`
}
