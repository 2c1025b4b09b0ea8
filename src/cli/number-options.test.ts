import { expect, test } from 'vitest'
import { readConcurrency, readPort } from './number-options.ts'

test.each([
  [readPort, '0', 0],
  [readPort, '65535', 65535],
  [readConcurrency, '1', 1],
  [readConcurrency, '256', 256],
])('%o reads %s', (read, text, expected) => {
  expect(read(text)).toBe(expected)
})

test.each([
  [readPort, '65536', 'Give a port from 0 to 65535.'],
  [readPort, '80a', 'Give a port from 0 to 65535.'],
  [readPort, '-1', 'Give a port from 0 to 65535.'],
  [readPort, '', 'Give a port from 0 to 65535.'],
  [readConcurrency, '0', 'Give a number from 1 to 256.'],
  [readConcurrency, '1e2', 'Give a number from 1 to 256.'],
])('%o refuses "%s"', (read, text, said) => {
  expect(() => read(text)).toThrow(said)
})
