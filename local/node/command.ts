/** Runs the machine's own tools (`ip`, `mount`, `cc`, …), whose folders root's PATH does not always hold. */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** PATH with the folders of system tools behind what the user has. */
export function systemPath(first: readonly string[] = []): string {
  return [...first, process.env.PATH ?? '', '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin']
    .filter((folder) => folder !== '')
    .join(':')
}

/** A tool refused. The message holds the whole command and the tool's own words. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed'
  /** The tool's words alone. */
  readonly words: string

  constructor(command: string, words: string, cause: unknown) {
    super(`${command}: ${words}`, { cause })
    this.words = words
  }
}

/** Runs a command to its end and returns what it printed. Rejects with {@link CommandFailed}. */
export async function run(command: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, args, {
      env: { PATH: systemPath(), LANG: 'C.UTF-8' },
      maxBuffer: 16 * 1024 * 1024,
    })
    return stdout
  } catch (error) {
    const { message, stderr = '' } = error as Error & { stderr?: string }
    throw new CommandFailed([command, ...args].join(' '), stderr.trim() || message, error)
  }
}
