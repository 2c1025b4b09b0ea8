/**
 * The few files of a `.git` folder that say which commit is checked out, as git documents them (gitrepository-layout).
 * Pure: whoever reads the files hands their text in.
 */

/** What `HEAD`, or a reference, holds: a commit, or the name of the reference that holds it. */
export type Reference = { readonly commit: string } | { readonly name: string }

/** Largest `HEAD`, reference or `.git` file that is read, in bytes. */
export const maxReferenceSize = 4096
/** Largest `packed-refs` that is read, in bytes: some hundred thousand branches and tags. */
export const maxPackedReferencesSize = 32 * 1024 * 1024
/** How often one reference may name the next; git itself stops there too. */
export const maxIndirections = 5

const hash = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

/** Reads `HEAD` or a file below `refs/`; undefined where it is neither a full hash nor a legal name. */
export function readReference(text: string): Reference | undefined {
  const line = text.trimEnd()
  if (hash.test(line)) return { commit: line }
  const name = /^ref:[ \t]*(\S+)$/.exec(line)?.[1]
  return name !== undefined && isReferenceName(name) ? { name } : undefined
}

/** A name below `refs/` that is a plain path: it never leads out of the folder it is looked for in. */
function isReferenceName(name: string): boolean {
  const parts = name.split('/')
  return (
    parts.length > 1 &&
    parts[0] === 'refs' &&
    name.length <= 1024 &&
    !/[\p{Cc} ~^:?*[\\]/u.test(name) &&
    parts.every((part) => part !== '' && !part.startsWith('.'))
  )
}

/** Whether a reference belongs to one work tree alone, and so lies in that work tree's own git folder. */
export function isOfWorkTree(name: string): boolean {
  return /^refs\/(?:bisect|rewritten|worktree)\//.test(name)
}

/** The commit that `packed-refs` has for the reference of that name. */
export function findPackedReference(text: string, name: string): string | undefined {
  for (const line of text.split('\n')) {
    const commit = line.endsWith(` ${name}`) ? line.slice(0, -name.length - 1) : ''
    if (hash.test(commit)) return commit
  }
  return undefined
}

/** Where a `.git` file (of a work tree or a submodule) says that the git folder is; undefined where it says nothing. */
export function readGitFile(text: string): string | undefined {
  const path = /^gitdir: ([^\n\0]+)\n?$/.exec(text.replace(/\r\n/g, '\n'))?.[1]
  return path === undefined || path.trim() === '' ? undefined : path
}
