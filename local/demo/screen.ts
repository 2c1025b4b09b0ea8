/** What a person sees besides the stages. */
import { createProgress, type Progress } from '../progress.ts'

/** Where the demo speaks. */
export interface Screen {
  readonly progress: Progress
  /** A line, or several. */
  say(text: string): void
  /** A heading of the story. */
  heading(text: string): void
  /** The report for machines; nothing unless it was asked for. */
  report(value: object): void
}

/** Speaks on standard output; with `json`, on standard error, so that standard output holds the report alone. */
export function createScreen(options: { readonly json: boolean }): Screen {
  const stream = options.json ? process.stderr : process.stdout
  const progress = createProgress({ stream })
  const bold = (text: string) => (stream.isTTY ? `\x1b[1m${text}\x1b[0m` : text)
  return {
    progress,
    say: (text) => progress.note(text),
    heading: (text) => progress.note(`\n${bold(text)}`),
    report(value) {
      if (options.json) process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
    },
  }
}
