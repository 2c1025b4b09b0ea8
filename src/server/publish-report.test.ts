import { expect, test } from 'vitest'
import { TronadorError } from '../core/errors.ts'
import { commit, rehearse } from './testing/rehearsal.ts'

test('where the comment cannot be written the commit’s status still tells', async () => {
  const world = await rehearse()
  world.open(7, commit('a'))
  world.codeHost.intercept((request) => {
    if (request === 'upsertComment') throw new TronadorError('ScmForbidden', 'The conversation is locked.')
  })
  await world.deliver(7)

  expect(world.deployed(7)).toBe(commit('a'))
  expect(world.codeHost.statuses.get(`${commit('a')} tronador/preview`)).toMatchObject({ state: 'pending' })
})
