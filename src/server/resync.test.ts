import { expect, test } from 'vitest'
import { readEnvironmentFile } from '../core/environment-file.ts'
import { TronadorError } from '../core/errors.ts'
import { createMemoryGitOps } from '../gitops/memory.ts'
import { secrets } from '../kube/resources.ts'
import {
  commit,
  gitopsPassword,
  namespace,
  push,
  type Rehearsal,
  rehearse,
  sweepInterval,
  token,
} from './testing/rehearsal.ts'

const digits = 'abcdef0123456789'

/** Opens so many pull requests and lets them be deployed. */
async function deployMany(world: Rehearsal, count: number): Promise<void> {
  for (let number = 1; number <= count; number++) {
    world.open(number, commit(digits[number % 16] ?? 'a'))
    await world.deliver(number)
  }
  expect(world.gitops.files.size).toBe(count)
}

test('a pull request that is closed while it is being prepared does not rise', async () => {
  const world = await rehearse()
  world.open(7, commit('a'))
  let reads = 0
  world.codeHost.intercept((request) => {
    if (request === 'pullRequest' && ++reads === 2) world.codeHost.close(7)
  })
  await world.deliver(7, 'opened')
  await world.clock.advance(5000)

  expect(world.gitops.commits).toEqual([])
})

test('a newer commit that another writer put there first is not written over', async () => {
  const path = 'acme/shop/pr-7.yaml'
  let strike: (() => void) | undefined
  const gitops = createMemoryGitOps({
    beforePush: () => {
      strike?.()
      strike = undefined
    },
  })
  const world = await rehearse({}, gitops)
  world.open(7, commit('a'))
  await world.deliver(7)
  push(world, 'b')
  strike = () => {
    push(world, 'c')
    gitops.write(path, gitops.files.get(path)?.replaceAll(commit('a'), commit('c')))
  }
  await world.deliver(7)
  await world.clock.advance(5000)

  expect(world.deployed(7)).toBe(commit('c'))
  expect(gitops.commits.map(({ text }) => readEnvironmentFile(text ?? '')?.change?.commit)).toEqual([
    commit('a'),
    commit('c'),
  ])
})

test('what another writer put in the place of a file while it was being removed stays', async () => {
  const path = 'acme/shop/pr-7.yaml'
  let strike = () => {}
  const gitops = createMemoryGitOps({ beforePush: () => strike() })
  const world = await rehearse({}, gitops)
  world.open(7, commit('a'))
  await world.deliver(7)
  strike = () => {
    strike = () => {}
    gitops.write(path, 'kind: ConfigMap\n')
  }
  world.codeHost.close(7)
  await world.deliver(7)
  await world.clock.advance(5000)

  expect(gitops.files.get(path)).toBe('kind: ConfigMap\n')
})

test('what a stopped server missed is made good when it comes back', async () => {
  const world = await rehearse()
  await deployMany(world, 3)
  await world.server.stop()
  world.codeHost.close(1)
  world.codeHost.push(2, commit('e'), { '.tronador.yaml': 'application:\n  chart_path: deploy\n' })
  world.images.add(`registry.example.com/shop:${commit('e')}`)
  world.open(4, commit('4'))
  await world.restart()
  await world.clock.advance(1000)

  expect([1, 2, 3, 4].map(world.deployed)).toEqual([undefined, commit('e'), commit('d'), commit('4')])
})

test('a server that dies at any step has, once it is back, the effect exactly once', async () => {
  for (let step = 1; step <= 8; step++) {
    const world = await rehearse()
    world.open(7, commit('a'))
    let requests = 0
    world.codeHost.intercept(() => {
      if (++requests === step) throw new Error('The process ends here.')
    })
    await world.deliver(7, 'opened')
    await world.restart()
    await world.clock.advance(2000)

    expect(world.gitops.commits, `step ${step}`).toHaveLength(1)
    expect(world.codeHost.comments.get(7), `step ${step}`).toHaveLength(1)
    expect(world.deployed(7)).toBe(commit('a'))
    await world.server.stop()
  }
})

test('a code host that fails, answers nothing or forbids never costs an environment', async () => {
  const troubles: Record<string, (world: Rehearsal) => void> = {
    forbidden: (world) => fail(world, 'ScmForbidden'),
    'too many requests': (world) => fail(world, 'ScmRateLimited'),
    'out of order': (world) => fail(world, 'ScmUnavailable'),
    'a list cut short': (world) => fail(world, 'ScmAnswerUnusable'),
    'an empty list': (world) => {
      world.codeHost.openPullRequests = async () => []
    },
    'every pull request 404 once': (world) => {
      const read = world.codeHost.pullRequest
      const missed = new Set<number>()
      world.codeHost.openPullRequests = async () => []
      world.codeHost.pullRequest = async (number) => {
        if (missed.has(number)) return read(number)
        missed.add(number)
        return undefined
      }
    },
  }
  for (const [name, trouble] of Object.entries(troubles)) {
    for (const count of [3, 10]) {
      const world = await rehearse()
      await deployMany(world, count)
      trouble(world)
      for (let sweeps = 0; sweeps < 4; sweeps++) await world.clock.advance(sweepInterval)
      expect(world.gitops.files.size, `${name}, ${count} environments`).toBe(count)
      await world.server.stop()
    }
  }
}, 30_000)

