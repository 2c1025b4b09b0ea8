/** Changes one file in one commit, on top of whatever others have pushed meanwhile. */
import { TronadorError } from '../../core/errors.ts'
import { messageFor } from '../commit-message.ts'
import type { FileChange, Pushed } from '../gitops.ts'
import { refusePath } from '../path.ts'
import { isPassing, type PushOutcome } from './failure.ts'
import type { ImportSession } from './fast-import.ts'
import type { OwnCommit } from './listing.ts'
import type { Mirror } from './mirror.ts'

/** Clock, chance and patience, handed in. */
export interface Pace {
  readonly now: () => Date
  /** Uniform in [0, 1). */
  readonly random: () => number
  readonly sleep: (milliseconds: number) => Promise<void>
  /** How often a change may lose the race before it gives up; 40 where absent. */
  readonly attempts?: number
}

/** How often a host that cannot be reached is asked again. */
const maxInterruptions = 3

/** What editing the file at one head comes to. */
type Draft = { readonly kind: 'same' } | { readonly kind: 'fault'; readonly error: unknown } | NewHead
type NewHead = { readonly kind: 'commit'; readonly commit: string; readonly text: string | undefined }

/**
 * Brings the change onto the branch. It first tries on the head it knows, without asking; "nothing to do" and an
 * `edit` that throws count only on a head that was confirmed, because an older one may say otherwise.
 */
export async function changeFile(
  mirror: Mirror,
  change: FileChange,
  folders: readonly string[],
  pace: Pace,
): Promise<Pushed & { readonly own?: OwnCommit }> {
  const attempts = pace.attempts ?? 40
  let confirmed = mirror.known === undefined
  let head = mirror.known ?? (await withPatience(pace, mirror.refresh))
  let lost = 0
  let interrupted = 0
  for (;;) {
    const draft = await prepareCommit(mirror, head, change, folders, pace)
    if (draft.kind !== 'commit') {
      if (confirmed && draft.kind === 'fault') throw draft.error
      if (confirmed) return { commit: head, changed: false }
    } else {
      const began = pace.now().getTime()
      const outcome = await pushOrFindOut(mirror, draft.commit, head, pace)
      if (outcome.kind === 'landed') {
        const { commit, text } = draft
        return { commit, changed: true, own: { parent: head, commit, path: change.path, text } }
      }
      if (outcome.kind === 'refused') throw explainRefusal(outcome.reason)
      if (outcome.kind === 'interrupted') {
        interrupted += 1
        if (interrupted > maxInterruptions) throw outcome.error
      } else {
        lost += 1
        if (lost >= attempts) throw endlessConflict(change.path, attempts)
        // A host that takes long over a push is not helped by more of them at once.
        await pace.sleep(backoff(lost, Math.max(50, pace.now().getTime() - began), pace.random))
      }
    }
    head = await withPatience(pace, mirror.refresh)
    confirmed = true
  }
}

/** Asks the remote something, again after a pause where its host cannot be reached. */
export async function withPatience<T>(pace: Pace, ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      if (!isPassing(error) || attempt > maxInterruptions) throw error
      await pace.sleep(backoff(attempt, 500, pace.random))
    }
  }
}

/** A file at a head: its text and mode, undefined where there is none; refuses whatever is no regular file. */
async function findFile(
  session: ImportSession,
  head: string,
  path: string,
  folders: readonly string[],
): Promise<{ readonly text: string; readonly mode: string } | undefined> {
  const entries = await session.look(head, [...folders, path])
  const file = entries.at(-1)
  folders.forEach((folder, index) => {
    const entry = entries[index]
    if (entry !== undefined && !isFolder(entry.mode))
      throw refusePath(path, `${folder} there is ${describe(entry.mode)}`)
  })
  if (file === undefined) return undefined
  if (!isRegular(file.mode)) throw refusePath(path, `there is ${describe(file.mode)} at it`)
  return { text: await session.read(file, path), mode: file.mode }
}

async function prepareCommit(
  mirror: Mirror,
  head: string,
  change: FileChange,
  folders: readonly string[],
  pace: Pace,
): Promise<Draft> {
  const session = mirror.open()
  try {
    const file = await findFile(session, head, change.path, folders)
    const text = change.edit(file?.text)
    if (text === file?.text) return { kind: 'same' }
    const commit = await session.commit({
      parent: head,
      path: change.path,
      text,
      mode: file?.mode ?? '100644',
      message: messageFor(change, file?.text, text),
      seconds: Math.floor(pace.now().getTime() / 1000),
    })
    return { kind: 'commit', commit, text }
  } catch (error) {
    return { kind: 'fault', error }
  } finally {
    await session.close()
  }
}

/** A push that broke off may have landed all the same: the branch itself knows. */
async function pushOrFindOut(
  mirror: Mirror,
  commit: string,
  head: string,
  pace: Pace,
): Promise<PushOutcome | { readonly kind: 'interrupted'; readonly error: unknown }> {
  try {
    return await mirror.push(commit, head)
  } catch (error) {
    if (!isPassing(error)) throw error
    await pace.sleep(backoff(1, 500, pace.random))
    return (await withPatience(pace, () => mirror.holds(commit))) ? { kind: 'landed' } : { kind: 'interrupted', error }
  }
}

/** Full jitter: anything up to a bound that doubles, at most eight times the base. */
function backoff(attempt: number, base: number, random: () => number): number {
  return Math.round(random() * base * 2 ** Math.min(attempt, 3))
}

/** Some hosts let a reader begin to push and say no only then. */
function explainRefusal(reason: string): TronadorError {
  const code = /permission denied/i.test(reason) ? 'GitAuthenticationFailed' : 'GitPushRefused'
  return new TronadorError(code, `The GitOps repository’s host refused the commit: ${reason.replace(/\.$/, '')}.`)
}

function endlessConflict(path: string, attempts: number): TronadorError {
  return new TronadorError(
    'GitConflict',
    `${attempts} times somebody else pushed first; ${path} stands as it was in the GitOps repository.`,
  )
}

const isFolder = (mode: string) => mode === '040000'
const isRegular = (mode: string) => mode === '100644' || mode === '100755'

function describe(mode: string): string {
  if (isFolder(mode)) return 'a folder'
  if (isRegular(mode)) return 'a file'
  return mode === '120000' ? 'a symbolic link' : 'a submodule'
}
