/** The server where the Repository names a pipeline: it starts the run that builds the image, and follows it. */
import { expect, test } from 'vitest'
import { pipelineRuns } from '../kube/resources.ts'
import { commit, goodConfig } from './testing/rehearsal.ts'
import { finish, isEnded, nameOf, openUnbuilt, rehearseBuild, runs } from './testing/rehearse-build.ts'

test('a commit whose image is not there gets one run, however often it is looked at', async () => {
  const world = await rehearseBuild()
  await world.deliver(7)
  await world.clock.advance(10_000)
  await world.restart()

  expect(await runs(world)).toMatchObject([
    {
      metadata: {
        name: nameOf('a'),
        labels: {
          'app.kubernetes.io/managed-by': 'tronador.stakater.com',
          'tronador.stakater.com/environment': 'shop-7-19f53e97',
        },
        annotations: { 'tronador.stakater.com/commit': commit('a') },
      },
      spec: {
        pipelineRef: { name: 'build' },
        workspaces: [{ name: 'output', emptyDir: {} }],
        params: [
          { name: 'dockerfile', value: 'Dockerfile' },
          { name: 'repoName', value: 'shop' },
          { name: 'prNumber', value: '7' },
          { name: 'gitUrl', value: 'https://git.example.com/acme/shop.git' },
          { name: 'gitBranch', value: 'change-7' },
          { name: 'gitRevision', value: commit('a') },
          { name: 'imageRepo', value: 'registry.example.com/shop' },
          { name: 'imageTag', value: commit('a') },
        ],
      },
    },
  ])
  expect(world.comment(7)).toContain(`the pipeline’s run \`previews/${nameOf('a')}\` pushes it.`)
})

test('its image is deployed as soon as it is there, and no run is made where it is there already', async () => {
  const world = await rehearseBuild()
  world.images.add(`registry.example.com/shop:${commit('a')}`)
  await world.clock.advance(2000)
  expect(world.deployed(7)).toBe(commit('a'))

  world.codeHost.push(7, commit('b'), { '.tronador.yaml': goodConfig })
  world.images.add(`registry.example.com/shop:${commit('b')}`)
  await world.deliver(7)
  expect(world.deployed(7)).toBe(commit('b'))
  expect((await runs(world)).map(isEnded)).toEqual([[nameOf('a'), 'CancelledRunFinally']])
})

test('a push ends the run of the commit before, and a close the last one', async () => {
  const world = await rehearseBuild()
  world.codeHost.push(7, commit('b'), { '.tronador.yaml': goodConfig })
  await world.deliver(7)
  expect((await runs(world)).map(isEnded)).toEqual([
    [nameOf('a'), 'CancelledRunFinally'],
    [nameOf('b'), undefined],
  ])

  world.codeHost.close(7, false)
  await world.deliver(7, 'closed')
  expect((await runs(world)).map(isEnded)).toEqual([
    [nameOf('a'), 'CancelledRunFinally'],
    [nameOf('b'), 'CancelledRunFinally'],
  ])
})

test('a pull request that comes back to a commit has it built after all', async () => {
  const world = await rehearseBuild()
  world.codeHost.close(7, false)
  await world.deliver(7, 'closed')
  await finish(world, 'a', { status: 'False', reason: 'Cancelled' })
  openUnbuilt(world, 'a')
  await world.deliver(7, 'reopened')
  await world.clock.advance(5000)

  expect((await runs(world)).map(isEnded)).toEqual([[nameOf('a'), undefined]])
})

test('a push with a faulty config file ends the run of the commit before, too', async () => {
  const world = await rehearseBuild()
  world.codeHost.push(7, commit('b'), { '.tronador.yaml': 'application: {}\n' })
  await world.deliver(7)
  await world.clock.advance(5000)

  expect(world.comment(7)).toContain('the config file has faults')
  expect((await runs(world)).map(isEnded)).toEqual([[nameOf('a'), 'CancelledRunFinally']])
})

test('while its run goes on the registry is asked ever less often, and the run every two seconds', async () => {
  const world = await rehearseBuild()
  const asked = { run: 0, image: 0 }
  world.cluster.intercept(({ verb, resource }) => {
    if (verb === 'get' && resource === pipelineRuns) asked.run += 1
    return undefined
  })
  const { has } = world.images
  world.images.has = (image) => {
    asked.image += 1
    return has.call(world.images, image)
  }
  await world.clock.advance(60_000)
  asked.run = 0
  asked.image = 0
  await world.clock.advance(10 * 60_000)

  expect(asked.image).toBe(21)
  expect(asked.run).toBeGreaterThan(270)
  expect(world.comment(7)).toContain('### ⏳ Preview waits for its image')
})

test('a fork, and a pull request without a good config file, get no run', async () => {
  const world = await rehearseBuild()
  world.codeHost.open(8, { commit: commit('c'), fork: true, files: { '.tronador.yaml': goodConfig } })
  world.codeHost.open(9, { commit: commit('d') })
  await world.deliver(8, 'opened')
  await world.deliver(9, 'opened')

  expect((await runs(world)).map(({ metadata }) => metadata.name)).toEqual([nameOf('a')])
})
