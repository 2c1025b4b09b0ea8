/** The rehearsal where the Repository names a pipeline: pull request 7, and Tekton's part in the test's hand. */
import type { PipelineRun } from '../../core/pipeline-run.ts'
import { namespaces, pipelineRuns, taskRuns } from '../../kube/resources.ts'
import { commit, goodConfig, type Rehearsal, rehearse } from './rehearsal.ts'

/** What the Repository's `spec.pipeline` says. */
export const pipeline = {
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
export async function rehearseBuild(): Promise<Rehearsal> {
  const world = await rehearse({ pipeline }, undefined, (cluster) => {
    void cluster.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'previews' } })
  })
  openUnbuilt(world, 'a')
  await world.deliver(7, 'opened')
  return world
}

/** Opens pull request 7 at that commit, whose image is not there. */
export function openUnbuilt(world: Rehearsal, digit: string): void {
  world.codeHost.open(7, { commit: commit(digit), files: { '.tronador.yaml': goodConfig } })
}

/** All of them. */
export const runs = async ({ cluster }: Rehearsal) =>
  (await cluster.list<PipelineRun>(pipelineRuns, { namespace: 'previews' })).items
/** Name of the run of that commit. */
export const nameOf = (digit: string) => `shop-7-19f53e97-${digit.repeat(10)}`
/** Its name, and how it was ended if it was. */
export const isEnded = ({ metadata, spec }: PipelineRun) => [metadata.name, spec.status]

/** As Tekton leaves a run that succeeded. */
export async function succeed(world: Rehearsal, digit: string): Promise<void> {
  const ref = { namespace: 'previews', name: nameOf(digit) }
  const status = {
    conditions: [{ type: 'Succeeded', status: 'True', reason: 'Succeeded' }],
    completionTime: new Date(world.clock.now()).toISOString(),
  }
  await world.cluster.patchStatus(pipelineRuns, ref, { status })
}

/** Gives a run that outcome. */
export async function finish(world: Rehearsal, digit: string, condition: Record<string, string>): Promise<void> {
  const ref = { namespace: 'previews', name: nameOf(digit) }
  const status = { conditions: [{ type: 'Succeeded', ...condition }] }
  await world.cluster.patchStatus(pipelineRuns, ref, { status })
}

/** As Tekton leaves a run whose one task failed at a step; it ends the steps after it too. */
export async function failAt(world: Rehearsal, task: string, log: string): Promise<void> {
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
