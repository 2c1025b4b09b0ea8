import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ProcessOptions, startProcess } from './process.ts'
import { identify } from './run-folder.ts'

let logs: string
beforeEach(() => {
  logs = mkdtempSync(join(tmpdir(), 'logs-'))
})
afterEach(() => rmSync(logs, { recursive: true }))

function start(script: string, options: Partial<ProcessOptions> = {}) {
  return startProcess({ name: 'thing', command: 'sh', args: ['-c', script], logs, ...options })
}

test('a process that ends before it is ready is named, with its last lines', async () => {
  const failure = start('echo no such port; exit 3', { ready: async () => false })
  await expect(failure).rejects.toThrow(
    `thing ended with exit code 3. The end of its log (${logs}/thing.log):\n  no such port`,
  )
})

test('a process that never gets ready is stopped', async () => {
  let pid = 0
  const failure = start('exec sleep 60', {
    ready: async () => false,
    readyWithin: 0.1,
    onStarted: (running) => {
      pid = running.pid
    },
  })
  await expect(failure).rejects.toThrow('thing did not get ready within 0.1 s')
  expect(identify(pid)).toBeUndefined()
})

test('a program that does not exist is said so', async () => {
  await expect(start('', { command: '/no/such/program', args: [], ready: async () => false })).rejects.toThrow(
    'thing ended with exit code 127',
  )
})

test('a later death is told, a stop is not a death', async () => {
  const dying = await start('sleep 0.05; echo out of memory; exit 1')
  expect((await dying.died).message).toContain('thing ended with exit code 1')
  const stopped = await start('exec sleep 60', { name: 'other' })
  await stopped.stop()
  expect(await Promise.race([stopped.died, 'no death'])).toBe('no death')
  expect(identify(stopped.pid)).toBeUndefined()
})

test('a process that asked for grace may end by itself', async () => {
  const polite = await start('trap "echo good bye; exit" TERM; echo ready; while :; do sleep 0.01; done', {
    grace: 30,
    ready: async () => readFileSync(join(logs, 'thing.log'), 'utf8') === 'ready\n',
  })
  await polite.stop()
  expect(readFileSync(polite.log, 'utf8')).toBe('ready\ngood bye\n')
})

test('a component sees nothing of the shell it was started from', async () => {
  process.env.HTTPS_PROXY = 'http://proxy.example.com'
  const running = await start('echo "$HTTPS_PROXY:$OWN"', { env: { OWN: 'own' } })
  delete process.env.HTTPS_PROXY
  await running.died
  expect(readFileSync(running.log, 'utf8')).toBe(':own\n')
})
