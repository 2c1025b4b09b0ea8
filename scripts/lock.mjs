/**
 * Work that two runs must not do at once, locked by the kernel: the lock is gone with its holder, however that ends.
 * Plain JavaScript without dependencies, because the very first step of a fresh clone needs it.
 */

import { spawn } from 'node:child_process'

/**
 * Holds an exclusive lock on `file` while `work` runs.
 * @template T
 * @param {string} file path; created when missing, never removed
 * @param {() => Promise<T>} work
 * @param {{ onWait?: () => void, signal?: AbortSignal }} [options] `onWait` is called once when another process holds
 *   the lock; `signal` ends the waiting, and only that
 * @returns {Promise<T>}
 */
export async function withLock(file, work, { onWait, signal } = {}) {
  signal?.throwIfAborted()
  // `cat` holds the lock until our end of the pipe closes, which the kernel does for us if we die.
  const holder = spawn('flock', ['--exclusive', file, 'sh', '-c', 'echo locked; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  })
  const giveUp = () => holder.kill('SIGKILL')
  signal?.addEventListener('abort', giveUp)
  const patience = setTimeout(() => onWait?.(), 300)
  try {
    await new Promise((resolve, reject) => {
      holder.stdout.once('data', resolve)
      holder.once('error', reject)
      holder.once('exit', () => reject(signal?.reason ?? new Error(`flock could not lock ${file}.`)))
    })
  } finally {
    signal?.removeEventListener('abort', giveUp)
    clearTimeout(patience)
  }
  const released = new Promise((resolve) => holder.once('exit', resolve))
  try {
    return await work()
  } finally {
    holder.stdin.end()
    await released
  }
}
