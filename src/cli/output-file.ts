/** Writing a command's result to a file, for those who have no shell to redirect it with. */
import { TronadorError } from '../core/errors.ts'
import type { CliIo } from './io.ts'

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'writing there is not allowed',
  EEXIST: 'a folder above it is a file',
  EISDIR: 'it is a folder',
  ENOENT: 'a folder above it is missing and cannot be made',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a folder above it is a file',
  EROFS: 'the file system is read-only',
}

/** Writes the text, whole or not at all. Throws `OutputRefused`. */
export async function writeOutput(file: string, text: string, io: CliIo): Promise<void> {
  await io.writeFile(file, text).catch((cause: NodeJS.ErrnoException) => {
    const why = reasons[cause.code ?? ''] ?? cause.message
    throw new TronadorError('OutputRefused', `${file} cannot be written: ${why}.`, { cause })
  })
}
