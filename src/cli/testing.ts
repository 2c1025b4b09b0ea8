/** A world for commands under test: files in memory, output as text. */

import type { CliIo } from './io.ts'
import { type Commands, runCli } from './run.ts'

/** What a command did. */
export interface CliRun {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

/** Runs `tronador ARGV…` with the given files (`-` is standard input) and nothing else. */
export async function runInMemory(
  commands: Commands,
  argv: readonly string[],
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<CliRun> {
  const run = { stdout: '', stderr: '', exitCode: 0 }
  const io: CliIo = {
    stdout: (text) => {
      run.stdout += text
    },
    stderr: (text) => {
      run.stderr += text
    },
    readFile: async (path, limit) => {
      const content = files[path]
      if (content === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' })
      return (typeof content === 'string' ? new TextEncoder().encode(content) : content).subarray(0, limit + 1)
    },
    env: {},
    exit: (code) => {
      run.exitCode = code
    },
    now: () => new Date(0),
    random: () => 0.5,
    stop: new AbortController().signal,
    version: '1.2.3',
  }
  await runCli(argv, commands, io)
  return run
}
