/** Stages of the story: each is timed, shown, kept for the report, and bounded in time. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Progress } from '../progress.ts'

/** One stage as the report tells it. */
export interface StageReport {
  /** A word for machines: `open.commit`. */
  readonly name: string
  readonly title: string
  readonly seconds: number
  readonly ok: boolean
  /** What was seen, or why it failed. */
  readonly detail: string
}

/** A stage did not come to its end; `cause` says why. */
export class StageFailed extends Error {
  override readonly name = 'StageFailed'
  readonly stage: string

  constructor(stage: string, title: string, cause: unknown) {
    super(`${title}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.stage = stage
  }
}

/** What a stage's work is handed. */
export interface StageHandle {
  /** What it is at. */
  update(detail: string): void
  /** What stands beside the stage when it is done. */
  saw(detail: string): void
}

/** Runs stages one after the other and remembers them. */
export interface Stages {
  readonly reports: readonly StageReport[]
  /** Rejects with {@link StageFailed}, after the failure was shown. */
  run<T>(name: string, title: string, work: (stage: StageHandle) => Promise<T>): Promise<T>
}

/** Stages shown on `progress`. `died` rejects whatever stage runs when a part of the cluster ends by itself. */
export function createStages(progress: Progress, died: Promise<Error>): Stages {
  const reports: StageReport[] = []
  return {
    reports,
    async run(name, title, work) {
      const shown = progress.stage(title)
      const began = performance.now()
      let detail = ''
      const report = (ok: boolean) => {
        reports.push({ name, title, seconds: Math.round(performance.now() - began) / 1000, ok, detail })
      }
      try {
        const result = await Promise.race([
          work({
            update: shown.update,
            saw: (seen) => {
              detail = seen
            },
          }),
          died.then((error) => Promise.reject(error)),
        ])
        report(true)
        shown.done(detail)
        return result
      } catch (error) {
        const failed = new StageFailed(name, title, error)
        detail = failed.message
        report(false)
        shown.fail(firstLine(error))
        throw failed
      }
    },
  }
}

/** One look at something awaited: it is there, or what was seen instead. */
export type Look<T> = { readonly found: T } | { readonly still: string }

/**
 * Looks every tenth of a second until it is found. Rejects after `within` seconds (60 as a rule) with what was
 * waited for and what was seen last. An error of a look counts as "not yet".
 */
export async function waitFor<T>(
  what: string,
  look: () => Promise<Look<T>>,
  options: { readonly within?: number; readonly update?: (detail: string) => void } = {},
): Promise<T> {
  const within = options.within ?? 60
  const deadline = performance.now() + within * 1000
  for (;;) {
    const seen = await look().catch((error: unknown): Look<T> => ({ still: firstLine(error) }))
    if ('found' in seen) return seen.found
    options.update?.(seen.still)
    if (performance.now() > deadline) throw new Error(`${what} was not seen within ${within} s; last: ${seen.still}`)
    await delay(100)
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n', 1)[0] ?? text
}
