/** What `npm start` may be asked for. */
import { parseArgs } from 'node:util'

/** The command line, understood. */
export interface DemoOptions {
  /** Live one pull request's whole life unattended, then stop. */
  readonly once: boolean
  /** Print the stages as JSON on standard output, progress on standard error. */
  readonly json: boolean
  /** Do without real pods. */
  readonly simulatePods: boolean
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

--json and --simulate-pods go with --once alone.

What runs is real: Kubernetes, Flux, Gitea, containerd, all built from source into a cache folder
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
  const flag = { type: 'boolean', default: false } as const
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { once: flag, json: flag, 'simulate-pods': flag, help: { ...flag, short: 'h' } },
    })
    return { once: values.once, json: values.json, simulatePods: values['simulate-pods'], help: values.help }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
