/** What `npm start` may be asked for. */
import { parseArgs } from 'node:util'
import { environmentKinds } from '../../src/api/environment-kind.ts'
import { engineNames } from '../../src/core/engine-choice.ts'
import { nearest } from '../../src/core/nearest.ts'
import { chooseSubject, type Subject } from './subject.ts'

/** The command line, understood. */
export interface DemoOptions {
  /** Live one pull request's whole life unattended, then stop. */
  readonly once: boolean
  /** Print the stages as JSON on standard output, progress on standard error. */
  readonly json: boolean
  /** Do without real pods. */
  readonly simulatePods: boolean
  /** What the server commits, and what runs its releases. */
  readonly subject: Subject
  readonly help: boolean
}

/** The command line was wrong; the message says how. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export const help = `The first preview: a pull request on a real code host becomes a running application, and goes again.

  npm start                              start everything, open a pull request, stay until Ctrl-C
  npm start -- --once                    a pull request's whole life, unattended: open, push, break, mend, close
  npm start -- --once --json             the same; stages and their seconds as JSON on standard output
  npm start -- --once --simulate-pods    the same without rights for real pods: nothing answers at the preview's URL

--json and --simulate-pods go with --once alone. Two options go with all of them:

  --kind KIND        what Tronador commits for the pull request: Environment (the default), or EnvironmentProvisioner,
                     the kind of the original Tronador
  --engine ENGINE    what runs its release: flux or helm-operator. Without it, what the operator takes by itself: Flux
                     for an Environment, and for an EnvironmentProvisioner Helm Operator, which this cluster serves

  npm start -- --kind EnvironmentProvisioner                         as with the original Tronador: by Helm Operator
  npm start -- --once --kind EnvironmentProvisioner --engine flux    its objects, without Helm Operator
  npm start -- --once --engine helm-operator                         the new objects, where Helm Operator still is

Helm Operator acts with its own rights, so nothing confines a preview that it runs. Flux applies the GitOps repository
either way.

What runs is real: Kubernetes, Flux, Helm Operator, Gitea, containerd, all built from source into a cache folder
($XDG_CACHE_HOME/tronador or ~/.cache/tronador) the first time. Nothing is installed into the system, and everything
ends with this command. Real pods need the rights of root, for the node alone: a user who is not root is asked for sudo.
Without them, and with you watching, pods are simulated, as the first and the last line then say.

Exit codes: 0 every stage was seen, 1 a stage failed (which and why stands in the last lines), 2 wrong usage.
`

/** Reads the command line; throws {@link UsageError}. */
export function parseOptions(argv: readonly string[]): DemoOptions {
  const options = readArguments(argv)
  if (!options.once && options.json) throw new UsageError('--json goes with --once alone: npm start -- --once --json')
  if (!options.once && options.simulatePods)
    throw new UsageError(
      '--simulate-pods goes with --once alone: without it, pods are simulated only where they must be',
    )
  return options
}

function readArguments(argv: readonly string[]): DemoOptions {
  const { values } = parseFlags(argv)
  const kind = readChoice('--kind', values.kind, environmentKinds) ?? environmentKinds[0]
  const engine = readChoice('--engine', values.engine, engineNames)
  return {
    once: values.once,
    json: values.json,
    simulatePods: values['simulate-pods'],
    subject: chooseSubject(kind, engine),
    help: values.help,
  }
}

function parseFlags(argv: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const
  const word = { type: 'string' } as const
  try {
    return parseArgs({
      args: [...argv],
      options: {
        once: flag,
        json: flag,
        'simulate-pods': flag,
        kind: word,
        engine: word,
        help: { ...flag, short: 'h' },
      },
    })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    // The word is missing; Node's own words for that name no choices.
    if (message.startsWith("Option '--kind")) throw new UsageError(`--kind is ${either(environmentKinds)}`)
    if (message.startsWith("Option '--engine")) throw new UsageError(`--engine is ${either(engineNames)}`)
    throw new UsageError(message)
  }
}

/** The one of `choices` that was given, undefined where none was. */
function readChoice<T extends string>(flag: string, given: string | undefined, choices: readonly T[]): T | undefined {
  if (given === undefined) return undefined
  const chosen = choices.find((choice) => choice === given)
  if (chosen !== undefined) return chosen
  const meant = nearest(given, choices)
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`
  throw new UsageError(`${flag} is ${either(choices)}, not "${given}"${hint}`)
}

function either(choices: readonly string[]): string {
  return choices.join(' or ')
}
