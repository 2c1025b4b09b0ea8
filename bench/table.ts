/** The figures as a person reads them on a terminal. */
import { judgeAims } from './aims.ts'
import { type RequestCount, totalOf, writesAmong } from './request-count.ts'
import { type Circumstances, medianStorms, operatorAgainst, type Results, type StormComparison } from './results.ts'
import type { Spread } from './statistics.ts'

/** The whole report. */
export function describeResults(results: Results): string {
  const { idle, restart, reapply, oneByOne, webhook } = results
  return [
    describeCircumstances(results.circumstances),
    ...results.storms.map(describeStorm),
    table(`Idle for ${idle.seconds} s with ${idle.environments}`, [
      ['requests beyond watches and lease', describeCount(idle.beyondWatching)],
      ['watches opened, lease requests', `${idle.requests.watch ?? 0}, ${idle.requests.lease ?? 0}`],
      ['processor time', seconds(idle.cpuSeconds)],
      ['memory', mebibytes(idle.nowMebibytes)],
    ]),
    table(`Restart with ${restart.environments}`, [
      ['first environment looked at after', seconds(restart.firstPass)],
      ['all looked at after', seconds(restart.allPasses)],
      ['writes', describeCount(restart.writes)],
      ['processor time, peak memory', `${seconds(restart.cpuSeconds)}, ${mebibytes(restart.peakMebibytes)}`],
    ]),
    table(`The same ${reapply.environments} applied again`, [
      ['passes', String(reapply.passes)],
      ['writes', describeCount(reapply.writes)],
      ['processor time', seconds(reapply.cpuSeconds)],
    ]),
    table(`One by one, ${oneByOne.environments} times`, [
      ['operator: p50, p99', spread(oneByOne.operator)],
      ['the same requests without logic', spread(oneByOne.same)],
      ['operator’s share of the median', milliseconds(oneByOne.operator.p50 - oneByOne.same.p50)],
    ]),
    table(`From webhook to commit, ${webhook.webhooks} times`, [
      ['whole: p50, p99', spread(webhook.total)],
      [
        `code host and registry (${webhook.requests.api} × ${webhook.answerTime} ms)`,
        milliseconds(webhook.hostAnswers),
      ],
      [`Git host (${webhook.requests.git} requests)`, milliseconds(webhook.gitHost)],
      ['the rest: server, rendering, start of git', milliseconds(webhook.own)],
      ['the same by hand: 3 questions, one push', spread(webhook.raw)],
      ['server’s share of the median', milliseconds(webhook.total.p50 - webhook.raw.p50)],
      [
        'processor time, peak memory',
        `${seconds(webhook.server.cpuSeconds)}, ${mebibytes(webhook.server.peakMebibytes)}`,
      ],
    ]),
    table(
      'Aims',
      judgeAims(results).map(({ aim, measured, met }) => [`${met ? '✓' : '✗'} ${aim}`, measured]),
    ),
  ].join('\n\n')
}

/** The machine and the day in two lines. */
export function describeCircumstances(at: Circumstances): string {
  const machine = `${at.cores} cores (${at.processor}), ${at.memoryGibibytes} GiB, ${at.system}, Node ${at.node}`
  return `${machine}\n${at.date} UTC, commit ${at.commit}, load average before: ${at.loadAverage.toFixed(2)}`
}

const makers = ['operator', 'same', 'posted'] as const

function describeStorm(storm: StormComparison): string {
  const { operator, same, posted } = medianStorms(storm)
  const { rounds } = storm
  const row = (title: string, of: (figures: typeof operator) => string) => [title, of(operator), of(same), of(posted)]
  const perEnvironment = ({ requests, environments }: typeof operator) => totalOf(writesAmong(requests)) / environments
  const writes = Object.entries(writesAmong(operator.requests))
    .map(([label, count]) => `  ${label}: ${trim(count / operator.environments)}`)
    .sort()
  return [
    table(`Storm of ${operator.environments}${rounds.length > 1 ? `, median of ${rounds.length} rounds` : ''}`, [
      ['', 'operator', 'same requests', 'created by POST'],
      row('environments per second', (of) => of.perSecond.toFixed(1)),
      ...(rounds.length === 1
        ? []
        : [['  its rounds', ...makers.map((maker) => rounds.map((of) => of[maker].perSecond.toFixed(1)).join(' '))]]),
      ['operator against it', ...makers.map((maker) => operatorAgainst(storm, maker).toFixed(2))],
      row('to the last child: p50', (of) => milliseconds(of.latency.p50)),
      row('to the last child: p99', (of) => milliseconds(of.latency.p99)),
      row('writes for each', (of) => trim(perEnvironment(of))),
      row('refused, and asked again', (of) => String(totalOf(of.refused))),
      row('written twice', (of) => describeCount(of.duplicates)),
      row('processor time for each', (of) => milliseconds((1000 * of.cpuSeconds) / of.environments)),
      row('peak memory', (of) => mebibytes(of.peakMebibytes)),
    ]),
    'The operator’s writes for each environment:',
    ...writes,
  ].join('\n')
}

function table(title: string, rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length))) ?? []
  const lines = rows.map((row) => {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    )
    return `  ${cells.join('  ')}`
  })
  return [title, ...lines].join('\n')
}

function describeCount(count: RequestCount): string {
  const entries = Object.entries(count)
  return entries.length === 0 ? '0' : entries.map(([label, times]) => `${times} ${label}`).join(', ')
}

const trim = (value: number) => value.toFixed(2).replace(/\.?0+$/, '')
const seconds = (value: number) => `${value.toFixed(2)} s`
const milliseconds = (value: number) => `${value.toFixed(value < 100 ? 1 : 0)} ms`
const mebibytes = (value: number) => `${value.toFixed(0)} MiB`
const spread = ({ p50, p99 }: Spread) => `${milliseconds(p50)}, ${milliseconds(p99)}`
