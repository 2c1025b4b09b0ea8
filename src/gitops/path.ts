/** Which paths a file in a GitOps repository may have. Pure. */
import { TronadorError } from '../core/errors.ts'

const maxPathLength = 1024
const maxSegmentLength = 255

/**
 * Refuses with GitPathRefused every path that is not plain: relative, POSIX, normalised, without anything that Git,
 * a file system or a decoder on the way could read as another place. Returns the folders above the file, outermost
 * first (`a/b/c.yaml` → `a`, `a/b`).
 */
export function checkFilePath(path: string): readonly string[] {
  const fault = pathFault(path)
  if (fault !== undefined) throw refusePath(path, fault)
  const segments = path.split('/')
  return segments.slice(1).map((_, index) => segments.slice(0, index + 1).join('/'))
}

/** The same for a folder; the empty text is the repository's root. A trailing slash is allowed and dropped. */
export function checkFolderPath(folder: string): string {
  const plain = folder.endsWith('/') && folder.length > 1 ? folder.slice(0, -1) : folder
  if (plain !== '') checkFilePath(plain)
  return plain
}

/** The error for a path that is refused, with the reason in words. */
export function refusePath(path: string, fault: string): TronadorError {
  return new TronadorError('GitPathRefused', `The path ${JSON.stringify(path.slice(0, 200))} is refused: ${fault}.`)
}

function pathFault(path: string): string | undefined {
  if (path === '') return 'it is empty'
  if (path.length > maxPathLength) return `it is longer than ${maxPathLength} characters`
  if (path.startsWith('/')) return 'it is absolute; give it relative to the repository’s root'
  if (path.includes('\\')) return 'it holds a backslash'
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(path)) return 'it holds a control or invisible character'
  if (/%[0-9a-f]{2}/i.test(path)) return 'it holds a percent-encoded character'
  if (path.normalize('NFKC') !== path) return 'it holds a character that other systems read as another one'
  for (const segment of path.split('/')) {
    const fault = segmentFault(segment)
    if (fault !== undefined) return fault
  }
  return undefined
}

function segmentFault(segment: string): string | undefined {
  if (segment === '') return 'it has an empty part or a trailing slash'
  if (segment === '.' || segment === '..') return 'it has a part `.` or `..`'
  if (new TextEncoder().encode(segment).length > maxSegmentLength)
    return `a part is longer than ${maxSegmentLength} bytes`
  if (isGitsOwn(segment)) return 'it names a file or folder of Git itself'
  return undefined
}

/** `.git` in every spelling that some file system takes for it (case, trailing dots, short names, streams). */
function isGitsOwn(segment: string): boolean {
  return /^(\.git|git~\d+)[. ]*(:.*)?$/i.test(segment) || /^\.git(modules|attributes)[. ]*(:.*)?$/i.test(segment)
}
