/** Which repositories and branches Tronador talks to. Pure: an allowlist, never a denylist. */
import { TronadorError } from '../core/errors.ts'
import { isLoopback } from '../core/identity.ts'

/** A URL that passed. `text` is rebuilt from its checked parts and is what Git gets to see. */
export interface GitUrl {
  readonly protocol: 'https' | 'http' | 'ssh' | 'file'
  readonly text: string
  /** `scheme://host[:port]/`: where an HTTP credential may go, and nowhere else. */
  readonly origin: string
}

/** What is allowed beyond https, ssh and http to this very machine. */
export interface UrlRules {
  /** Plain HTTP to other machines too. Credentials are then readable on the way. */
  readonly allowHttp?: boolean
  /** `file:` URLs: for tests. */
  readonly allowFile?: boolean
}

const hostName = /^([a-z0-9]([a-z0-9_.-]*[a-z0-9])?|\[[0-9a-f:.]+\])$/i
const userName = /^[a-z0-9_][a-z0-9_.+-]*$/i

/** Checks and rebuilds a clone URL; GitUrlRefused says what is wrong without repeating what may be a secret. */
export function checkGitUrl(raw: string, rules: UrlRules = {}): GitUrl {
  if (raw.length > 2048) throw refuseUrl('it is longer than 2048 characters')
  if (/[\s\p{Cc}\p{Cf}\\"'`<>|{}^]/u.test(raw))
    throw refuseUrl('it holds a space, quote, backslash or control character')
  const short = /^([^@/:]+)@([^/:]+):(?!\/\/)(.+)$/.exec(raw)
  if (short !== null) return sshUrl(short[1] ?? '', short[2] ?? '', '', `/${(short[3] ?? '').replace(/^\/+/, '')}`)
  if (!/^(https?|ssh|file):\/\//.test(raw)) {
    throw refuseUrl('it begins with neither `https://` nor `ssh://` nor reads like `git@host:owner/name`')
  }
  const url = URL.parse(raw)
  if (url === null) throw refuseUrl('it is not a URL')
  if (url.search !== '' || url.hash !== '') throw refuseUrl('it has a query or fragment')
  if (url.password !== '')
    throw refuseUrl('it holds a password', 'Take the password out of the URL; give it by file or environment.')
  if (url.protocol === 'file:') return fileUrl(url, rules)
  return url.protocol === 'ssh:' ? sshUrl(url.username, url.hostname, url.port, url.pathname) : httpUrl(url, rules)
}

function httpUrl(url: URL, rules: UrlRules): GitUrl {
  if (url.username !== '') {
    throw refuseUrl('it holds a user name', 'Take the user name out of the URL; give it by option or environment.')
  }
  if (!hostName.test(url.hostname)) throw refuseUrl('its host is not a plain name or address')
  if (url.pathname === '/') throw refuseUrl('it names a host but no repository')
  if (url.protocol === 'http:' && rules.allowHttp !== true && !isLoopback(url.hostname)) {
    throw refuseUrl('plain http to another machine would show credentials to everyone on the way', 'Use https or ssh.')
  }
  return {
    protocol: url.protocol === 'http:' ? 'http' : 'https',
    text: `${url.protocol}//${url.host}${url.pathname}`,
    origin: `${url.protocol}//${url.host}/`,
  }
}

function sshUrl(user: string, host: string, port: string, path: string): GitUrl {
  if (user !== '' && !userName.test(user)) throw refuseUrl('its user name is not plain')
  if (!hostName.test(host)) throw refuseUrl('its host is not a plain name or address')
  if (path === '/' || path === '' || path.startsWith('/-')) throw refuseUrl('it names no repository')
  const origin = `ssh://${user === '' ? '' : `${user}@`}${host}${port === '' ? '' : `:${port}`}`
  return { protocol: 'ssh', text: origin + path, origin: `${origin}/` }
}

function fileUrl(url: URL, rules: UrlRules): GitUrl {
  if (rules.allowFile !== true || url.host !== '') throw refuseUrl('`file:` is not allowed')
  return { protocol: 'file', text: `file://${url.pathname}`, origin: 'file:///' }
}

function refuseUrl(fault: string, mend?: string): TronadorError {
  return new TronadorError('GitUrlRefused', `The GitOps repository’s URL is refused: ${fault}.`, {
    ...(mend === undefined ? {} : { mend }),
  })
}

/** Checks a branch by Git's own rules for ref names; every name Git allows passes and is taken literally. */
export function checkBranch(branch: string): string {
  const parts = branch.split('/')
  const legal =
    branch.length <= 255 &&
    // biome-ignore lint/suspicious/noControlCharactersInRegex: Git's rule forbids exactly these.
    !/[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{/.test(branch) &&
    branch.isWellFormed() &&
    !branch.endsWith('.') &&
    parts.every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'))
  if (legal) return branch
  throw new TronadorError('GitBranchRefused', `${JSON.stringify(branch.slice(0, 200))} is no legal branch name in Git.`)
}
