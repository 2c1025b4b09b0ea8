/** Ctrl-C. */

/** The person asked for the end. Not a failure of what was going on. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'

  constructor() {
    super('interrupted')
  }
}

/** Resolves at the first SIGINT or SIGTERM. A second one ends the process at once; the kernel ends what it started. */
export function awaitInterrupt(): Promise<Interrupted> {
  const { promise, resolve } = Promise.withResolvers<Interrupted>()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      resolve(new Interrupted())
      process.once(signal, () => process.exit(130))
    })
  }
  return promise
}
