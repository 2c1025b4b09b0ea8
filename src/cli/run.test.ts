import { expect, test } from 'vitest'
import { TronadorError } from '../core/errors.ts'
import type { Commands } from './run.ts'
import { runInMemory } from './testing.ts'

const loaded: string[] = []
const command =
  (name: string, action: () => void): Commands[string] =>
  async () => {
    loaded.push(name)
    return { register: (program) => void program.command(name).summary(`does ${name}`).action(action) }
  }
const commands: Commands = {
  good: command('good', () => {}),
  bad: command('bad', () => {
    throw new TronadorError('NameInvalid', 'The name "X" is wrong.', { mend: 'Take another.' })
  }),
}

test('only the command asked for is loaded', async () => {
  loaded.length = 0

  expect(await runInMemory(commands, ['good'])).toEqual({ stdout: '', stderr: '', exitCode: 0 })
  expect(loaded).toEqual(['good'])
})

test('a failure ends with code, message and mend on standard error', async () => {
  expect(await runInMemory(commands, ['bad'])).toEqual({
    stdout: '',
    stderr: 'tronador: NameInvalid: The name "X" is wrong. Take another.\n',
    exitCode: 1,
  })
})

test('help lists every command and is no failure', async () => {
  const run = await runInMemory(commands, ['--help'])

  expect(run).toMatchObject({ stderr: '', exitCode: 0 })
  expect(run.stdout).toContain('does good')
  expect(run.stdout).toContain('does bad')
})

test('the version is Tronador’s own', async () => {
  expect(await runInMemory(commands, ['--version'])).toEqual({ stdout: '1.2.3\n', stderr: '', exitCode: 0 })
})

test.each([[[]], [['unknown']], [['constructor']], [['good', '--nope']]])('%j is wrong usage', async (argv) => {
  expect(await runInMemory(commands, argv)).toMatchObject({ stdout: '', exitCode: 2 })
})
