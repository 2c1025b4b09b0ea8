/** The repository's own files, as the convention tests read them. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

/** The repository's root. */
export const root = join(import.meta.dirname, '../..')

/** Every file under version control, or about to be, whose path matches. Paths are relative, sorted. */
export function filesMatching(pattern: RegExp): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
  })
  return [...new Set(listed.split('\0'))].filter((path) => pattern.test(path) && existsSync(join(root, path))).sort()
}

/** A file's text. */
export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** Whether a file serves tests alone: it may do what the code itself may not. */
export function isForTests(path: string): boolean {
  return /\.test\.ts$|(?:^|\/)testing(?:\.ts$|\/)|\/(?:contract|memory)[a-z-]*\.ts$/.test(path)
}

/** A file's code without comments; strings stay, which at worst makes a rule stricter. */
export function codeOf(path: string): string {
  return read(path)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '$1')
}

/** What a file imports: package names, or paths from the root. */
export function importsOf(path: string): string[] {
  const found = codeOf(path).matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)
  return [...found].map(([, specifier = '']) =>
    specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : specifier,
  )
}
