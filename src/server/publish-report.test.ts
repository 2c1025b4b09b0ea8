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

test('once the preview of a closed pull request is gone the commit’s status says so, once, and links to it no more', async () => {
  const world = await rehearse()
  world.open(7, commit('a'))
  await world.deliver(7)
  const since = new Date(world.clock.now()).toISOString()
  await world.sync(7, {
    commit: commit('a'),
    conditions: [{ type: 'Ready', status: 'True', reason: 'Ready', message: '', lastTransitionTime: since }],
    urls: ['http://shop.example.com/'],
  })
  await world.clock.advance(1000)
  const status = () => world.codeHost.statuses.get(`${commit('a')} tronador/preview`)
  expect(status()).toMatchObject({ description: 'Ready', url: 'http://shop.example.com/' })

  let written = 0
  world.codeHost.intercept((request) => {
    if (request === 'setStatus') written += 1
  })
  world.codeHost.close(7)
  await world.deliver(7, 'closed')
  await world.sync(7)
  await world.clock.advance(5000)
  await world.deliver(7, 'labeled')
  await world.clock.advance(5000)

  expect(status()).toEqual({
    state: 'success',
    context: 'tronador/preview',
    description: 'Removed',
    url: 'https://git.example.com/acme/shop/pulls/7',
  })
  expect(written).toBe(1)
})