test('a pull request that two sweeps in a row do not find at all is gone', async () => {
  const world = await rehearse()
  await deployMany(world, 3)
  world.codeHost.lose(2)
  // A webhook that finds nothing is no proof, however often it comes.
  await world.deliver(2)
  await world.deliver(2)
  await world.clock.advance(sweepInterval)
  expect(world.gitops.files.size).toBe(3)
  await world.clock.advance(sweepInterval)

  expect([1, 2, 3].map(world.deployed)).toEqual([commit('b'), undefined, commit('d')])
})

test('when many disappear at once nothing goes before the next sweep finds the same', async () => {
  const world = await rehearse()
  await deployMany(world, 10)
  for (let number = 1; number <= 6; number++) world.codeHost.close(number)
  await world.clock.advance(5.5 * 60_000)

  expect(world.gitops.files.size).toBe(10)
  const [ready] = (await world.repository())?.status?.conditions ?? []
  expect(ready).toMatchObject({ type: 'Ready', status: 'False', reason: 'RemovalsHeldBack' })
  await world.clock.advance(5.5 * 60_000)
  expect(world.gitops.files.size).toBe(4)
})

test('a repository’s files alone are looked at: others in the same folder stay', async () => {
  const world = await rehearse()
  const foreign =
    'kind: Environment\nmetadata: {name: x}\nspec: {change: {repository: git.example.com/other/shop, number: 3, commit: abc}}\n'
  world.gitops.write('acme/shop/pr-3.yaml', foreign)
  world.gitops.write('acme/shop/README.md', '# Previews\n')
  for (let sweeps = 0; sweeps < 3; sweeps++) await world.clock.advance(sweepInterval)

  expect(world.gitops.files.get('acme/shop/pr-3.yaml')).toBe(foreign)
  expect(world.gitops.files.size).toBe(2)
})

test('the status tells when all was last in step, and what is wrong when it is not', async () => {
  const world = await rehearse()
  await deployMany(world, 2)
  await world.clock.advance(sweepInterval)
  expect((await world.repository())?.status).toMatchObject({
    conditions: [{ type: 'Ready', status: 'True', reason: 'RepositoryInStep' }],
    lastSync: expect.stringMatching(/^2026-01-01T12:0\d:\d\dZ$/),
    openPullRequests: 2,
    environments: 2,
    webhookPath: '/webhooks/tronador-system/shop',
  })

  const object = await world.cluster.get(secrets, { namespace, name: 'token' })
  await world.cluster.delete(secrets, { namespace, name: 'token' }, { uid: object?.metadata.uid ?? '' })
  await world.clock.advance(sweepInterval)
  expect((await world.repository())?.status).toMatchObject({
    conditions: [
      {
        type: 'Ready',
        status: 'False',
        reason: 'RepositorySecretMissing',
        message: expect.stringContaining('The Secret tronador-system/token does not exist.'),
      },
      { type: 'Stalled', status: 'True', reason: 'RepositorySecretMissing' },
    ],
  })
  expect(world.gitops.files.size).toBe(2)
})

test('a spec that cannot be used is said in the status, and mended by its correction', async () => {
  const world = await rehearse({ resync: 'soon' })
  const [ready] = (await world.repository())?.status?.conditions ?? []
  expect(ready).toMatchObject({ reason: 'RepositoryInvalid', message: expect.stringContaining('spec.resync') })
})

test('an idle server asks for nothing but its sweeps', async () => {
  const world = await rehearse()
  await deployMany(world, 5)
  await world.clock.advance(sweepInterval)
  const asked: string[] = []
  world.codeHost.intercept((request) => asked.push(request))
  await world.clock.advance(10 * 60_000)

  expect(asked).toEqual(['openPullRequests', 'openPullRequests'])
  expect(world.gitops.commits).toHaveLength(5)
})

test('tokens stand in no comment, status, file or commit', async () => {
  const world = await rehearse()
  await deployMany(world, 2)
  fail(world, 'ScmForbidden')
  await world.clock.advance(sweepInterval)

  const said = JSON.stringify([
    [...world.codeHost.comments.values()],
    [...world.codeHost.statuses.values()],
    [...world.gitops.files],
    world.gitops.commits,
    await world.repository(),
  ])
  expect(said).not.toContain(token)
  expect(said).not.toContain(gitopsPassword)
})

function fail(
  world: Rehearsal,
  code: 'ScmForbidden' | 'ScmRateLimited' | 'ScmUnavailable' | 'ScmAnswerUnusable',
): void {
  world.codeHost.intercept(() => {
    throw new TronadorError(code, 'The code host says no.')
  })
}
