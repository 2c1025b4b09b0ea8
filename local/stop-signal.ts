/** How a person or a supervisor tells a running cluster to stop. */

/**
 * Aborts on the first SIGINT, SIGTERM or SIGHUP. A second SIGINT ends the process at once; the kernel then takes its
 * children along, and the next start removes the rest.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted && signal === 'SIGINT') process.exit(130)
      controller.abort(new Error(`stopped by ${signal}`))
    })
  }
  return controller.signal
}
