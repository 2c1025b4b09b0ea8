/** From arguments to one command's end: loading, help, usage errors and the last word on failures. */
import { Command, CommanderError } from 'commander'
import { failureLine } from './failure-line.ts'
import type { CliIo, Register } from './io.ts'

/** How each command is loaded. */
export type Commands = Readonly<Record<string, () => Promise<{ register: Register }>>>

const about = `Every pull request gets its own running copy of the application, through GitOps.

Exit codes: 0 done, 1 failed (the reason is on standard error), 2 wrong usage.`

const examples = `
Examples:
  $ tronador lint                                  check .tronador.yaml in this folder
  $ tronador render --help                         how a pull request becomes an Environment
`

/** Runs the command that `argv` (without node and script) asks for. Never rejects; the exit code goes to `io.exit`. */
export async function runCli(argv: readonly string[], commands: Commands, io: CliIo): Promise<void> {
  try {
    const program = createProgram(io)
    for (const load of commandsToLoad(argv, commands)) (await load()).register(program, io)
    await program.parseAsync(argv, { from: 'user' })
  } catch (error) {
    finish(error, io)
  }
}

function createProgram(io: CliIo): Command {
  return new Command('tronador')
    .description(about)
    .version(io.version, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', examples)
    .exitOverride()
    .showHelpAfterError('Run it with --help to see what it takes.')
    .configureOutput({
      writeOut: io.stdout,
      writeErr: io.stderr,
      outputError: (text, write) => write(text.replace(/^error: /, 'tronador: ')),
    })
}

/** The one command named first; all of them when help is asked for or the name is unknown. */
function commandsToLoad(argv: readonly string[], commands: Commands): Commands[string][] {
  const [first] = argv
  if (first === '--version') return []
  const named = first !== undefined && Object.hasOwn(commands, first) ? commands[first] : undefined
  return named === undefined ? Object.values(commands) : [named]
}

function finish(error: unknown, io: CliIo): void {
  if (error instanceof CommanderError) {
    io.exit(error.exitCode === 0 ? 0 : 2)
    return
  }
  io.stderr(failureLine(error))
  io.exit(1)
}
