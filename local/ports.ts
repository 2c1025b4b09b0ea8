/**
 * Claims: ports, subnets and names that only one cluster on this machine may use at a time. A claim is a file named
 * by the thing, holding the run's id; it counts as long as that run lives.
 */

import { linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

/** What one run holds. */
export interface Claims {
  /** A TCP port of 127.0.0.1 that nothing listens on and no other run has claimed. */
  port(): Promise<number>
  /**
   * The first candidate that no living run holds and that `isUsable` accepts. `kind` keeps the claims of different
   * things apart. Fails when none is left.
   */
  first(kind: string, candidates: Iterable<string>, isUsable?: (candidate: string) => Promise<boolean>): Promise<string>
  /** Gives everything back. */
  release(): void
}

/** Claims for one run, kept as files in `folder`. */
export function openClaims(folder: string, run: string): Claims {
  const held: string[] = []
  const first: Claims['first'] = async (kind, candidates, isUsable = async () => true) => {
    for (const candidate of candidates) {
      const name = `${kind}-${candidate.replaceAll('/', '_')}`
      if (!takeClaim(folder, name, run)) continue
      held.push(name)
      if (await isUsable(candidate)) return candidate
    }
    throw new Error(`No free ${kind} is left on this machine; stop another local cluster and try again.`)
  }
  return {
    first,
    port: async () => Number(await first('port', portCandidates(run), isPortFree)),
    release() {
      for (const name of held.splice(0)) rmSync(join(folder, name), { force: true })
    },
  }
}

/**
 * Gives back what dead runs held. Must run under a lock: it is what makes a claim's file vanish under no one but the
 * one who looked at it.
 */
export function sweepClaims(folder: string, isAlive: (run: string) => boolean): void {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name)
    const isDraft = name.startsWith('.')
    if (!isAlive(isDraft ? name.slice(1) : readFileSync(file, 'utf8'))) rmSync(file, { force: true })
  }
}

/**
 * Ports below the range the kernel hands to outgoing connections, so that none of those can take a port between our
 * look and the program's. Each run begins at a place of its own, so that two rarely ask for the same.
 */
export function* portCandidates(run: string): Iterable<string> {
  const [lowest, count] = [21_000, 11_000]
  const start = Number.parseInt(run, 16) % count
  for (let i = 0; i < count; i++) yield String(lowest + ((start + i) % count))
}

function takeClaim(folder: string, name: string, run: string): boolean {
  // Linking a finished file is the one step that either creates the claim whole or fails.
  const draft = join(folder, `.${run}`)
  writeFileSync(draft, run)
  try {
    linkSync(draft, join(folder, name))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

function isPortFree(port: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(Number(port), '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
