/**
 * The ports to a code host: one for what it sends (pure, needs no token) and one for what we ask of it. A folder per
 * provider holds the adapters; `contract.ts` is the suite all of them pass. Vendors' shapes stop at the adapter.
 */
import type { RepositoryIdentity } from '../core/identity.ts'

export type { RepositoryIdentity } from '../core/identity.ts'

/** A pull request as it stands on the code host now. */
export interface PullRequest {
  readonly number: number
  readonly state: 'open' | 'closed'
  readonly merged: boolean
  readonly draft: boolean
  readonly title: string
  readonly url: string
  readonly author: string
  /** Head: what would be merged. */
  readonly source: {
    readonly branch: string
    readonly commit: string
    /** Whether the head lies in another repository than the one asked to merge it. */
    readonly fork: boolean
    readonly cloneUrl: string
  }
  readonly targetBranch: string
}

/** A raw webhook delivery: headers in lower case, body as it came. */
export interface RawDelivery {
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
}

/** What a webhook hints at. Nothing of it is believed: the pull request is read again. */
export interface ChangeHint {
  readonly repository: RepositoryIdentity
  /** Pull request's number. */
  readonly number: number
  /** The vendor's word for what happened, for the log alone. */
  readonly action: string
  /** The delivery's id, for the log. */
  readonly deliveryId: string | undefined
}

/** What a code host sends us. Pure. */
export interface ScmWebhook {
  /** Whether the raw bytes are signed with one of the secrets (several during a rotation), in constant time. */
  verify(delivery: RawDelivery, secrets: readonly string[]): boolean
  /** The hint, or undefined for events that are none of ours. Throws TronadorError `WebhookMalformed`. */
  parse(delivery: RawDelivery): ChangeHint | undefined
}

export interface CommitStatus {
  readonly state: 'pending' | 'success' | 'failure'
  /** Name of the check: one per environment. */
  readonly context: string
  readonly description: string
  readonly url?: string
}

/** What we ask of a code host, for one repository. Rejects with TronadorError (codes `Scm…`). */
export interface ScmApi {
  readonly identity: RepositoryIdentity
  /** The pull request, or undefined when the host answers 404 (which proves nothing by itself). */
  pullRequest(number: number): Promise<PullRequest | undefined>
  /** Every open pull request, all pages; any failed page rejects the whole. A head that the host cannot find is ''. */
  openPullRequests(): Promise<readonly PullRequest[]>
  /** A file's text at a commit, or undefined when there is none. Bounded in size. */
  readFile(path: string, commit: string): Promise<string | undefined>
  /** One comment per pull request and marker: created the first time, edited in place after. No write when equal. */
  upsertComment(number: number, marker: string, body: string): Promise<void>
  setStatus(commit: string, status: CommitStatus): Promise<void>
}
