/** From Gitea's shapes to ours. */
import type { CommitStatus, PullRequest } from '../scm.ts'
import type { GiteaCombinedStatus, GiteaPullRequest } from './schema.ts'

/**
 * A head without a repository is a fork that was deleted: it is treated as the fork it was. So is a head without a
 * label: it was pushed to `refs/for/…` (AGit), which takes no right to write, and lies in this very repository.
 */
export function mapPullRequest(pull: GiteaPullRequest): PullRequest {
  return {
    number: pull.number,
    state: pull.state,
    merged: pull.merged,
    draft: pull.draft,
    title: pull.title,
    url: pull.html_url,
    author: pull.user.login,
    source: {
      branch: pull.head.ref,
      commit: pull.head.sha,
      fork: pull.head.repo?.id !== pull.base.repo.id || pull.head.label === '',
      cloneUrl: pull.head.repo?.clone_url ?? pull.base.repo.clone_url,
    },
    targetBranch: pull.base.ref,
  }
}

/** Whether the newest status of that context on the commit already says the same. */
export function saysTheSame(combined: GiteaCombinedStatus, status: CommitStatus): boolean {
  const current = combined.statuses?.find(({ context }) => context === status.context)
  return (
    current !== undefined &&
    current.status === status.state &&
    (current.description ?? '') === status.description &&
    (current.target_url ?? '') === (status.url ?? '')
  )
}
