/** Gitea's built web pages, which the Go module lacks. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Cache } from '../cache.ts'

/** Folder with `templates`, `options` and the built `public`, if an earlier run has built it. */
export function findBuiltPages(cache: Cache): string | undefined {
  const folder = pagesFolder(cache)
  return existsSync(join(folder, 'public', 'assets', 'js', 'index.js')) ? folder : undefined
}

/** Where the built pages of the pinned version lie. */
export function pagesFolder(cache: Cache): string {
  return join(cache.folder, 'gitea-pages')
}
