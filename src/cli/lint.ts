/** `tronador lint`: is this config file sound, and if not, where and how is it mended? */
import { type Command, Option } from 'commander'
import { type EnvironmentKind, environmentKinds } from '../api/environment-kind.ts'
import { type CliIo, forPipelines } from './io.ts'

const help = `
Errors go to standard error, one to a line, as FILE:LINE:COLUMN: CODE: what is wrong; how to mend it.
Warnings look the same and do not fail. With -o json the whole report goes to standard output.
What each code means stands in docs/errors.md.

Examples:
  $ tronador lint                     check .tronador.yaml in this folder
  $ tronador lint services/shop/.tronador.yaml
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
    .summary('check a config file')
    .description('Checks a config file: every fault with its line, its column and how to mend it.')
    .argument('[file]', 'the config file; - for standard input', '.tronador.yaml')
    .addOption(
      new Option('--kind <kind>', 'what is rendered from it')
        .choices([...environmentKinds])
        .default(environmentKinds[0]),
    )
    .addOption(
      new Option('-o, --output <format>', 'for people or for machines').choices(['text', 'json']).default('text'),
    )
    .addHelpText('after', help)
    .action((file: string, options: Options) => lint(file, options, io))
}

async function lint(file: string, { kind, output }: Options, io: CliIo): Promise<void> {
  const { diagnosticsAsJson, diagnosticsAsText, readConfigText } = await import('./config-input.ts')
  const { lintConfigFile } = await import('../core/config-file.ts')
  const diagnostics = lintConfigFile(await readConfigText(file, io), kind)
  const valid = diagnostics.every(({ severity }) => severity === 'warning')
  if (output === 'json') io.stdout(diagnosticsAsJson(file, valid, diagnostics))
  else {
    io.stderr(diagnosticsAsText(file, diagnostics))
    if (valid) io.stdout(`${file} is sound${howManyWarnings(diagnostics.length)}.\n`)
  }
  io.exit(valid ? 0 : 1)
}

function howManyWarnings(count: number): string {
  if (count === 0) return ''
  return count === 1 ? ', with 1 warning' : `, with ${count} warnings`
}
