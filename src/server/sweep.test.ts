import { expect, test } from 'vitest'
import type { Repository } from '../api/repository.ts'
import { repositories } from '../kube/resources.ts'
import { commit, namespace, type Rehearsal, rehearse, sweepInterval } from './testing/rehearsal.ts'

/** Opens pull request 7 and lets it be deployed. */
async function deploy(world: Rehearsal): Promise<void> {
  world.open(7, commit('a'))
  await world.deliver(7)
  expect(world.deployed(7)).toBe(commit('a'))
}

/** The requests of the code host from now on. */
function watchRequests(world: Rehearsal): string[] {
  const asked: string[] = []
  world.codeHost.intercept((request) => asked.push(request))
  return asked
}

test('a server that restarts while a preview is on its way out still says when it is gone', async () => {
  const world = await rehearse()
  await deploy(world)
  await world.sync(7)
  world.codeHost.close(7)
  await world.deliver(7)
  await world.clock.advance(2000)
  expect(world.comment(7)).toContain('Preview is being removed')

  await world.restart()
  await world.clock.advance(sweepInterval)
  await world.sync(7)
  await world.clock.advance(2000)

  expect(world.comment(7)).toContain('Preview removed')
})

test('a pull request without an environment whose end was not heard is told, and then forgotten', async () => {
  const world = await rehearse()
  world.codeHost.open(7, { commit: commit('a'), fork: true })
  await world.deliver(7)
  world.codeHost.close(7)
  await world.clock.advance(sweepInterval)

  expect(world.comment(7)).toContain('Preview removed')
  const asked = watchRequests(world)
  await world.clock.advance(sweepInterval)
  expect(asked).toEqual(['openPullRequests'])
})

test('a number that the code host does not know is asked for once', async () => {
  const world = await rehearse()
  await world.deliver(99)
  const asked = watchRequests(world)
  await world.clock.advance(sweepInterval)

  expect(asked).toEqual(['openPullRequests'])
})

test('two sweeps that find nothing are no proof while one between them found the pull request', async () => {
  const world = await rehearse()
  await deploy(world)
  const { openPullRequests, pullRequest } = world.codeHost
  for (let time = 0; time < 3; time++) {
    world.codeHost.openPullRequests = async () => []
    world.codeHost.pullRequest = async () => undefined
    await world.clock.advance(sweepInterval - 60_000)
    world.codeHost.openPullRequests = openPullRequests
    world.codeHost.pullRequest = pullRequest
    await world.clock.advance(sweepInterval - 60_000)
  }

  expect(world.gitops.commits).toHaveLength(1)
})

test('a Repository that changes during its sweep is no failure', async () => {
  const world = await rehearse()
  const reasons: unknown[] = []
  const { patchStatus } = world.cluster
  world.cluster.patchStatus = (resource, ref, patch) => {
    reasons.push((patch as { status: Repository['status'] }).status?.conditions?.map(({ reason }) => reason))
    return patchStatus(resource, ref, patch)
  }
  const { openPullRequests } = world.codeHost
  world.codeHost.openPullRequests = async () => {
    world.codeHost.openPullRequests = openPullRequests
    const patch = { spec: { limits: { environments: 2 } } }
    await world.cluster.patch(repositories, { namespace, name: 'shop' }, patch)
    return []
  }
  await world.clock.advance(sweepInterval)

  expect(reasons.flat().filter((reason) => reason === 'RepositoryUnreadable')).toEqual([])
})
