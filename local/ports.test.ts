import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openClaims, portCandidates, sweepClaims } from './ports.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'claims-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

test('two runs never get the same thing', async () => {
  const [one, other] = [openClaims(folder, 'aaaaaa'), openClaims(folder, 'bbbbbb')]
  expect(await one.first('subnet', ['10.1.0.0/16', '10.2.0.0/16'])).toBe('10.1.0.0/16')
  expect(await other.first('subnet', ['10.1.0.0/16', '10.2.0.0/16'])).toBe('10.2.0.0/16')
  await expect(other.first('subnet', ['10.1.0.0/16', '10.2.0.0/16'])).rejects.toThrow('No free subnet is left')
})

test('what is released can be claimed again', async () => {
  const [one, other] = [openClaims(folder, 'aaaaaa'), openClaims(folder, 'bbbbbb')]
  await one.first('name', ['only'])
  one.release()
  expect(await other.first('name', ['only'])).toBe('only')
})

test('a port that someone listens on is passed over', async () => {
  const [first = '', second] = portCandidates('000000')
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(Number(first), '127.0.0.1', resolve))
  const port = await openClaims(folder, '000000').port()
  await new Promise((resolve) => server.close(resolve))
  expect(port).toBe(Number(second))
})

test('ports are claimed below the range of outgoing connections', () => {
  const candidates = [...portCandidates('ffffff')].map(Number)
  expect(Math.min(...candidates)).toBe(21_000)
  expect(Math.max(...candidates)).toBe(31_999)
})

test('the sweep gives back what dead runs held and leaves the living theirs', async () => {
  await openClaims(folder, 'aaaaaa').first('name', ['dead'])
  await openClaims(folder, 'bbbbbb').first('name', ['living'])
  sweepClaims(folder, (run) => run === 'bbbbbb')
  expect(readdirSync(folder)).toEqual(['name-living'])
})
