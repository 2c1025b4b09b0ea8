/** Ctrl-C, as something to wait for. */

/** The person asked for the end. Not a failure of what was going on. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'

  constructor() {
    super('interrupted')
  }
}

/** Resolves when the signal aborts. */
export function interruptOf(signal: AbortSignal): Promise<Interrupted> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(new Interrupted()), { once: true })
  })
}
