/** What must be stopped, in the reverse of the order in which it was started. */

/** Collects endings and runs them once. */
export interface Teardown {
  /** May be handed around on its own. */
  readonly add: (work: () => Promise<void>) => void
  /** Runs all, also when some fail; rejects with the first failure at the end. */
  readonly run: () => Promise<void>
}

/** An empty teardown. */
export function createTeardown(): Teardown {
  const endings: (() => Promise<void>)[] = []
  return {
    add: (work) => {
      endings.push(work)
    },
    async run() {
      const failures: unknown[] = []
      for (let end = endings.pop(); end !== undefined; end = endings.pop())
        await end().catch((error: unknown) => failures.push(error))
      if (failures.length > 0) throw failures[0]
    },
  }
}
