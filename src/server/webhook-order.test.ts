import { expect, test } from 'vitest'
import { commit, push, type Rehearsal, rehearse, sweepInterval } from './testing/rehearsal.ts'

test('every order of lost webhooks ends as the pull request really is', async () => {
  const steps: Record<string, (world: Rehearsal) => void> = {
    opened: (world) => world.open(7, commit('a')),
    'push b': (world) => push(world, 'b'),
    'push c': (world) => push(world, 'c'),
    closed: (world) => world.codeHost.close(7),
    reopened: (world) => world.codeHost.reopen(7),
  }
  const lives = [
    ['opened', 'push b', 'push c', 'closed', 'reopened'],
    ['opened', 'push b', 'closed', 'reopened', 'push c'],
    ['opened', 'closed', 'reopened', 'push b', 'push c'],
    ['opened', 'push b', 'push c', 'closed'],
    ['opened', 'closed', 'push b', 'push c'],
    ['opened', 'push b', 'closed', 'push c'],
  ]
  for (const life of lives) {
    // Each of the 2^n choices of deliveries that arrive.
    for (let heard = 0; heard < 2 ** life.length; heard++) {
      const world = await rehearse()
      for (const [index, step] of life.entries()) {
        steps[step]?.(world)
        if ((heard >> index) & 1) await world.deliver(7)
      }
      await world.clock.advance(sweepInterval)
      const pull = await world.codeHost.pullRequest(7)
      const expected = pull?.state === 'open' ? pull.source.commit : undefined
      expect(world.deployed(7), `${life.join(', ')}; heard ${heard.toString(2)}`).toBe(expected)
      await world.server.stop()
    }
  }
}, 60_000)

test('webhooks in the wrong order, and each ten times, have one effect', async () => {
  const actions = ['reopened', 'closed', 'synchronized', 'opened', 'synchronized']
  for (const first of actions.keys()) {
    const world = await rehearse()
    world.open(7, commit('a'))
    const order = [...actions.slice(first), ...actions.slice(0, first)]
    for (const action of order) for (let time = 0; time < 10; time++) await world.deliver(7, action)
    expect(world.gitops.commits, order.join()).toHaveLength(1)
    expect(world.deployed(7)).toBe(commit('a'))
    expect(world.codeHost.comments.get(7)).toHaveLength(1)
    await world.server.stop()
  }
}, 30_000)

test('a webhook of the opening that comes again after the close raises nothing', async () => {
  const world = await rehearse()
  world.open(7, commit('a'))
  await world.deliver(7, 'opened')
  world.codeHost.close(7)
  await world.deliver(7, 'closed')
  await world.deliver(7, 'opened')
  await world.clock.advance(sweepInterval)

  expect(world.gitops.files.size).toBe(0)
  expect(world.gitops.commits).toHaveLength(2)
})
