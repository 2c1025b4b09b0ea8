/** The server where the Repository names a pipeline: it starts the run that builds the image, and follows it. */
import { expect, test } from 'vitest'
import type { PipelineRun } from '../core/pipeline-run.ts'
import { KubeError } from '../kube/cluster.ts'
import { namespaces, pipelineRuns, taskRuns } from '../kube/resources.ts'
import { commit, gitopsPassword, goodConfig, type Rehearsal, rehearse, sweepInterval } from './testing/rehearsal.ts'

const pipeline = {
  namespace: 'previews',
  run: {
    pipelineRef: { name: 'build' },
    params: [
      { name: 'dockerfile', value: 'Dockerfile' },
      { name: 'gitUrl', value: 'https://elsewhere.example.com' },
    ],
    workspaces: [{ name: 'output', emptyDir: {} }],
  },
}

/** A pull request whose image no one has built yet. */
async function rehearseBuild(): Promise<Rehearsal> {
  const world = await rehearse({ pipeline }, undefined, (cluster) => {
    void cluster.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'previews' } })
  })
  openUnbuilt(world, 'a')
  await world.deliver(7, 'opened')
  return world
}

function openUnbuilt(world: Rehearsal, digit: string): void {
  world.codeHost.open(7, { commit: commit(digit), files: { '.tronador.yaml': goodConfig } })
}

const runs = async ({ cluster }: Rehearsal) =>
  (await cluster.list<PipelineRun>(pipelineRuns, { namespace: 'previews' })).items
const nameOf = (digit: string) => `shop-7-19f53e97-${digit.repeat(10)}`
const isEnded = ({ metadata, spec }: PipelineRun) => [metadata.name, spec.status]

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

test('an image that the registry has dropped is built anew when the pull request comes back', async () => {
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

test('a fork, and a pull request without a good config file, get no run', async () => {
  const world = await rehearseBuild()
  world.codeHost.open(8, { commit: commit('c'), fork: true, files: { '.tronador.yaml': goodConfig } })
  world.codeHost.open(9, { commit: commit('d') })
  await world.deliver(8, 'opened')
  await world.deliver(9, 'opened')

  expect((await runs(world)).map(({ metadata }) => metadata.name)).toEqual([nameOf('a')])
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

async function succeed(world: Rehearsal, digit: string): Promise<void> {
  const ref = { namespace: 'previews', name: nameOf(digit) }
  const status = {
    conditions: [{ type: 'Succeeded', status: 'True', reason: 'Succeeded' }],
    completionTime: new Date(world.clock.now()).toISOString(),
  }
  await world.cluster.patchStatus(pipelineRuns, ref, { status })
}

async function finish(world: Rehearsal, digit: string, condition: Record<string, string>): Promise<void> {
  const ref = { namespace: 'previews', name: nameOf(digit) }
  const status = { conditions: [{ type: 'Succeeded', ...condition }] }
  await world.cluster.patchStatus(pipelineRuns, ref, { status })
}

/** As Tekton leaves a run whose one task failed at a step; it ends the steps after it too. */
async function failAt(world: Rehearsal, task: string, log: string): Promise<void> {
  const name = `${nameOf('a')}-${task}`
  const failed = { type: 'Succeeded', status: 'False', reason: 'Failed', message: '"step-build" exited with code 1' }
  const metadata = { name, namespace: 'previews', labels: { 'tekton.dev/pipelineTask': task } }
  await world.cluster.create(taskRuns, { apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata })
  const steps = [
    { name: 'clone', container: 'step-clone', terminated: { exitCode: 0 }, terminationReason: 'Completed' },
    { name: 'lint', container: 'step-lint', terminated: { exitCode: 2 }, terminationReason: 'Continued' },
    { name: 'build', container: 'step-build', terminated: { exitCode: 1 }, terminationReason: 'Error' },
    { name: 'push', container: 'step-push', terminated: { exitCode: 1 }, terminationReason: 'Skipped' },
  ]
  await world.cluster.patchStatus(taskRuns, metadata, {
    status: { conditions: [failed], podName: `${name}-pod`, steps },
  })
  world.cluster.setPodLog({ namespace: 'previews', name: `${name}-pod` }, 'step-build', log)
  const status = { conditions: [failed], childReferences: [{ kind: 'TaskRun', name }] }
  await world.cluster.patchStatus(pipelineRuns, { namespace: 'previews', name: nameOf('a') }, { status })
}
