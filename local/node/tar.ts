/**
 * Tar archives as image layers need them: the same entries give the same bytes, owned by root, dated 1970.
 * Format: POSIX ustar, with a pax record where a path or a link's target is longer than ustar's field.
 */

import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'

/** One thing in a layer. Paths are relative to the root of the image, without a leading slash. */
export type LayerEntry =
  | { readonly kind: 'file'; readonly path: string; readonly content: Buffer | string; readonly mode?: number }
  | { readonly kind: 'directory'; readonly path: string; readonly mode?: number }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }

const block = 512

/** The archive of these entries, in this order. */
export function packTar(entries: readonly LayerEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(packEntry), Buffer.alloc(2 * block)])
}

/** Everything below a folder of this machine, sorted by path, placed below `at` in the image. */
export function readLayer(folder: string, at = ''): LayerEntry[] {
  const names = readdirSync(folder).sort()
  return names.flatMap((name): LayerEntry[] => {
    const from = join(folder, name)
    const path = at === '' ? name : `${at}/${name}`
    const stat = lstatSync(from)
    if (stat.isSymbolicLink()) return [{ kind: 'symlink', path, target: readlinkSync(from) }]
    const mode = stat.mode & 0o777
    if (stat.isDirectory()) return [{ kind: 'directory', path, mode }, ...readLayer(from, path)]
    return [{ kind: 'file', path, mode, content: readFileSync(from) }]
  })
}

function packEntry(entry: LayerEntry): Buffer[] {
  const content = entry.kind === 'file' ? Buffer.from(entry.content) : Buffer.alloc(0)
  const target = entry.kind === 'symlink' ? entry.target : ''
  const path = entry.kind === 'directory' ? `${entry.path}/` : entry.path
  const long = [
    ...(Buffer.byteLength(path) > 100 ? [paxRecord('path', path)] : []),
    ...(Buffer.byteLength(target) > 100 ? [paxRecord('linkpath', target)] : []),
  ]
  const extension = Buffer.concat(long)
  return [
    ...(extension.length === 0
      ? []
      : [header({ path: 'pax', type: 'x', mode: 0o644, target: '', size: extension.length }), pad(extension)]),
    header({ path, target, type: typeFlag[entry.kind], mode: modeOf(entry), size: content.length }),
    pad(content),
  ]
}

const typeFlag = { file: '0', symlink: '2', directory: '5' } as const

function modeOf(entry: LayerEntry): number {
  if (entry.kind === 'symlink') return 0o777
  return entry.mode ?? (entry.kind === 'directory' ? 0o755 : 0o644)
}

function header(of: { path: string; target: string; type: string; mode: number; size: number }): Buffer {
  const bytes = Buffer.alloc(block)
  const octal = (value: number, at: number, width: number) =>
    bytes.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1')
  bytes.write(of.path, 0, 100, 'utf8')
  octal(of.mode, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(of.size, 124, 12)
  octal(0, 136, 12)
  bytes.write(of.type, 156, 'latin1')
  bytes.write(of.target, 157, 100, 'utf8')
  bytes.write('ustar\x0000', 257, 'latin1')
  // The checksum is taken with its own field full of spaces.
  bytes.write('        ', 148, 'latin1')
  const sum = bytes.reduce((total, byte) => total + byte, 0)
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return bytes
}

/** `LENGTH key=value\n`, where the length counts itself. */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  let length = rest
  while (length !== rest + String(length).length) length = rest + String(length).length
  return Buffer.from(`${length} ${key}=${value}\n`)
}

function pad(content: Buffer): Buffer {
  const missing = (block - (content.length % block)) % block
  return missing === 0 ? content : Buffer.concat([content, Buffer.alloc(missing)])
}
