import { expect, test } from 'vitest'
import { TronadorError } from '../core/errors.ts'
import { commit, delivery, namespace, rehearse } from './testing/rehearsal.ts'

test('an opened pull request becomes a commit in the GitOps repository and a comment', async () => {
  const world = await rehearse()
  world.open(7, commit('a'))

  expect(await world.deliver(7, 'opened')).toBe(202)

  expect([...world.gitops.files.keys()]).toEqual(['acme/shop/pr-7.yaml'])
  expect(world.deployed(7)).toBe(commit('a'))
  expect(world.gitops.commits.at(-1)?.message).toContain(`Tronador-Commit: ${commit('a')}`)
  expect(world.comment(7)).toContain('### ⏳ Preview is on its way')
  expect(world.codeHost.statuses.get(`${commit('a')} tronador/preview`)).toEqual({
    state: 'pending',
    context: 'tronador/preview',
    description: 'On its way',
    url: 'https://git.example.com/acme/shop/pulls/7',
  })
})

test('closing the pull request removes the file, and the comment follows the environment out', async () => {
  const world = await rehearse()
  world.open(7, commit('a'))
  await world.deliver(7)
  await world.sync(7)

  world.codeHost.close(7, true)
  await world.deliver(7, 'closed')
  expect(world.gitops.files.size).toBe(0)
  await world.clock.advance(1000)
  expect(world.comment(7)).toContain('### ⏳ Preview is being removed')

  await world.sync(7)
  await world.clock.advance(1000)
  expect(world.comment(7)).toContain('### Preview removed')
  expect(world.comment(7)).toContain('The pull request was merged; nothing of its preview is left.')
})

test('a burst of pushes is one commit of the newest head', async () => {
  const world = await rehearse()
  world.open(7, commit('a'))
  const answers = []
  for (const digit of ['b', 'c', 'd']) {
    world.codeHost.push(7, commit(digit), {
      '.tronador.yaml': world.gitops.files.get('') ?? 'application:\n  chart_path: deploy\n',
    })
    world.images.add(`registry.example.com/shop:${commit(digit)}`)
    answers.push(world.server.routes.request(`/webhooks/${namespace}/shop`, delivery({ number: 7 })))
  }

  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([202, 202, 202])
  await world.clock.advance(1000)
  expect(world.deployed(7)).toBe(commit('d'))
  expect(world.gitops.commits).toHaveLength(1)
})

test('while the image is missing the comment says which one, and its arrival is the commit', async () => {
  const world = await rehearse()
  world.open(7, commit('a'))
  world.images.clear()
  await world.deliver(7)

  expect(world.gitops.files.size).toBe(0)
  expect(world.comment(7)).toContain('### ⏳ Preview waits for its image')
  expect(world.comment(7)).toContain(`\`registry.example.com/shop:${commit('a')}\``)
  world.images.add(`registry.example.com/shop:${commit('a')}`)
  await world.clock.advance(60_000)
  expect(world.deployed(7)).toBe(commit('a'))
  expect(world.codeHost.comments.get(7)).toHaveLength(1)
})

test('an image that never comes ends the wait, and one that comes late is still deployed', async () => {
  const world = await rehearse()
  world.open(7, commit('a'))
  world.images.clear()
  await world.deliver(7)
  await world.clock.advance(11 * 60_000)

  expect(world.comment(7)).toContain('### ❌ No preview: the image never came')
  expect(world.codeHost.statuses.get(`${commit('a')} tronador/preview`)?.state).toBe('failure')
  world.images.add(`registry.example.com/shop:${commit('a')}`)
  await world.clock.advance(11 * 60_000)
  expect(world.deployed(7)).toBe(commit('a'))
})

test('a pull request that waits for its image holds up no other', async () => {
  const world = await rehearse()
  for (const number of [1, 2, 3, 4, 5, 6])
    world.codeHost.open(number, {
      commit: commit(String(number)),
      files: { '.tronador.yaml': 'application:\n  chart_path: deploy\n' },
    })
  for (const number of [1, 2, 3, 4, 5, 6]) await world.deliver(number)
  world.open(7, commit('a'))

  await world.deliver(7)

  expect(world.deployed(7)).toBe(commit('a'))
})

test('a fork gets a comment and nothing else', async () => {
  const world = await rehearse()
  world.codeHost.open(9, {
    commit: commit('f'),
    fork: true,
    files: { '.tronador.yaml': 'application:\n  chart_path: deploy\n' },
  })
  const asked: string[] = []
  world.codeHost.intercept((request) => asked.push(request))

  await world.deliver(9, 'opened')

  expect(asked).toEqual(['pullRequest', 'upsertComment'])
  expect(world.comment(9)).toContain('### No preview: this pull request comes from a fork')
  expect(world.gitops.commits).toEqual([])
  expect(world.codeHost.statuses.size).toBe(0)
})

test('a missing config file is explained, and a faulty one is shown with line and column', async () => {
  const world = await rehearse()
  world.codeHost.open(7, { commit: commit('a') })
  await world.deliver(7)
  expect(world.comment(7)).toContain('### No preview: there is no config file')

  world.codeHost.push(7, commit('b'), { '.tronador.yaml': 'application:\n  chart_pth: deploy\n' })
  await world.deliver(7)
  await world.clock.advance(1000)
  expect(world.comment(7)).toContain('### ❌ No preview: the config file has faults')
  expect(world.comment(7)).toContain('.tronador.yaml:2:3: ')
  expect(world.gitops.commits).toEqual([])
})

