import { expect, test } from 'vitest'
import { repositoryIdentity } from '../core/identity.ts'
import type { PipelineRun } from '../core/pipeline-run.ts'
import type { KubeObject } from '../kube/cluster.ts'
import { createMemoryCluster } from '../kube/memory.ts'
import { namespaces, pipelineRuns, pods } from '../kube/resources.ts'
import { createVirtualClock } from '../kube/virtual-clock.ts'
import { endRuns } from './end-pipeline-runs.ts'
import { runInMemory } from './testing.ts'

const namespace = 'previews'
const older = '1'.repeat(40)
const newer = '2'.repeat(40)

/** Three runs of pull request 7, of which one is over, and some that are another's; a pod of the first. */
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
  await start('older', older)
  await start('newer', newer, '7', 'https://git.example.com/Acme/Shop.git')
  await start('over', older)
  await start('another-number', older, '17')
  await start('another-repository', older, '7', 'https://git.example.com/acme/cart')
  await start('removal', '')
  const conditions = [{ type: 'Succeeded', status: 'True' }]
  await cluster.patchStatus(pipelineRuns, { namespace, name: 'over' }, { status: { conditions } })
  const labels = { 'tekton.dev/pipelineRun': 'older' }
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'older-pod', namespace, labels } }
  const { metadata } = await cluster.create<KubeObject>(pods, pod)

  const identity = repositoryIdentity('https://git.example.com/acme/shop')
  return {
    clock,
    end: (keepCommit?: string) => endRuns(cluster, { namespace, identity, number: 7, keepCommit, clock }),
    podEnds: () => cluster.delete(pods, { namespace, name: 'older-pod' }, { uid: metadata.uid ?? '' }),
    ended: async () =>
      (await cluster.list<PipelineRun>(pipelineRuns, { namespace })).items
        .filter(({ spec }) => spec.status === 'CancelledRunFinally')
        .map(({ metadata }) => metadata.name)
        .sort(),
  }
}

test('ends every run of the pull request that is under way, and no other', async () => {
  const { end, ended, podEnds } = await setUp()
  await podEnds()

  expect(await end('')).toEqual(['newer', 'older'])
  expect(await ended()).toEqual(['newer', 'older'])
})

test('leaves the run of the commit that is kept', async () => {
  const { end, ended, podEnds } = await setUp()
  await podEnds()

  expect(await end(newer)).toEqual(['older'])
  expect(await ended()).toEqual(['older'])
})

test('waits for the pods, which may still push', async () => {
  const { clock, end, podEnds } = await setUp()
  let done = false
  const ending = end(newer).then(() => {
    done = true
  })
  await clock.advance(30_000)
  expect(done).toBe(false)

  await podEnds()
  await clock.advance(1000)
  await ending
  expect(done).toBe(true)
})

test('names the pods that stay for ten minutes', async () => {
  const { clock, end } = await setUp()
  const ending = expect(end()).rejects.toMatchObject({
    code: 'PipelineRunsGoOn',
    message: 'Pods still run: older-pod.',
  })
  await clock.advance(10 * 60_000 + 1000)
  await ending
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
