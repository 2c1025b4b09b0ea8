/** The last words: how it ended, for people and for machines. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Interrupted } from './interrupt.ts'
import type { Simulation } from './pods-choice.ts'
import type { Screen } from './screen.ts'
import { StageFailed, type StageReport } from './stage.ts'
import type { Subject } from './subject.ts'

/** How the demo ended. */
export interface Ending {
  /** Whether the whole life was to be seen. */
  readonly once: boolean
  readonly subject: Subject
  readonly simulation: Simulation
  readonly stages: readonly StageReport[]
  /** What went wrong; undefined when nothing did. */
  readonly failure: unknown
  /** Last lines of Tronador's processes, read before the run folder went. */
  readonly logs: string
  /** From the first line to the last. */
  readonly seconds: number
}

/** Says how it ended. The exit code: 0 as wanted, 1 failed, 130 interrupted before the end. */
export function tellEnding(screen: Screen, ending: Ending): number {
  const { failure, simulation } = ending
  const wasInterrupted = isInterrupt(failure)
  const ok = failure === undefined || (wasInterrupted && !ending.once)
  if (!ok && !wasInterrupted) {
    screen.say(`\nFailed: ${messageOf(failure)}`)
    if (ending.logs !== '') screen.say(`\n${ending.logs}`)
  }
  if (ending.once) {
    const seconds = ending.seconds.toFixed(1)
    screen.say(ok ? `\nEvery stage was seen; ${seconds} s in all.` : `\nNot every stage was seen (${seconds} s).`)
  }
  if (simulation !== undefined) screen.say(simulation)
  screen.report({
    ok,
    kind: ending.subject.kind,
    engine: ending.subject.engine,
    podsSimulated: simulation !== undefined,
    seconds: Math.round(ending.seconds * 1000) / 1000,
    stages: ending.stages,
    ...(ok
      ? {}
      : { failed: { stage: failure instanceof StageFailed ? failure.stage : 'start', why: messageOf(failure) } }),
  })
  if (ok) return 0
  return wasInterrupted ? 130 : 1
}

/** The last lines of what Tronador's processes wrote. */
export function readLastLines(runFolder: string): string {
  return ['tronador-operator', 'tronador-server']
    .map((name) => ({ name, file: join(runFolder, 'logs', `${name}.log`) }))
    .filter(({ file }) => existsSync(file))
    .map(({ name, file }) => {
      const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-15)
      return [`The last lines of ${name}:`, ...lines.map((line) => `  ${line.slice(0, 400)}`)].join('\n')
    })
    .join('\n\n')
}

function isInterrupt(failure: unknown): boolean {
  return failure instanceof Interrupted || (failure instanceof StageFailed && failure.cause instanceof Interrupted)
}

function messageOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure)
}
