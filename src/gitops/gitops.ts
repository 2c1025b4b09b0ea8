/**
 * The port to a GitOps repository: list files of a branch, and change one file per commit on top of whatever other
 * writers have pushed meanwhile. `git.ts` is the real adapter, `memory.ts` the fake; `contract.ts` proves both.
 */

/** What a commit says. Trailers are `Key: value` lines that name environment, pull request and commit. */
export interface CommitMessage {
  readonly subject: string
  readonly trailers: Readonly<Record<string, string>>
}

/** One file's change: its new text, or `undefined` to remove it. */
export interface FileChange {
  /** Path in the repository: relative, normalised, POSIX. */
  readonly path: string
  /**
   * The text the file shall have, given the text it has now (`undefined`: no such file). Called again on each retry,
   * with what the winner left. Return the same text for "no change", `undefined` for "no file".
   */
  readonly edit: (current: string | undefined) => string | undefined
  /** What the commit says; as a function where that depends on the text before and after. */
  readonly message: CommitMessage | ((current: string | undefined, next: string | undefined) => CommitMessage)
}

export interface Pushed {
  /** Hash of the branch's head that holds the change. */
  readonly commit: string
  /** False where the branch already was as wanted and no commit was made. */
  readonly changed: boolean
}

/** How a folder is listed. */
export interface ListOptions {
  /** At the head as last seen, without asking the remote where it was ever asked: for what a `change` proves. */
  readonly asRemembered?: boolean
}

/** One branch of one GitOps repository. Rejects with TronadorError (codes `Git…`) and leaves the remote untouched. */
export interface GitOps {
  /** Every file below a folder (recursively) at the branch's head, with its text; the whole branch for an empty one. */
  list(folder: string, options?: ListOptions): Promise<ReadonlyMap<string, string>>
  /** Changes one file in one commit, retried on top of other writers, never forced. */
  change(change: FileChange): Promise<Pushed>
}
