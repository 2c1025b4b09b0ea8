/** `tronador lint`: are these config files sound, and if not, where and how are they mended? */
import { type Command, Option } from 'commander'
import { type EnvironmentKind, environmentKinds } from '../api/environment-kind.ts'
import { hasErrors } from '../core/diagnostics.ts'
import type { TronadorError } from '../core/errors.ts'
import { failureLine } from './failure-line.ts'
import { type CliIo, forPipelines } from './io.ts'

const help = `
Errors go to standard error, one to a line, as FILE:LINE:COLUMN: CODE: what is wrong; how to mend it.
Warnings look the same and do not fail. With -o json the report goes to standard output, one document for each file.
What each code means stands in docs/errors.md.

Examples:
  $ tronador lint                     check .tronador.yaml in this folder
  $ tronador lint services/*/.tronador.yaml
  $ git show HEAD:.tronador.yaml | tronador lint -
  $ tronador lint -o json | jq -r '.diagnostics[].code'
`

interface Options {
  readonly kind: EnvironmentKind
  readonly output: 'text' | 'json'
}

/** Adds the command. */
export function register(program: Command, io: CliIo): void {
  program
    .command('lint')
    .helpGroup(forPipelines)
    .summary('check config files')
    .description('Checks config files: every fault with its line, its column and how to mend it.')
    .argument('[files...]', 'the config files; - for standard input', ['.tronador.yaml'])
    .addOption(
      new Option('--kind <kind>', 'what is rendered from it')
        .choices([...environmentKinds])
        .default(environmentKinds[0]),
    )
    .addOption(
      new Option('-o, --output <format>', 'for people or for machines').choices(['text', 'json']).default('text'),
    )
    .addHelpText('after', help)
    .action((files: string[], options: Options) => lint(files, options, io))
}

async function lint(files: readonly string[], options: Options, io: CliIo): Promise<void> {
  let sound = 0
  for (const file of files) if (await lintFile(file, options, io)) sound++
  if (files.length > 1 && options.output === 'text') {
    if (sound === files.length) io.stdout(`All ${sound} files are sound.\n`)
    else io.stderr(`${sound} of ${files.length} files are sound.\n`)
  }
  io.exit(sound === files.length ? 0 : 1)
}

/** Whether the file is sound; what is wrong with it is said. One that cannot be read keeps no other from being checked. */
async function lintFile(file: string, { kind, output }: Options, io: CliIo): Promise<boolean> {
  const { diagnosticsAsJson, diagnosticsAsText, readConfigText } = await import('./config-input.ts')
  const { lintConfigFile } = await import('../core/config-file.ts')
  const text = await readConfigText(file, io).catch((error: TronadorError) => {
    io.stderr(failureLine(error))
    return undefined
  })
  if (text === undefined) return false
  const diagnostics = lintConfigFile(text, kind)
  const valid = !hasErrors(diagnostics)
  if (output === 'json') io.stdout(diagnosticsAsJson(file, valid, diagnostics))
  else {
    io.stderr(diagnosticsAsText(file, diagnostics))
    if (valid) io.stdout(`${file} is sound${howManyWarnings(diagnostics.length)}.\n`)
  }
  return valid
}

function howManyWarnings(count: number): string {
  if (count === 0) return ''
  return count === 1 ? ', with 1 warning' : `, with ${count} warnings`
}
