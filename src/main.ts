#!/usr/bin/env node
/**
 * The `tronador` command: the only reader of argv, environment, clock and randomness. Each command lives in
 * `cli/<command>.ts`; only the one asked for is loaded, so that short commands start quickly.
 */
import manifest from '../package.json' with { type: 'json' }
import type { CliIo, Register } from './cli/io.ts'
import { processFiles } from './cli/process-files.ts'
import { runCli } from './cli/run.ts'

const commands: Readonly<Record<string, () => Promise<{ register: Register }>>> = {
  lint: () => import('./cli/lint.ts'),
  render: () => import('./cli/render.ts'),
  push: () => import('./cli/push.ts'),
  remove: () => import('./cli/remove.ts'),
  'end-runs': () => import('./cli/end-runs.ts'),
  adopt: () => import('./cli/adopt.ts'),
  abandon: () => import('./cli/abandon.ts'),
  operator: () => import('./cli/operator.ts'),
  server: () => import('./cli/server.ts'),
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
  ...processFiles,
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
