/** What git's words mean. Pure. */
import { type ErrorCode, TronadorError } from '../../core/errors.ts'
import type { GitResult } from './process.ts'

/** Whom a failure concerns, and what its text must not show. */
export interface FailureContext {
  readonly url: string
  readonly branch: string
  readonly secrets: readonly string[]
}

/** First match wins: the particular before the general. */
const meanings: readonly { readonly words: RegExp; readonly code: ErrorCode; readonly says: string }[] = [
  {
    words: /couldn't find remote ref|Remote branch .* not found/,
    code: 'GitBranchMissing',
    says: 'has no branch {branch}',
  },
  {
    words: /host key verification failed|SSL certificate problem|certificate verif|SSL: no alternative certificate/i,
    code: 'GitHostUnverified',
    says: 'is on a host that could not prove who it is',
  },
  {
    words:
      /authentication failed|could not read (username|password)|returned error: 40[13]|permission denied \(|not permitted|access denied/i,
    code: 'GitAuthenticationFailed',
    says: 'did not accept the credential',
  },
  {
    words: /returned error: 30\d|redirect/i,
    code: 'GitUrlRefused',
    says: 'answers with a redirect, which is not followed; give the URL it leads to',
  },
  {
    words:
      /returned error: 404|repository .*not found|does not appear to be a git repository|cannot find repository|repository does not exist|could not be found/i,
    code: 'GitRepositoryMissing',
    says: 'was not found, or the credential may not see it',
  },
  {
    words:
      /unable to access|could not resolve host|failed to connect|connection (refused|timed out|reset|closed)|hung up|early EOF|RPC failed|network is unreachable|no route to host|remote failure|error in the HTTP2/i,
    code: 'GitUnreachable',
    says: 'cannot be reached or broke off',
  },
]

/** The error for a git process that failed while it talked to the remote. */
export function explainFailure(result: GitResult, context: FailureContext): TronadorError {
  const words = cleanWords(result.stderr, context.secrets)
  if (result.timedOut) return failure('GitTimeout', 'did not answer in time', '', context)
  const meaning = meanings.find((candidate) => candidate.words.test(result.stderr))
  if (meaning === undefined)
    return failure('GitFailed', `made git fail (exit ${result.code ?? 'by signal'})`, words, context)
  const says = meaning.says.replace('{branch}', JSON.stringify(context.branch))
  return failure(meaning.code, says, meaning.code === 'GitBranchMissing' ? '' : words, context)
}

function failure(code: ErrorCode, says: string, words: string, context: FailureContext): TronadorError {
  const text = `The GitOps repository ${context.url} ${says}${words === '' ? '' : ` (git: ${words})`}.`
  return new TronadorError(code, text)
}

/** Whether a retry may mend it by itself, so that one is worth its time. */
export function isPassing(error: unknown): boolean {
  return error instanceof TronadorError && (error.code === 'GitUnreachable' || error.code === 'GitTimeout')
}

/** Advice that does not fit, and lines that say again what another says. */
const noise =
  /^(hint:|To |Please make sure|and the repository exists|fatal: Could not read from remote repository|Done$|@@@)|ssh-keygen/

/** Git's last words on one line, bounded, without control characters and without any secret. */
export function cleanWords(stderr: string, secrets: readonly string[]): string {
  let text = stderr
  for (const secret of secrets) if (secret !== '') text = text.replaceAll(secret, '…')
  return text
    .replace(/\p{Cc}\[[0-9;]*m/gu, '')
    .split(/[\r\n]+/)
    .map((line) =>
      line
        .replace(/\p{Cc}/gu, ' ')
        .replace(/^(remote: *)?(error: *|error:$)?/, '')
        .trim(),
    )
    .filter((line) => line !== '' && !noise.test(line))
    .slice(-4)
    .join(' | ')
    .slice(0, 500)
}

/** What became of a push: it landed, somebody else was faster, or the host refused it for the given reason. */
export type PushOutcome = { readonly kind: 'landed' | 'lost' } | { readonly kind: 'refused'; readonly reason: string }

const lostRace =
  /fetch first|non-fast-forward|stale info|cannot lock ref|failed to (update ref|lock)|incorrect old value|reference already exists|but expected|unable to (lock|update)/i

/** Reads `git push --porcelain`; undefined where it says nothing about the ref, so that nobody knows what happened. */
export function readPush(stdout: string): PushOutcome | undefined {
  const line = stdout.split('\n').find((candidate) => /^[ =*+!-]\t/.test(candidate))
  if (line === undefined) return undefined
  if (!line.startsWith('!')) return { kind: 'landed' }
  const reason = line.split('\t').at(-1) ?? ''
  if (/remote failure/.test(reason)) return undefined
  return lostRace.test(reason) ? { kind: 'lost' } : { kind: 'refused', reason }
}
