import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseOptions, UsageError } from './options.ts'

const subject = { kind: 'Environment', askedEngine: undefined, engine: 'flux' }

test('without arguments it is interactive, and an Environment that Flux runs', () => {
  expect(parseOptions([])).toEqual({ once: false, json: false, simulatePods: false, subject, help: false })
})

test('--once takes --json and --simulate-pods', () => {
  expect(parseOptions(['--once', '--json', '--simulate-pods'])).toEqual({
    once: true,
    json: true,
    simulatePods: true,
    subject,
    help: false,
  })
})

test.each([[[]], [['--once']]])('after %j kind and engine may be chosen', (before) => {
  const { subject } = parseOptions([...before, '--kind', 'EnvironmentProvisioner', '--engine', 'flux'])
  expect(subject).toEqual({ kind: 'EnvironmentProvisioner', askedEngine: 'flux', engine: 'flux' })
})

test.each([
  [
    ['--kind', 'environmentprovisoner'],
    '--kind is Environment or EnvironmentProvisioner, not "environmentprovisoner"; did you mean EnvironmentProvisioner?',
  ],
  [['--kind', ''], '--kind is Environment or EnvironmentProvisioner, not ""'],
  [['--kind'], '--kind is Environment or EnvironmentProvisioner'],
  [['--engine', 'argo'], '--engine is flux or helm-operator, not "argo"'],
  [['--engine', 'HelmOperator'], '--engine is flux or helm-operator, not "HelmOperator"; did you mean helm-operator?'],
  [['--engine', '--once'], '--engine is flux or helm-operator'],
])('%j is refused with the choices', (argv, message) => {
  expect(() => parseOptions(argv)).toThrow(new UsageError(message))
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

test('what was typed wrong is answered in one line that names the choices, and starts nothing', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'main.ts'), '--kind', 'Foo'],
    { encoding: 'utf8' },
  )

  expect({ status, stdout, stderr }).toEqual({
    status: 2,
    stdout: '',
    stderr: '--kind is Environment or EnvironmentProvisioner, not "Foo" (npm start -- --help says more)\n',
  })
})
