/** What commits in the GitOps repository say. Pure. */
import type { CommitMessage, FileChange } from './gitops.ts'

/** Whose environment a commit changes. */
export interface CommitSubject {
  readonly environment: string
  /** `repository` is `host/owner/name`. */
  readonly pullRequest?: { readonly repository: string; readonly number: number } | undefined
  /** Full hash of the application's commit. */
  readonly commit?: string | undefined
}

/** The message of a commit that deploys, updates or removes one environment; trailers name what it is about. */
export function describeCommit(action: 'Deploy' | 'Remove', about: CommitSubject): CommitMessage {
  const at = about.commit === undefined || action === 'Remove' ? '' : ` at ${about.commit.slice(0, 12)}`
  return {
    subject: `${action} ${about.environment}${at}`,
    trailers: {
      'Tronador-Environment': about.environment,
      ...(about.pullRequest === undefined ? {} : { 'Tronador-Pull-Request': namePullRequest(about.pullRequest) }),
      ...(about.commit === undefined ? {} : { 'Tronador-Commit': about.commit }),
    },
  }
}

/** No URL, `#` or `!`: code hosts make links of those, and note each deploy in the pull request's own history. */
function namePullRequest({ repository, number }: NonNullable<CommitSubject['pullRequest']>): string {
  return `${repository} pull ${number}`
}

/** The message of a change that turns `current` into `next`, as Git stores it. */
export function messageFor(change: FileChange, current: string | undefined, next: string | undefined): string {
  return formatMessage(typeof change.message === 'function' ? change.message(current, next) : change.message)
}

/** A message as Git stores it. Every part is one line: what would begin another line becomes a space. */
function formatMessage(message: CommitMessage): string {
  const trailers = Object.entries(message.trailers).map(([key, value]) => `${oneLine(key)}: ${oneLine(value)}`)
  return `${oneLine(message.subject)}\n${trailers.length === 0 ? '' : `\n${trailers.join('\n')}\n`}`
}

function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ')
    .trim()
    .slice(0, 500)
}
