import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { listRemains, traceRun } from './machine-remains.ts'

test('a process and a folder of the run that still stand are named, and are not once they are gone', async () => {
  const runFolder = mkdtempSync(join(tmpdir(), 'run-'))
  const known = spawn('sleep', ['60'], { stdio: 'ignore' })
  await once(known, 'spawn')
  const traces = traceRun(runFolder)
  const named = spawn('sleep', ['60'], { stdio: 'ignore', argv0: join(runFolder, 'sleep') })
  await once(named, 'spawn')
  onTestFinished(() => {
    known.kill('SIGKILL')
    named.kill('SIGKILL')
    rmSync(runFolder, { recursive: true, force: true })
  })

  const remains = listRemains({ ...traces, processes: traces.processes.filter(({ pid }) => pid === known.pid) })
  expect(remains.toSorted()).toEqual([`process ${known.pid}`, `process ${named.pid}`, `folder ${runFolder}`].toSorted())

  const ends = [once(known, 'exit'), once(named, 'exit')]
  known.kill('SIGKILL')
  named.kill('SIGKILL')
  await Promise.all(ends)
  rmSync(runFolder, { recursive: true })
  expect(listRemains({ ...traces, processes: traces.processes.filter(({ pid }) => pid === known.pid) })).toEqual([])
})
