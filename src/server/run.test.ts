import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const end of cleanUps.splice(0)) await end()
})

const kubeconfig = {
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'none', cluster: { server: 'http://127.0.0.1:1' } }],
  users: [{ name: 'nobody', user: { token: 'x' } }],
  contexts: [{ name: 'none', context: { cluster: 'none', user: 'nobody' } }],
  'current-context': 'none',
}

test('a server whose port is taken says so and ends', { timeout: 30_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tronador-run-'))
  cleanUps.push(() => rm(folder, { recursive: true }))
  const file = join(folder, 'kubeconfig')
  await writeFile(file, JSON.stringify(kubeconfig))
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  cleanUps.push(() => other.close())
  const address = other.address()
  const taken = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`

  const main = join(import.meta.dirname, '..', 'main.ts')
  const args = ['server', '--kubeconfig', file, '--namespace', 'tronador-system', '--listen', taken]
  const child = spawn(process.execPath, [main, ...args, '--data-folder', folder], {
    env: { LOG_LEVEL: 'silent' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  cleanUps.push(() => child.kill('SIGKILL'))
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })

  expect(await once(child, 'close')).toEqual([1, null])
  expect(said).toBe(`tronador: listen EADDRINUSE: address already in use ${taken}\n`)
})
