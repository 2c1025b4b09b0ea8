/** The `WWW-Authenticate` header of a registry. */

/** One challenge: the scheme in lower case, and its parameters. */
export interface Challenge {
  readonly scheme: string
  readonly parameters: Readonly<Record<string, string>>
}

/** Reads `Bearer realm="…",service="…"`; undefined for what is no challenge. Only the first one counts. */
export function parseChallenge(header: string): Challenge | undefined {
  const [, scheme, rest] = /^\s*([A-Za-z]+)(?:\s+(.*))?$/s.exec(header.slice(0, 4096)) ?? []
  if (scheme === undefined) return undefined
  const parameters: Record<string, string> = Object.create(null) as Record<string, string>
  for (const [, key, quoted, plain] of (rest ?? '').matchAll(/([A-Za-z]+)=(?:"([^"]*)"|([^",\s]+))/g)) {
    parameters[(key ?? '').toLowerCase()] ??= quoted ?? plain ?? ''
  }
  return { scheme: scheme.toLowerCase(), parameters }
}
