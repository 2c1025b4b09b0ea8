import { expect, test } from 'vitest'
import { parseOptions } from './options.ts'

test('without arguments it is interactive', () => {
  expect(parseOptions([])).toEqual({ once: false, json: false, simulatePods: false, help: false })
})

test('--once takes --json and --simulate-pods', () => {
  expect(parseOptions(['--once', '--json', '--simulate-pods'])).toEqual({
    once: true,
    json: true,
    simulatePods: true,
    help: false,
  })
})

test.each([
  [['--json'], '--json goes with --once alone: npm start -- --once --json'],
  [
    ['--simulate-pods'],
    '--simulate-pods goes with --once alone: without it, pods are simulated only where they must be',
  ],
])('%j is refused with the way to mend it', (argv, message) => {
  expect(() => parseOptions(argv)).toThrow(message)
})

test('an unknown option is refused by name', () => {
  expect(() => parseOptions(['--twice'])).toThrow("Unknown option '--twice'")
})
