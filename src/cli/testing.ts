/** A world for commands under test: files in memory, output as text. */

import type { CliIo } from './io.ts'
import { type Commands, runCli } from './run.ts'

/** What a command did. */
export interface CliRun {
  readonly stdout: string
  readonly stderr: string
  readonly exitCode: number
}

/** Runs `tronador ARGV…` with the given files (`-` is standard input), with what `over` replaces, and nothing else. */
export async function runInMemory(
  commands: Commands,
  argv: readonly string[],
  files: Readonly<Record<string, string | Uint8Array>> = {},
  over: Partial<CliIo> = {},
): Promise<CliRun> {
  const run = { stdout: '', stderr: '', exitCode: 0 }
  const io = ioForTests({
    stdout: (text) => {
      run.stdout += text
    },
    stderr: (text) => {
      run.stderr += text
    },
    readFile: async (path, limit) => {
      const content = files[path]
      if (content === undefined) throw noSuchFile(path)
      return (typeof content === 'string' ? new TextEncoder().encode(content) : content).subarray(0, limit + 1)
    },
    exit: (code) => {
      run.exitCode = code
    },
    ...over,
  })
  await runCli(argv, commands, io)
  return run
}

/** A world in which nothing is there, except for what `over` puts there. */
export function ioForTests(over: Partial<CliIo>): CliIo {
  return {
    stdout: () => undefined,
    stderr: () => undefined,
    readFile: async (path) => {
      throw noSuchFile(path)
    },
    realPath: async (path) => {
      throw noSuchFile(path)
    },
    writeFile: async (path) => {
      throw new Error(`${path} would be written`)
    },
    env: {},
    exit: () => undefined,
    now: () => new Date(0),
    random: () => 0.5,
    stop: new AbortController().signal,
    version: '1.2.3',
    ...over,
  }
}

function noSuchFile(path: string): Error {
  return Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT', path: `/here/${path}` })
}
