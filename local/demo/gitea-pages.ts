/** Gitea's web pages are only looked at by a person: they are built while one tries the preview. */
import { openCache } from '../cache.ts'
import { buildPages } from '../gitea/pages.ts'
import { interruptOf } from './interrupt.ts'
import type { Scene } from './scene.ts'
import type { Screen } from './screen.ts'

/** Builds them unless they are there, telling the person. Never rejects: without them everything else works. */
export async function buildPagesBehind({ gitea }: Scene, screen: Screen, signal: AbortSignal): Promise<void> {
  if (gitea.hasPages) return
  screen.say(
    '\nGitea shows plain HTML for now: its web pages are being built in the background, which takes some ten minutes,\n' +
      'and are there from the next start on.',
  )
  try {
    // Another run may hold the lock for minutes; the end does not wait for it.
    await Promise.race([
      buildPages(openCache(), gitea.sources, signal),
      interruptOf(signal).then((end) => Promise.reject(end)),
    ])
    screen.say('  Gitea’s web pages are built: the next start shows them.')
  } catch (error) {
    if (!signal.aborted)
      screen.say(`  Gitea’s web pages could not be built: ${error instanceof Error ? error.message : error}`)
  }
}
