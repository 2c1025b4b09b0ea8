import { describe, expect, test } from 'vitest'
import { brokenPromises, judgeAims } from './aims.ts'
import type { Results } from './results.ts'
import type { StormFigures } from './storm.ts'

const spread = (p50: number) => ({ p50, p99: p50, longest: p50 })
const storm = (change: Partial<StormFigures> = {}): StormFigures => ({
  environments: 100,
  seconds: 4,
  perSecond: 25,
  latency: spread(2000),
  requests: { 'patch environments': 100, 'patch environments/status': 200, 'create namespaces': 100 },
  refused: {},
  duplicates: {},
  cpuSeconds: 1,
  peakMebibytes: 120,
  ...change,
})

function results(change: Partial<Results> = {}, operator: Partial<StormFigures> = {}): Results {
  const cost = { cpuSeconds: 1, peakMebibytes: 120, nowMebibytes: 120 }
  return {
    circumstances: {} as Results['circumstances'],
    storms: [{ rounds: [{ operator: storm(operator), same: storm({ perSecond: 30 }), posted: storm() }] }],
    idle: { environments: 100, seconds: 30, requests: { watch: 3 }, beyondWatching: {}, ...cost },
    restart: { environments: 100, firstPass: 1, allPasses: 1, writes: {}, ...cost },
    reapply: { environments: 100, passes: 100, writes: {}, cpuSeconds: 1 },
    oneByOne: { environments: 20, operator: spread(60), same: spread(40) },
    webhook: {
      webhooks: 10,
      total: spread(150),
      hostAnswers: 20,
      gitHost: 50,
      own: 80,
      raw: spread(120),
      requests: { api: 4, git: 6 },
      answerTime: 5,
      server: cost,
    },
    ...change,
  }
}

describe('A promise is broken by', () => {
  test('nothing in a run as it should be', () => {
    expect(brokenPromises(results())).toEqual([])
  })

  test('an object that is written twice', () => {
    expect(brokenPromises(results({}, { duplicates: { helmreleases: 2 } }))).toEqual([
      'written twice in a storm of 100: helmreleases, 2 times',
    ])
  })

  test('a request while nothing happens, a write after a restart, and one for what stood already', () => {
    const { idle, restart, reapply } = results()
    const broken = results({
      idle: { ...idle, beyondWatching: { get: 1 } },
      restart: { ...restart, writes: { 'patch environments/status': 4 } },
      reapply: { ...reapply, writes: { 'create events': 1 } },
    })
    expect(brokenPromises(broken)).toEqual([
      'asked while idle for 30 s: get, 1 times',
      'written after a restart: patch environments/status, 4 times',
      'written because the same was applied again: create events, 1 times',
    ])
  })
})

test('Of several rounds the median of their shares counts, but every round with its promises', () => {
  const round = (operator: number, same: number, duplicates = {}) => ({
    operator: storm({ perSecond: operator, duplicates }),
    same: storm({ perSecond: same }),
    posted: storm(),
  })
  const rounds = [round(10, 40), round(27, 30, { namespaces: 1 }), round(30, 25)]
  expect(judgeAims(results({ storms: [{ rounds }] })).map(({ measured }) => measured)).toContain('0.90')
  expect(brokenPromises(results({ storms: [{ rounds }] }))).toEqual([
    'written twice in a storm of 100: namespaces, 1 times',
  ])
})

test('Aims are judged by the largest storm, and by what Tronador adds to the same without it', () => {
  expect(judgeAims(results({}, { peakMebibytes: 141 })).map(({ measured, met }) => [measured, met])).toEqual([
    ['0 beyond', true],
    ['3.00', true],
    ['0.83', true],
    ['20.0 ms', true],
    ['30.0 ms', true],
    ['141 MiB', false],
    ['120 MiB', true],
  ])
})
