/** Ctrl-C, as something to wait for. */

/** The person asked for the end. Not a failure of what was going on. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'

  constructor() {
    super('interrupted')
  }
}

/** Resolves when the signal aborts, at once when it has aborted already. */
export function interruptOf(signal: AbortSignal): Promise<Interrupted> {
  return new Promise((resolve) => {
    const interrupt = () => resolve(new Interrupted())
    if (signal.aborted) interrupt()
    else signal.addEventListener('abort', interrupt, { once: true })
  })
}
