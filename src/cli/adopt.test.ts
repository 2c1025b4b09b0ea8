import { expect, test } from 'vitest'
import { register } from './adopt.ts'
import { runInMemory } from './testing.ts'

test('a name that no namespace can have is refused before any cluster is looked for', async () => {
  const argv = ['adopt', 'Foo_Bar', '--kubeconfig', '/nowhere/kubeconfig']

  expect(await runInMemory({ adopt: async () => ({ register }) }, argv)).toEqual({
    stdout: '',
    stderr:
      'tronador: NameInvalid: "Foo_Bar" cannot be an environment’s name. Use at most 63 lower case letters, digits and dashes, beginning and ending with a letter or digit.\n' +
      'Run it with --help to see what it takes.\n',
    exitCode: 2,
  })
})
