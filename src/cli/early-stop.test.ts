import { Command } from 'commander'
import { expect, test } from 'vitest'
import { register as registerOperator } from './operator.ts'
import { register as registerServer } from './server.ts'
import { ioForTests } from './testing.ts'

test.each([
  ['operator', registerOperator],
  ['server', registerServer],
] as const)('%s can be stopped from the first moment, before anything more is loaded', async (name, register) => {
  let isHeard = false
  const io = ioForTests({})
  Object.defineProperty(io, 'stop', {
    get: () => {
      isHeard = true
      return AbortSignal.abort()
    },
  })
  const program = new Command()
  register(program, io)

  const ended = program.parseAsync([name, '--kubeconfig', '/nowhere/kubeconfig'], { from: 'user' })

  expect(isHeard).toBe(true)
  await expect(ended).rejects.toThrow('cannot read the kubeconfig /nowhere/kubeconfig')
})