test('the limit of environments is kept, said, and a free place is taken at once', async () => {
  const world = await rehearse({ limits: { environments: 1 } })
  world.open(1, commit('a'))
  world.open(2, commit('b'))
  await world.deliver(1)
  await world.deliver(2)
  expect([world.deployed(1), world.deployed(2)]).toEqual([commit('a'), undefined])
  expect(world.comment(2)).toContain('This repository may have 1 previews at once')

  world.codeHost.close(1)
  await world.deliver(1, 'closed')
  await world.clock.advance(1000)
  expect([world.deployed(1), world.deployed(2)]).toEqual([undefined, commit('b')])
})

test('the limit holds when all come at once', async () => {
  const world = await rehearse({ limits: { environments: 2 } })
  for (const [index, digit] of ['a', 'b', 'c', 'd', 'e'].entries()) world.open(index + 1, commit(digit))
  await Promise.all([1, 2, 3, 4, 5].map((number) => world.deliver(number)))
  await world.clock.advance(5000)

  expect(world.gitops.files.size).toBe(2)
})

test('a file that somebody else put there is neither changed nor removed', async () => {
  const world = await rehearse()
  world.gitops.write('acme/shop/pr-7.yaml', 'kind: ConfigMap\n')
  world.open(7, commit('a'))
  await world.deliver(7)
  await world.clock.advance(1000)

  expect(world.comment(7)).toContain('GitOpsFileForeign')
  world.codeHost.close(7)
  await world.deliver(7, 'closed')
  await world.clock.advance(60_000)
  expect(world.gitops.files.get('acme/shop/pr-7.yaml')).toBe('kind: ConfigMap\n')
})

test('an environment that is already there keeps its name', async () => {
  const world = await rehearse()
  world.open(7, commit('a'))
  await world.deliver(7)
  const renamed = world.gitops.files
    .get('acme/shop/pr-7.yaml')
    ?.replace(/name: "?shop-7-[0-9a-f]{8}"?/, 'name: "shop-old"')
  world.gitops.write('acme/shop/pr-7.yaml', renamed)

  world.codeHost.push(7, commit('b'), { '.tronador.yaml': 'application:\n  chart_path: deploy\n' })
  world.images.add(`registry.example.com/shop:${commit('b')}`)
  await world.deliver(7)
  await world.clock.advance(1000)

  expect(world.deployed(7)).toBe(commit('b'))
  expect(world.gitops.files.get('acme/shop/pr-7.yaml')).toContain('  name: shop-old\n')
})

test('the comment follows the stages, shows the URL, and is written at most once a second', async () => {
  const world = await rehearse()
  world.open(7, commit('a'))
  await world.deliver(7)
  const since = '2026-01-01T12:00:01Z'
  const ready = {
    type: 'Ready' as const,
    status: 'True' as const,
    reason: 'Ready',
    message: '',
    lastTransitionTime: '2026-01-01T12:00:09Z',
  }
  await world.sync(7, { stages: [{ name: 'namespace', state: 'Running', since }] })
  await world.sync(7, { stages: [{ name: 'namespace', state: 'Done', since }] })
  const done = { stages: [{ name: 'namespace' as const, state: 'Done' as const, since }], conditions: [ready] }
  await world.sync(7, { ...done, urls: ['http://shop.example.com/'] })
  expect(world.codeHost.comments.get(7)).toMatchObject([{ edits: 0 }])

  await world.clock.advance(1000)

  expect(world.codeHost.comments.get(7)).toMatchObject([{ edits: 1 }])
  expect(world.comment(7)).toContain(
    '### ✅ Preview is ready, 9\u00a0s after the push\n\n**<http://shop.example.com/>**',
  )
  expect(world.codeHost.statuses.get(`${commit('a')} tronador/preview`)).toMatchObject({
    state: 'success',
    url: 'http://shop.example.com/',
  })
  const asked: string[] = []
  world.codeHost.intercept((request) => asked.push(request))
  await world.sync(7, { ...done, urls: ['http://shop.example.com/'], phase: 'Another word' })
  await world.clock.advance(60_000)
  expect(asked).toEqual([])
  expect(world.codeHost.comments.get(7)).toMatchObject([{ edits: 1 }])
})

test('after a restart nothing is written that stands already', async () => {
  const world = await rehearse()
  world.open(7, commit('a'))
  await world.deliver(7)
  await world.clock.advance(1000)
  await world.restart()
  await world.clock.advance(1000)
  const edits = world.codeHost.comments.get(7)?.[0]?.edits ?? 0
  await world.restart()
  await world.clock.advance(1000)

  expect(world.gitops.commits).toHaveLength(1)
  expect(world.codeHost.comments.get(7)).toHaveLength(1)
  expect(world.codeHost.comments.get(7)?.[0]?.edits).toBe(edits)
})

test('trouble that a person must mend is said once on the pull request, and goes when it is mended', async () => {
  const world = await rehearse()
  world.open(7, commit('a'))
  let broken = true
  world.codeHost.intercept((request) => {
    if (broken && request === 'readFile') throw new TronadorError('RegistryUnauthorized', 'The registry refuses.')
  })
  await world.deliver(7)
  expect(world.comment(7)).toContain('### ❌ Preview is blocked')
  expect(world.comment(7)).toContain('RegistryUnauthorized: The registry refuses.')
  broken = false
  await world.clock.advance(60_000)

  expect(world.deployed(7)).toBe(commit('a'))
  expect(world.comment(7)).not.toContain('blocked')
})
