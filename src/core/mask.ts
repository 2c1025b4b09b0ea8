/** Takes secrets out of text that others wrote and that readers of a pull request will see. Pure. */

const mask = '***'

/** Shorter ones stand in ordinary words too. */
const shortestSecret = 6

/** What secrets look like wherever they stand; the first group of each stays. */
const shapes: readonly RegExp[] = [
  /()-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+(?=@)/gi,
  /(\bauthorization["']?\s*[:=]\s*["']?(?:[a-z]+\s+)?)[^\s"']+/gi,
  /(\b(?:basic|bearer|token)\s+)[a-z0-9._~+/=-]{16,}/gi,
  /("auth"\s*:\s*")[^"]+/g,
  /([a-z0-9_.-]*(?:api[_-]?key|passw(?:or)?d|secret|token)[a-z0-9_.-]*["']?\s*[:=]\s*["']?)[^\s"',;]+/gi,
  /()\b(?:gh[oprsu]_|github_pat_|glpat-|xox[abprs]-|AKIA|eyJ)[A-Za-z0-9_.-]{12,}/g,
]

/** The text without the secrets given, and without what has the shape of one. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  const known = secrets.filter((secret) => secret.length >= shortestSecret)
  const withoutKnown = known.reduce((masked, secret) => masked.replaceAll(secret, mask), text)
  return shapes.reduce((masked, shape) => masked.replace(shape, `$1${mask}`), withoutKnown)
}
