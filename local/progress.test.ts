import { expect, test } from 'vitest'
import { createProgress, percentOf } from './progress.ts'

function recorder(isTTY: boolean) {
  const written: string[] = []
  const clock = { now: 0 }
  const stream = { isTTY, columns: 60, write: (text: string) => written.push(text) }
  return { written, clock, progress: createProgress({ stream, now: () => clock.now }) }
}

test('a stage that ends is one line with its seconds', () => {
  const { progress, clock, written } = recorder(false)
  const stage = progress.stage('Start etcd')
  clock.now = 1234
  stage.done('ready')
  expect(written).toEqual(['✓    1.2 s  Start etcd ready\n'])
})

test('without a terminal a percentage is told at every tenth, not at every step', () => {
  const { progress, written } = recorder(false)
  const stage = progress.stage('Build')
  for (let done = 0; done <= 25; done++) stage.advance(done, 100)
  expect(written).toEqual(['…    0.0 s  Build 10 %\n', '…    0.0 s  Build 20 %\n'])
})

test('without a terminal what has no percentage is told every half minute', () => {
  const { progress, clock, written } = recorder(false)
  const stage = progress.stage('Download')
  stage.update('one')
  clock.now = 30_000
  stage.update('two')
  clock.now = 31_000
  stage.update('three')
  expect(written).toEqual(['…   30.0 s  Download two\n'])
})

test('on a terminal running stages are redrawn below the lines that stay', () => {
  const { progress, written } = recorder(true)
  const build = progress.stage('Build')
  progress.note('hello')
  build.fail('broken')
  expect(written).toEqual([
    '…    0.0 s  Build\n',
    '\x1b[1A\x1b[0J',
    'hello\n',
    '…    0.0 s  Build\n',
    '\x1b[1A\x1b[0J',
    '✗    0.0 s  Build broken\n',
  ])
})

test('a percentage is 100 only when all is done', () => {
  expect([percentOf(0, 0), percentOf(1, 3), percentOf(999, 1000), percentOf(1000, 1000)]).toEqual([0, 33, 99, 100])
})

test('a stage that still runs at the end is shown as stopped, and says no more', () => {
  const { progress, clock, written } = recorder(false)
  const stage = progress.stage('Start the API server')
  clock.now = 3000
  progress.stopRunning()
  clock.now = 60_000
  stage.update('waiting')
  stage.fail('killed')
  expect(written).toEqual(['–    3.0 s  Start the API server stopped\n'])
})
