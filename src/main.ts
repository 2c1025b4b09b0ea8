#!/usr/bin/env node
/**
 * The `tronador` command: the only reader of argv, environment, clock and randomness. Each command lives in
 * `cli/<command>.ts`; only the one asked for is loaded, so that short commands start quickly.
 */
import { open } from 'node:fs/promises'
import manifest from '../package.json' with { type: 'json' }
import type { CliIo, Register } from './cli/io.ts'
import { runCli } from './cli/run.ts'

const commands: Readonly<Record<string, () => Promise<{ register: Register }>>> = {
  lint: () => import('./cli/lint.ts'),
  render: () => import('./cli/render.ts'),
  push: () => import('./cli/push.ts'),
  remove: () => import('./cli/remove.ts'),
  adopt: () => import('./cli/adopt.ts'),
  abandon: () => import('./cli/abandon.ts'),
  operator: () => import('./cli/operator.ts'),
  server: () => import('./cli/server.ts'),
}

/** Reads at most `limit` + 1 bytes of a file, or of standard input for `-`: devices and pipes never fill the memory. */
async function readFile(path: string, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  const file = path === '-' ? undefined : await open(path)
  const stream = file?.createReadStream({ end: limit }) ?? process.stdin
  for await (const chunk of stream) {
    chunks.push(chunk as Uint8Array)
    size += (chunk as Uint8Array).length
    if (size > limit) break
  }
  return Buffer.concat(chunks).subarray(0, limit + 1)
}

function stopSignal(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort())
  return controller.signal
}

/** A reader that has enough (`tronador … | head -1`) is no failure. */
function endQuietlyWithReader(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
}

let stop: AbortSignal | undefined
const io: CliIo = {
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  readFile,
  env: process.env,
  exit: (code) => {
    process.exitCode = code
  },
  now: () => new Date(),
  random: Math.random,
  // Only a command that asks for the signal takes Ctrl-C over; all others end at once, as they should.
  get stop() {
    stop ??= stopSignal()
    return stop
  },
  version: manifest.version,
}

endQuietlyWithReader(process.stdout)
endQuietlyWithReader(process.stderr)
await runCli(process.argv.slice(2), commands, io)
