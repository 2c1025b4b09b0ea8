import { expect, test } from 'vitest'
import { repositoryIdentity } from '../core/identity.ts'
import type { PipelineRun } from '../core/pipeline-run.ts'
import { KubeError, type KubeObject } from '../kube/cluster.ts'
import { createMemoryCluster } from '../kube/memory.ts'
import { namespaces, pipelineRuns, pods, taskRuns } from '../kube/resources.ts'
import { createVirtualClock } from '../kube/virtual-clock.ts'
import { type EndRunsRequest, endRuns } from './end-pipeline-runs.ts'
import { runInMemory } from './testing.ts'

const namespace = 'previews'
const older = '1'.repeat(40)
const newer = '2'.repeat(40)

/**
 * Three runs of pull request 7, of which one is over, and some that are another's; a pod of the first. Of Tekton
 * there is what a test says: `tektonWorks` ends runs, `podEnds` the pod.
 */
async function setUp() {
  const clock = createVirtualClock()
  const cluster = createMemoryCluster({ clock })
  await cluster.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  const start = async (
    name: string,
    gitRevision: string,
    prNumber = '7',
    gitUrl = 'https://git.example.com/acme/shop',
  ) => {
    const given = { prNumber, gitUrl, ...(gitRevision !== '' && { gitRevision }) }
    const params = Object.entries(given).map(([key, value]) => ({ name: key, value }))
    await cluster.create(pipelineRuns, {
      apiVersion: 'tekton.dev/v1',
      kind: 'PipelineRun',
      metadata: { name, namespace },
      spec: { params },
    } as PipelineRun)
  }
  const finish = (name: string, status: 'True' | 'False') =>
    cluster.patchStatus(pipelineRuns, { namespace, name }, { status: { conditions: [{ type: 'Succeeded', status }] } })
  await start('older', older)
  await start('newer', newer, '7', 'https://git.example.com/Acme/Shop.git')
  await start('over', older)
  await start('another-number', older, '17')
  await start('another-repository', older, '7', 'https://git.example.com/acme/cart')
  await start('removal', '')
  await finish('over', 'True')
  const labels = { 'tekton.dev/pipelineRun': 'older' }
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'older-pod', namespace, labels } }
  const { metadata } = await cluster.create<KubeObject>(pods, pod)

  const identity = repositoryIdentity('https://git.example.com/acme/shop')
  return {
    clock,
    cluster,
    start,
    finish,
    end: (which: Pick<EndRunsRequest, 'keepCommit' | 'beforeTaskRun'> = {}) =>
      endRuns(cluster, { namespace, identity, number: 7, ...which, clock }),
    /** From now on a run that is told to end does. */
    tektonWorks: () =>
      cluster.intercept(({ verb, resource, name = '' }) => {
        if (verb === 'patch' && resource === pipelineRuns) queueMicrotask(() => void finish(name, 'False'))
        return undefined
      }),
    podEnds: () => cluster.delete(pods, { namespace, name: 'older-pod' }, { uid: metadata.uid ?? '' }),
    ended: async () =>
      (await cluster.list<PipelineRun>(pipelineRuns, { namespace })).items
        .filter(({ spec }) => spec.status === 'CancelledRunFinally')
        .map(({ metadata }) => metadata.name)
        .sort(),
  }
}

test('ends every run of the pull request that is under way, and no other', async () => {
  const world = await setUp()
  world.tektonWorks()
  await world.podEnds()

  expect(await world.end({ keepCommit: '' })).toEqual(['newer', 'older'])
  expect(await world.ended()).toEqual(['newer', 'older'])
})

test('leaves the run of the commit that is kept', async () => {
  const world = await setUp()
  world.tektonWorks()
  await world.podEnds()

  expect(await world.end({ keepCommit: newer })).toEqual(['older'])
  expect(await world.ended()).toEqual(['older'])
})

test('leaves a run whose event came after, of a newer commit or of the pull request opened again', async () => {
  const world = await setUp()
  world.tektonWorks()
  await world.podEnds()
  await world.clock.advance(1000)
  const metadata = { name: 'end-runs', namespace }
  await world.cluster.create(taskRuns, { apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata })
  await world.start('same-second', '3'.repeat(40))
  await world.clock.advance(5000)
  await world.start('newest', '4'.repeat(40))

  expect(await world.end({ beforeTaskRun: 'end-runs' })).toEqual(['newer', 'older'])
  expect(await world.ended()).toEqual(['newer', 'older'])
})

test('ends nothing where the TaskRun that they must be older than is not there', async () => {
  const world = await setUp()

  await expect(world.end({ beforeTaskRun: 'gone' })).rejects.toMatchObject({
    code: 'PipelineRefused',
    message: 'There is no TaskRun gone in the namespace previews.',
  })
  expect(await world.ended()).toEqual([])
})

test('waits for the runs and for their pods, which may still push', async () => {
  const world = await setUp()
  let done = false
  const ending = world.end({ keepCommit: newer }).then(() => {
    done = true
  })
  await world.clock.advance(30_000)
  expect(done).toBe(false)

  await world.finish('older', 'False')
  await world.clock.advance(30_000)
  expect(done).toBe(false)

  await world.podEnds()
  await world.clock.advance(1000)
  await ending
  expect(done).toBe(true)
})

test('names what stays for ten minutes', async () => {
  const world = await setUp()
  const ending = expect(world.end({ keepCommit: newer })).rejects.toMatchObject({
    code: 'PipelineRunsGoOn',
    message: 'Still there: PipelineRun older, Pod older-pod.',
  })
  await world.clock.advance(10 * 60_000 + 1000)
  await ending
})

test('a run that has ended by itself meanwhile is well, and one that Tekton will not end is not', async () => {
  const world = await setUp()
  await world.podEnds()
  const refuse = (first: () => unknown) =>
    world.cluster.intercept(async ({ verb, resource }) => {
      if (verb !== 'patch' || resource !== pipelineRuns) return undefined
      await first()
      throw new KubeError('BadRequest', 'admission webhook "validation.webhook.pipeline.tekton.dev" denied the request')
    })

  const stop = refuse(() => {})
  await expect(world.end({ keepCommit: newer })).rejects.toThrow('denied the request')
  stop()
  refuse(() => world.finish('older', 'True'))
  expect(await world.end({ keepCommit: newer })).toEqual(['older'])
})

test.each([
  ['--repository-url', 'file:///etc', 'RepositoryUrlInvalid'],
  ['--pull-request', '0', 'ChangeInvalid'],
  ['--keep-commit', 'main', 'ChangeInvalid'],
])('%s %j is wrong usage', async (option, value, said) => {
  const url = ['--repository-url', 'https://git.example.com/acme/shop']
  const argv = ['end-runs', '--namespace', namespace, ...url, '--pull-request', '7', option, value]

  const run = await runInMemory({ 'end-runs': () => import('./end-runs.ts') }, argv)
  expect(run).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(said) })
})
