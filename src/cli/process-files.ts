/** The machine's files, as commands read and write them. */
import { randomUUID } from 'node:crypto'
import { mkdir, open, realpath, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { CliIo } from './io.ts'

/** Files of the real machine. */
export const processFiles: Pick<CliIo, 'readFile' | 'realPath' | 'writeFile'> = {
  readFile,
  realPath: (path) => realpath(path),
  writeFile,
}

/** Devices and pipes never fill the memory. */
async function readFile(path: string, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  const file = path === '-' ? undefined : await open(resolve(path))
  const stream = file?.createReadStream({ end: limit }) ?? process.stdin
  for await (const chunk of stream) {
    chunks.push(chunk as Uint8Array)
    size += (chunk as Uint8Array).length
    if (size > limit) break
  }
  return Buffer.concat(chunks).subarray(0, limit + 1)
}

/** Written beside its place and then moved there: nobody ever reads half of it, and a link at its place is replaced. */
async function writeFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const draft = join(dirname(path), `.${basename(path).slice(0, 100)}.${randomUUID()}`)
  try {
    const file = await open(draft, 'wx')
    await file.writeFile(text).finally(() => file.close())
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}
