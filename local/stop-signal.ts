/** How a person or a supervisor tells a running cluster to stop. */

/** One Ctrl-C arrives several times: from the terminal and from every process above us that passes it on. */
const echo = 1000

/**
 * Aborts on the first SIGINT, SIGTERM or SIGHUP. Another Ctrl-C ends the process at once; the kernel then takes its
 * children along, and the next start removes the rest.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController()
  let asked = Number.POSITIVE_INFINITY
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (signal === 'SIGINT' && performance.now() - asked > echo) process.exit(130)
      asked = Math.min(asked, performance.now())
      controller.abort(new Error(`stopped by ${signal}`))
    })
  }
  return controller.signal
}

/** Resolves when the signal aborts, at once when it already has. */
export function untilAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}
