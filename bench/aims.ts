/** What the figures are held against: aims that may be missed, and promises that may not be broken. */
import { type RequestCount, totalOf } from './request-count.ts'
import { medianStorms, operatorAgainst, type Results } from './results.ts'

/** One aim and what was measured. */
export interface Judged {
  readonly aim: string
  readonly measured: string
  readonly met: boolean
}

/** What counts as a write to the environment's own object. */
const ownWrites = ['patch environments', 'patch environments/status']

/** Compares a run with what it aims at. Figures of the largest storm count. */
export function judgeAims(results: Results): Judged[] {
  const storm = results.storms.at(-1)
  if (storm === undefined) return []
  const { operator } = medianStorms(storm)
  const duplicates = storm.rounds.reduce((sum, round) => sum + totalOf(round.operator.duplicates), 0)
  const own = ownWrites.reduce((sum, label) => sum + (operator.requests[label] ?? 0), 0) / operator.environments
  const ratio = operatorAgainst(storm, 'same')
  const share = results.oneByOne.operator.p50 - results.oneByOne.same.p50
  const { webhook, restart } = results
  const serverShare = webhook.total.p50 - webhook.raw.p50
  return [
    judged('one write for each child', `${duplicates} beyond`, duplicates === 0),
    judged('at most 3 writes to the Environment itself', own.toFixed(2), own <= 3),
    judged('at least 0.8 of the same requests without logic', ratio.toFixed(2), ratio >= 0.8),
    judged('operator’s share of one environment below 60 ms', `${share.toFixed(1)} ms`, share < 60),
    judged('server’s share of one webhook below 40 ms', `${serverShare.toFixed(1)} ms`, serverShare < 40),
    memory(`in a storm of ${operator.environments}`, operator.peakMebibytes),
    memory(`at a restart with ${restart.environments}`, restart.peakMebibytes),
  ]
}

/** Every broken promise, in words: these are counts, and no machine is too busy for them. */
export function brokenPromises(results: Results): string[] {
  const { idle, restart, reapply, storms } = results
  return [
    ...storms
      .flatMap(({ rounds }) => rounds)
      .flatMap(({ operator }) => broken(`written twice in a storm of ${operator.environments}`, operator.duplicates)),
    ...broken(`asked while idle for ${idle.seconds} s`, idle.beyondWatching),
    ...broken('written after a restart', restart.writes),
    ...broken('written because the same was applied again', reapply.writes),
  ]
}

function memory(when: string, peak: number): Judged {
  return judged(`at most 140 MiB ${when}`, `${peak.toFixed(0)} MiB`, peak <= 140)
}

function judged(aim: string, measured: string, met: boolean): Judged {
  return { aim, measured, met }
}

function broken(what: string, count: RequestCount): string[] {
  return Object.entries(count).map(([label, times]) => `${what}: ${label}, ${times} times`)
}
