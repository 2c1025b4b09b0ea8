/** Why a file that a command was given cannot be read, in words. */

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'reading it is not allowed',
}

/** The reason of a failed read, as a clause. */
export function whyUnreadable(error: NodeJS.ErrnoException): string {
  return reasons[error.code ?? ''] ?? error.message
}
