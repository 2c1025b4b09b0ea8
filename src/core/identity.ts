/**
 * Which repository is meant. Environments, secrets and names hang on host, owner and name together; a bare name
 * never proves anything, because two hosts or owners can hold the same.
 */
import { TronadorError } from './errors.ts'

/** A repository's identity. */
export interface RepositoryIdentity {
  /** Host, lower case, with its port where that is not the scheme's own. */
  readonly host: string
  /** Owner, organisation or group path (`acme`, `acme/platform`). */
  readonly owner: string
  /** Name without `.git`. */
  readonly name: string
}

const defaultPorts: Readonly<Record<string, string>> = { 'https:': '443', 'http:': '80', 'ssh:': '22' }
const scpLike = /^(?:[^@/\s:]+@)?([^@/\s:[\]]+):(?!\/\/)(.+)$/
const hostName =
  /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*\.?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/
const pathSegment = /^(?!\.{1,2}$)[A-Za-z0-9._~+][A-Za-z0-9._~+-]*$/

/**
 * The identity in a repository's URL: https, http, ssh or `user@host:path`. User, password, `.git` and a trailing
 * slash do not count. Throws `RepositoryUrlInvalid` for everything else (other schemes, options, `..`, queries);
 * the message never repeats a password.
 */
export function repositoryIdentity(url: string): RepositoryIdentity {
  const { host, path } = locate(url)
  const segments = path
    .replace(/^\//, '')
    .replace(/\/$/, '')
    .replace(/\.git$/i, '')
    .split('/')
  if (!hostName.test(host)) throw refused(url, 'it has no valid host')
  if (segments.length < 2) throw refused(url, 'its path has no owner and name')
  const bad = segments.find((segment) => !pathSegment.test(segment))
  if (bad !== undefined) throw refused(url, `${sayPart(bad)} is no name that a code host gives`)
  return { host, owner: segments.slice(0, -1).join('/'), name: segments.at(-1) ?? '' }
}

/**
 * A URL that Flux and git clone from, for a URL that {@link repositoryIdentity} reads: without password, and in the
 * `ssh://` form where it was `user@host:path`. User and password of http are left out: they are no part of an object.
 */
export function cloneUrl(url: string): string {
  const { host, path } = locate(url)
  const clean = path.startsWith('/') ? path : `/${path}`
  const [, scheme = 'ssh'] = /^(https?):/i.exec(url) ?? []
  if (scheme !== 'ssh') return `${scheme.toLowerCase()}://${host}${clean}`
  const [, user = 'git'] = /^(?:ssh:\/\/)?([^:@/]+)(?::[^@/]*)?@/i.exec(url) ?? []
  return `ssh://${user}@${host}${clean}`
}

/** Whether a URL's host is this very machine. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    /^127(\.\d+){3}$/.test(hostname) ||
    hostname === '[::1]'
  )
}

/** `host/owner/name`: the identity as one text, for labels of people, mappings and hashes. */
export function identityText(identity: RepositoryIdentity): string {
  return `${identity.host}/${identity.owner}/${identity.name}`
}

function locate(url: string): { host: string; path: string } {
  if (url.length > 2048) throw refused(url, 'it is longer than 2048 characters')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here.
  if (/[\u0000-\u0020\u007f\\]/.test(url)) throw refused(url, 'it holds spaces, control characters or backslashes')
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(url)) return locateInUrl(url)
  const [, host, path] = scpLike.exec(url) ?? []
  if (host === undefined || path === undefined || path.startsWith(':')) {
    throw refused(url, 'it is no URL')
  }
  return { host: host.toLowerCase(), path }
}

function locateInUrl(url: string): { host: string; path: string } {
  const parsed = URL.parse(url)
  if (parsed === null) throw refused(url, 'it is no URL')
  const ownPort = defaultPorts[parsed.protocol]
  if (ownPort === undefined) throw refused(url, `its scheme is ${parsed.protocol.slice(0, -1)}`)
  if (parsed.search !== '' || parsed.hash !== '') throw refused(url, 'it has a query or a fragment')
  // URL parsing folds `..` away; a URL that had any is not what it seems.
  if (/(^|\/)\.{1,2}(\/|$)/.test(url.replace(/^[^/]*\/\/[^/]*/, ''))) throw refused(url, 'its path holds `.` or `..`')
  const port = parsed.port === '' || parsed.port === ownPort ? '' : `:${parsed.port}`
  return { host: parsed.hostname.toLowerCase() + port, path: parsed.pathname }
}

function refused(url: string, why: string): TronadorError {
  return new TronadorError(
    'RepositoryUrlInvalid',
    `The repository URL ${hideUserInfo(url).slice(0, 200)} cannot be used: ${why}.`,
  )
}

/** A part of the path; one with `@` may be what is left of a password. */
function sayPart(part: string): string {
  return part.includes('@') ? 'a part of its path' : `"${part.slice(0, 80)}"`
}

/** The URL without whatever could be user and password (all before the last `@`), fit for logs and messages. */
export function hideUserInfo(url: string): string {
  return url.replace(/^([A-Za-z][A-Za-z0-9+.-]*:\/\/)?.*@/s, '$1')
}
