/**
 * What a command may touch. `main.ts` hands it in, so that a command reads neither the process nor the clock by
 * itself and a test can run it whole.
 */
import type { Command } from 'commander'

/** The outside world as a command sees it. */
export interface CliIo {
  /** Writes to standard output exactly as given. */
  readonly stdout: (text: string) => void
  /** Writes to standard error exactly as given. */
  readonly stderr: (text: string) => void
  /**
   * A file's bytes; `-` is standard input. At most `limit` + 1 bytes are read: one more says "too large". Who rejects
   * names the file, from the root of the file system, in the error's `path`.
   */
  readonly readFile: (path: string, limit: number) => Promise<Uint8Array>
  /** The path as it is without symbolic links. Rejects where nothing is there. */
  readonly realPath: (path: string) => Promise<string>
  /** Writes a file whole or not at all, and makes the folders above it. */
  readonly writeFile: (path: string, text: string) => Promise<void>
  readonly env: Readonly<Record<string, string | undefined>>
  /** Sets the exit code without ending the process: 0 done, 1 failed, 2 wrong usage. */
  readonly exit: (code: number) => void
  readonly now: () => Date
  /** Uniform in [0, 1), for jitter. */
  readonly random: () => number
  /** Aborts when the process is asked to stop (SIGINT, SIGTERM). */
  readonly stop: AbortSignal
  /** Tronador's own version. */
  readonly version: string
}

/**
 * What every `src/cli/<command>.ts` exports as `register`: it adds one command with `program.command(name)`
 * (which inherits how usage errors end). Keep it light; import
 * what is heavy inside the action. A TronadorError thrown by the action ends as `tronador: CODE: message; mend` and
 * exit 1; a wrong option ends as exit 2 by itself.
 */
export type Register = (program: Command, io: CliIo) => void

/** Heading in the help above the commands that end by themselves. */
export const forPipelines = 'For pipelines:'
/** Heading in the help above the commands that stay and serve a cluster. */
export const forClusters = 'For clusters:'
