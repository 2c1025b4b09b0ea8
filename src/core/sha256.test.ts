import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sha256Hex } from './sha256.ts'

test('the empty text hashes as the standard says', () => {
  expect(sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
})

const platformHash = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex')

test('every length up to three blocks hashes as the platform hashes it', () => {
  const texts = Array.from({ length: 3 * 64 + 1 }, (_, length) => 'x'.repeat(length))

  expect(texts.map(sha256Hex)).toEqual(texts.map(platformHash))
})

test('any text hashes as the platform hashes it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => sha256Hex(text) === platformHash(text)),
    { numRuns: 30 },
  )
})
