/** A pipeline that the server starts, and what goes wrong with it. */
import { expect, test } from 'vitest'
import { KubeError } from '../kube/cluster.ts'
import { pipelineRuns, taskRuns } from '../kube/resources.ts'
import { commit, gitopsPassword, rehearse, sweepInterval } from './testing/rehearsal.ts'
import {
  failAt,
  finish,
  isEnded,
  nameOf,
  openUnbuilt,
  pipeline,
  rehearseBuild,
  runs,
  succeed,
} from './testing/rehearse-build.ts'

test('trouble with Tekton keeps no preview from going, and the run is ended once it is over', async () => {
  const world = await rehearseBuild()
  const breakTekton = world.cluster.intercept(({ verb, resource }) => {
    if (verb === 'list' && resource === pipelineRuns) throw new KubeError('ServerError', 'the webhook is down')
    return undefined
  })
  world.images.add(`registry.example.com/shop:${commit('a')}`)
  await world.clock.advance(60_000)
  expect(world.deployed(7)).toBe(commit('a'))

  world.codeHost.close(7, false)
  await world.deliver(7, 'closed')
  expect(world.deployed(7)).toBeUndefined()
  expect(world.comment(7)).toContain('### Preview removed')

  breakTekton()
  await world.clock.advance(sweepInterval)
  expect((await runs(world)).map(isEnded)).toEqual([[nameOf('a'), 'CancelledRunFinally']])
})

test('rights that were taken away block nothing that is built already', async () => {
  const world = await rehearseBuild()
  world.images.add(`registry.example.com/shop:${commit('a')}`)
  await world.clock.advance(2000)
  world.cluster.intercept(({ resource }) => {
    if (resource === pipelineRuns) throw new KubeError('Forbidden', 'pipelineruns is forbidden')
    return undefined
  })
  await world.restart()

  expect(world.comment(7)).not.toContain('blocked')
  world.codeHost.close(7, true)
  await world.deliver(7, 'closed')
  expect(world.deployed(7)).toBeUndefined()
})

test('a run that succeeds and pushes something else is on the pull request a minute later', async () => {
  const world = await rehearseBuild()
  await world.clock.advance(5000)
  await succeed(world, 'a')
  await world.clock.advance(10_000)
  expect(world.comment(7)).toContain('### ⏳ Preview waits for its image')
  await world.clock.advance(60_000)

  expect(world.comment(7)).toContain('### ❌ No preview: the pipeline pushed no image')
  expect((await runs(world)).map(isEnded)).toEqual([[nameOf('a'), undefined]])
  world.images.add(`registry.example.com/shop:${commit('a')}`)
  await world.clock.advance(sweepInterval)
  expect(world.deployed(7)).toBe(commit('a'))
})

test('a failed run that is deleted and succeeds the second time has the registry’s minute, too', async () => {
  const world = await rehearseBuild()
  await failAt(world, 'build', 'the network is down')
  await world.clock.advance(5000)
  expect(world.comment(7)).toContain('### ❌ No preview: the pipeline failed')
  await world.clock.advance(5 * 60_000)
  const [failed] = await runs(world)
  const ref = { namespace: 'previews', name: nameOf('a') }
  await world.cluster.delete(pipelineRuns, ref, { uid: failed?.metadata.uid ?? '' })
  await world.deliver(7)
  await world.clock.advance(3 * 60_000)
  await succeed(world, 'a')
  await world.clock.advance(10_000)
  expect(world.comment(7)).toContain('### ⏳ Preview waits for its image')

  world.images.add(`registry.example.com/shop:${commit('a')}`)
  await world.clock.advance(5000)
  expect(world.deployed(7)).toBe(commit('a'))
})

test('a run that was followed is never started anew by itself, whatever its clock says', async () => {
  const world = await rehearseBuild()
  const [first] = await runs(world)
  await finish(world, 'a', { status: 'True', reason: 'Succeeded' })
  const completionTime = new Date(world.clock.now() - 60 * 60_000).toISOString()
  await world.cluster.patchStatus(
    pipelineRuns,
    { namespace: 'previews', name: nameOf('a') },
    { status: { completionTime } },
  )
  await world.clock.advance(2 * sweepInterval)

  expect((await runs(world)).map(({ metadata }) => metadata.uid)).toEqual([first?.metadata.uid])
  expect(world.comment(7)).toContain('### ❌ No preview: the pipeline pushed no image')
})

