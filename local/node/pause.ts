/**
 * Kubernetes' own `pause`: waits for ever and reaps orphans. The node's first process, and in an image of its own the
 * first container of every pod.
 */

import { renameSync } from 'node:fs'
import { join } from 'node:path'
import type { Surroundings } from '../surroundings.ts'
import { run } from './command.ts'
import { pushImage } from './images.ts'
import { pausePath } from './machine.ts'

/** Compiles `pause` from the sources that come with the pinned Kubernetes, and returns its path. */
export async function buildPause(surroundings: Surroundings): Promise<string> {
  const sources = await surroundings.build.sources('kubernetes', 'k8s.io/kubernetes')
  const pause = pausePath(surroundings.run)
  const draft = `${pause}.new`
  try {
    await run('cc', ['-Os', '-static', '-s', '-o', draft, join(sources, 'build/pause/linux/pause.c')])
  } catch (error) {
    throw new Error(
      `The program that holds pods together could not be compiled. It needs a C compiler and the static C library (package libc6-dev or glibc-static). ${(error as Error).message}`,
      { cause: error },
    )
  }
  // Whole from the moment it has its name: the node's first process waits for it.
  renameSync(draft, pause)
  return pause
}

/** Pushes the pause image. @returns the image's name. */
export async function pushPause(registry: string, content: Buffer): Promise<string> {
  return pushImage({
    registry,
    name: 'pause',
    tag: 'local',
    layers: [[{ kind: 'file', path: 'pause', mode: 0o755, content }]],
    config: { Entrypoint: ['/pause'], User: '65535:65535' },
  })
}
