import { expect, test } from 'vitest'
import { createVirtualClock } from '../../kube/virtual-clock.ts'
import { createWorkQueue, type Work } from './work-queue.ts'

/** A queue whose work is noted with the second it began, and lasts until the test ends it. */
function setUp({ concurrency = 2, work }: { concurrency?: number; work?: Work } = {}) {
  const clock = createVirtualClock()
  const start = clock.now()
  const began: string[] = []
  const ends = new Map<string, () => void>()
  const failures: string[] = []
  const queue = createWorkQueue({
    async work(key) {
      began.push(`${key} at ${(clock.now() - start) / 1000}`)
      if (work !== undefined) return work(key)
      await new Promise<void>((resolve) => ends.set(key, resolve))
      return {}
    },
    concurrency,
    clock,
    random: () => 1,
    backoff: { first: 1000, longest: 60_000 },
    onFailure: (key, _, retryAfter) => void failures.push(`${key} again after ${retryAfter}`),
  })
  const end = async (key: string) => {
    ends.get(key)?.()
    await clock.settle()
  }
  return { clock, queue, began, failures, end }
}

test('a key is never worked on twice at a time, and what comes during the work is done once more', async () => {
  const { clock, queue, began, end } = setUp()
  for (let i = 0; i < 3; i++) queue.add('a')
  await clock.settle()
  for (let i = 0; i < 3; i++) queue.add('a')
  await clock.settle()
  expect(began).toEqual(['a at 0'])

  await end('a')
  expect(began).toEqual(['a at 0', 'a at 0'])
  await end('a')
  expect(began).toHaveLength(2)
})

test('a key added in the first breath of its own work waits for the end of it', async () => {
  const clock = createVirtualClock()
  let running = 0
  let most = 0
  let rounds = 0
  const queue = createWorkQueue({
    async work(key) {
      most = Math.max(most, ++running)
      if (++rounds < 3) queue.add(key)
      await Promise.resolve()
      running -= 1
      return {}
    },
    concurrency: 4,
    clock,
    random: () => 1,
  })

  queue.add('a')
  await clock.settle()

  expect({ most, rounds }).toEqual({ most: 1, rounds: 3 })
})

test('as many keys as allowed are worked on at a time, in the order they came', async () => {
  const { clock, queue, began, end } = setUp({ concurrency: 2 })
  for (const key of ['a', 'b', 'c', 'd']) queue.add(key)
  await clock.settle()
  expect(began).toEqual(['a at 0', 'b at 0'])
  expect(queue.depth()).toBe(2)

  await end('b')
  await end('a')

  expect(began).toEqual(['a at 0', 'b at 0', 'c at 0', 'd at 0'])
})

test('a key that fails waits twice as long each time, until it succeeds; others go on', async () => {
  let fails = 3
  const { clock, queue, began, failures } = setUp({
    work: async (key) => {
      if (key === 'bad' && fails-- > 0) throw new Error('no')
      return {}
    },
  })
  queue.add('bad')
  queue.add('good')
  await clock.advance(10_000)
  expect(began).toEqual(['bad at 0', 'good at 0', 'bad at 1', 'bad at 3', 'bad at 7'])
  expect(failures).toEqual(['bad again after 1000', 'bad again after 2000', 'bad again after 4000'])

  fails = 1
  queue.add('bad')
  await clock.advance(1_000)
  expect(failures.at(-1)).toBe('bad again after 1000')
})

test('work may ask to come back; what comes earlier takes its place', async () => {
  const { clock, queue, began } = setUp({ work: async () => ({ againAfter: 60_000 }) })
  queue.add('a')
  await clock.advance(20_000)
  queue.add('a')
  await clock.advance(60_000)

  expect(began).toEqual(['a at 0', 'a at 20', 'a at 80'])
})

test('of several times to come back the earliest counts', async () => {
  const { clock, queue, began } = setUp({ work: async () => ({}) })
  queue.addAfter('a', 30_000)
  queue.addAfter('a', 10_000)
  queue.addAfter('a', 20_000)
  await clock.advance(60_000)

  expect(began).toEqual(['a at 10'])
})

test('stopping waits for the work under way and begins no other', async () => {
  const { clock, queue, began, end } = setUp({ concurrency: 1 })
  queue.add('a')
  queue.add('b')
  queue.addAfter('c', 1000)
  await clock.settle()
  let stopped = false
  const stopping = queue.stop().then(() => {
    stopped = true
  })
  await clock.advance(5000)
  expect(stopped).toBe(false)

  await end('a')
  await stopping

  queue.add('d')
  await clock.advance(5000)
  expect(began).toEqual(['a at 0'])
  expect(clock.sleepers).toBe(0)
})
