/** What is said of a pull request on a command line or by a code host, checked before anything is made of it. */

import type { Image } from './config-file.ts'
import { TronadorError } from './errors.ts'

/** A pull request's commit, as an environment is rendered from it. */
export interface Change {
  /** The code host's kind, where it is known. */
  readonly provider?: string
  /** Any URL of the repository that {@link repositoryIdentity} reads. */
  readonly repositoryUrl: string
  readonly number: number
  /** Source branch. */
  readonly branch: string
  /** Full hash, lower case. */
  readonly commit: string
  /** The pull request's page, where it is known. */
  readonly url?: string
}

/** The number of a pull request. Throws `ChangeInvalid`. */
export function checkPullRequestNumber(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text)
  throw invalid(`${say(text)} is no number of a pull request`, 'Give a whole number from 1.')
}

/** The kind of a code host, such as `gitea`. Throws `ChangeInvalid`. */
export function checkProvider(text: string): string {
  if (/^[a-z][a-z0-9-]{0,62}$/.test(text)) return text
  throw invalid(`${say(text)} is no kind of code host`, 'Give it in lower case: `github`, `gitlab` or `gitea`.')
}

/** The URL of a pull request's page. Throws `ChangeInvalid`, which does not repeat it: it may hold a token. */
export function checkPullRequestUrl(text: string): string {
  const { protocol, username, password } = URL.parse(text) ?? {}
  const isWeb = protocol === 'https:' || protocol === 'http:'
  if (isWeb && `${username}${password}` === '' && text.length <= 2048 && !/[\p{Cc}\s]/u.test(text)) return text
  throw invalid('the URL of the pull request is none', 'Give its page’s http or https URL, without user and password.')
}

/** A full commit hash (SHA-1 or SHA-256), in lower case. Throws `ChangeInvalid`. */
export function checkCommit(text: string): string {
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(text)) return text.toLowerCase()
  throw invalid(`${say(text)} is no full commit hash`, 'Give all 40 hexadecimal digits: `git rev-parse HEAD`.')
}

/** A branch name as git takes it (`git check-ref-format --branch`), shell characters and all. Throws `ChangeInvalid`. */
export function checkBranch(text: string): string {
  const legal =
    text.length > 0 &&
    text.length <= 255 &&
    !/[\p{Cc}\p{Cs} ~^:?*[\\]|\.\.|@\{|\/\/|^\/|\/$|\.$|^@$/u.test(text) &&
    text.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'))
  if (legal) return text
  throw invalid(
    `${say(text)} is no name that git gives a branch`,
    'Give the source branch as git knows it, without `refs/heads/`.',
  )
}

const imagePart = /^[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*$/
const registryHost = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?$/

/** An image's name as registries take it, with or without a registry's host. Throws `ImageReferenceInvalid`. */
export function checkImageName(text: string): string {
  const [first = '', ...rest] = text.split('/')
  const hasHost = rest.length > 0 && registryHost.test(first) && /[.:]|^localhost$|[A-Z]/.test(first)
  const path = hasHost ? rest : [first, ...rest]
  if (text.length <= 255 && path.every((part) => imagePart.test(part))) return text
  throw new TronadorError('ImageReferenceInvalid', `${say(text)} is no name of an image.`, {
    mend: 'Give it without tag, in lower case: `registry.example.com/acme/shop`.',
  })
}

/** An image's tag as registries take it. Throws `ImageReferenceInvalid`. */
export function checkImageTag(text: string): string {
  if (/^\w[\w.-]{0,127}$/.test(text)) return text
  throw new TronadorError('ImageReferenceInvalid', `${say(text)} is no tag of an image.`, {
    mend: 'Give at most 128 letters, digits, `_`, `.` and `-`.',
  })
}

/** Both halves of an image. Throws `ImageReferenceInvalid`. */
export function checkImage(image: Image): Image {
  return { name: checkImageName(image.name), tag: checkImageTag(image.tag) }
}

function say(text: string): string {
  return JSON.stringify(text.slice(0, 100))
}

function invalid(message: string, mend: string): TronadorError {
  return new TronadorError('ChangeInvalid', `${message}.`, { mend })
}
