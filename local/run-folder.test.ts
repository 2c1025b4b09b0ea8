import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createRunFolder, identify, isRunAlive, listDeadRuns } from './run-folder.ts'

let runs: string
beforeEach(() => {
  runs = mkdtempSync(join(tmpdir(), 'runs-'))
})
afterEach(() => rmSync(runs, { recursive: true }))

test('a run lives as long as the process that created it', () => {
  const run = createRunFolder(runs)
  expect(isRunAlive(runs, run.id)).toBe(true)
  expect(listDeadRuns(runs)).toEqual([])
})

test('a run whose number now belongs to another process is dead', () => {
  const run = createRunFolder(runs)
  writeFileSync(join(run.path, 'owner.json'), JSON.stringify({ pid: process.pid, started: '1' }))
  expect(listDeadRuns(runs).map(({ id }) => id)).toEqual([run.id])
})

test('logs that a failed run keeps count as dead, for the next start to remove', () => {
  const run = createRunFolder(runs)
  run.removeAllButLogs()
  expect(readdirSync(run.path)).toEqual(['logs'])
  expect(isRunAlive(runs, run.id)).toBe(false)
})

test('removing a run leaves nothing', () => {
  const run = createRunFolder(runs)
  run.remove()
  expect(existsSync(run.path)).toBe(false)
})

test('a process that does not exist has no identity', () => {
  expect(identify(2 ** 30)).toBeUndefined()
})