test('a failure is on the pull request though its log cannot be read', async () => {
  const world = await rehearseBuild()
  world.cluster.intercept(({ verb }) => {
    if (verb === 'podLog') throw new KubeError('ServerError', 'the node is gone')
    return undefined
  })
  await failAt(world, 'build', 'never seen')
  await world.clock.advance(5000)

  expect(world.comment(7)).toContain('### ❌ No preview: the pipeline failed at `build/build`')
  expect(world.comment(7)).toContain('The log cannot be read: the node is gone')
})

test('an image that the registry has dropped is built anew when the server looks at it for the first time', async () => {
  const world = await rehearseBuild()
  await succeed(world, 'a')
  const [first] = await runs(world)
  await world.clock.advance(2 * 60_000)
  await world.restart()
  await world.clock.advance(5000)

  const [second, ...others] = await runs(world)
  expect(others).toEqual([])
  expect(second?.status).toBeUndefined()
  expect(second?.metadata.uid).not.toBe(first?.metadata.uid)
})

test('what was allowed to fail is not blamed', async () => {
  const world = await rehearseBuild()
  await failAt(world, 'build', 'no space left on device')
  const ignored = { type: 'Succeeded', status: 'False', reason: 'FailureIgnored' }
  const metadata = { name: `${nameOf('a')}-lint`, namespace: 'previews' }
  await world.cluster.create(taskRuns, { apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata })
  await world.cluster.patchStatus(taskRuns, metadata, { status: { conditions: [ignored] } })
  const childReferences = ['lint', 'build'].map((task) => ({ kind: 'TaskRun', name: `${nameOf('a')}-${task}` }))
  await world.cluster.patchStatus(
    pipelineRuns,
    { namespace: 'previews', name: nameOf('a') },
    { status: { childReferences } },
  )
  await world.clock.advance(5000)

  expect(world.comment(7)).toContain('### ❌ No preview: the pipeline failed at `build/build`')
  expect(world.comment(7)).toContain('no space left on device')
})

test('a failed step is on the pull request with the end of its log, and a deleted run is started again', async () => {
  const world = await rehearseBuild()
  const log = [...Array(30).keys()].map((line) => `line ${line}`).join('\n')
  await failAt(world, 'build', `${log}\npassword: ${gitopsPassword}\n\`\`\` @everyone\n`)
  await world.clock.advance(5000)

  const comment = world.comment(7) ?? ''
  expect(comment).toContain('### ❌ No preview: the pipeline failed at `build/build`')
  expect(comment).toContain('`Failed: "step-build" exited with code 1`')
  expect(comment).toMatch(/````text\nline 1\d\n(?:line \d+\n)+password: \*\*\*\n``` @everyone\n````/)
  expect(comment).not.toContain(gitopsPassword)
  expect(world.codeHost.statuses.get(`${commit('a')} tronador/preview`)).toMatchObject({
    state: 'failure',
    description: 'The pipeline failed',
  })

  const [failed] = await runs(world)
  await world.cluster.delete(
    pipelineRuns,
    { namespace: 'previews', name: nameOf('a') },
    { uid: failed?.metadata.uid ?? '' },
  )
  await world.deliver(7)
  await world.clock.advance(2000)
  expect(await runs(world)).toHaveLength(1)
  expect(world.comment(7)).toContain('### ⏳ Preview waits for its image')
})

test('a run that Tekton refuses whole is on the pull request in its words', async () => {
  const world = await rehearseBuild()
  await finish(world, 'a', { status: 'False', reason: 'CouldntGetPipeline', message: 'no pipeline "build"' })
  await world.clock.advance(5000)

  expect(world.comment(7)).toContain(
    '### ❌ No preview: the pipeline failed\n\n`CouldntGetPipeline: no pipeline "build"`',
  )
})

test('without rights, or without Tekton, the pull request says so with the mend', async () => {
  const world = await rehearse({ pipeline })
  world.cluster.intercept(({ verb, resource }) => {
    if (verb === 'list' && resource === pipelineRuns) throw new KubeError('Forbidden', 'pipelineruns is forbidden')
    return undefined
  })
  openUnbuilt(world, 'a')
  await world.deliver(7, 'opened')

  expect(world.comment(7)).toContain('PipelineRefused: The pipeline’s run was refused: pipelineruns is forbidden')
  expect(world.comment(7)).toContain('docs/guides/tekton.md')
})
