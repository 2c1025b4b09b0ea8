/** Takes secrets out of text that others wrote and that readers of a pull request will see. Pure. */

const mask = '***'

/** Shorter ones stand in ordinary words too. */
const shortestSecret = 6

/** A whole key; taken first, because a line of it that is known by itself would hide where it begins or ends. */
const privateKey = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g

/** What secrets look like wherever they stand; the first group of each stays. Bounded, so that no text takes long. */
const shapes: readonly RegExp[] = [
  /(\b[a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@]{1,2048}(?=@)/gi,
  /(\bauthorization["']?\s{0,8}[:=]\s{0,8}["']?(?:[a-z]{1,20}\s{1,8})?)[^\s"']+/gi,
  /(\b(?:basic|bearer|token)\s{1,8})[a-z0-9._~+/=-]{16,}/gi,
  /("auth"\s{0,8}:\s{0,8}")[^"]+/g,
  /((?:api[_-]?key|passw(?:or)?d|secret|token)[a-z0-9_.-]{0,64}["']?\s{0,8}[:=]\s{0,8}["']?)[^\s"',;]+/gi,
  /()\b(?:gh[oprsu]_|github_pat_|glpat-|xox[abprs]-|AKIA|eyJ)[A-Za-z0-9_.-]{12,}/g,
]

/** The text without the secrets given, and without what has the shape of one. */
export function maskSecrets(text: string, secrets: readonly string[]): string {
  // The longest first: one may hold another.
  const known = secrets.filter((secret) => secret.length >= shortestSecret).sort((a, b) => b.length - a.length)
  const withoutKeys = text.replace(privateKey, mask)
  const withoutKnown = known.reduce((masked, secret) => masked.replaceAll(secret, mask), withoutKeys)
  return shapes.reduce((masked, shape) => masked.replace(shape, `$1${mask}`), withoutKnown)
}
