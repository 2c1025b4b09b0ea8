/**
 * Every task of `tekton/` on the real Tekton, one after the other on one volume, with a branch that a shell would run.
 * Each is started by its own `tests/run.yaml`, which is given hosts and the commit.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { tektonImage } from '../../local/tekton/images.ts'
import type { KubeObject } from '../../src/kube/cluster.ts'
import { pods } from '../../src/kube/resources.ts'
import { read } from '../conventions/sources.ts'
import { type TaskRun, testRunOf } from '../tekton/manifests.ts'
import { assembleTeam, type Team } from './team.ts'

// biome-ignore lint/suspicious/noTemplateCurlyInString: a shell would expand it; nothing here may.
const hostile = 'x;touch${IFS}pwned_$(id)`id`'
const path = 'acme/shop/pr-7.yaml'
const checkout = ['.git', '.tronador.yaml', 'Dockerfile', 'Dockerfile.run', 'README.md', 'deploy', 'page']

let team: Team
let commit: string
beforeAll(async () => {
  team = await assembleTeam()
  const lines = [`FROM ${tektonImage(team.registry, 'pipeline-nop')}`, 'RUN ["/ko-app/nop"]', 'COPY page /page']
  commit = await team.copy.commitAndPush(hostile, 'Change', { 'Dockerfile.run': `${lines.join('\n')}\n` })
})
afterAll(() => team?.end())

const written = async () => parse(await readFile(join(team.volume, 'environment/environment.yaml'), 'utf8'))
const workspaces = {
  output: { persistentVolumeClaim: { claimName: 'preview' } },
  'git-credentials': { secret: { secretName: 'preview-git' } },
}

test('clone-repository checks a commit of a private repository out, and nothing of its branch’s name runs', async () => {
  const params = { gitUrl: team.gitUrl, gitRevision: commit }
  const run = await team.run(testRunOf('clone-repository'), { params, workspaces })

  expect(run).toMatchObject({ succeeded: true })
  expect(await readFile(join(team.volume, '.git/HEAD'), 'utf8')).toBe(`${commit}\n`)
  expect((await readdir(team.volume)).sort()).toEqual(checkout)
})

test('clone-repository says why it cannot', async () => {
  const params = { gitUrl: team.gitUrl, gitRevision: commit }
  const name = await team.start(testRunOf('clone-repository'), { params })
  const run = await team.finished('TaskRun', name)

  expect(run).toMatchObject({ succeeded: false })
  expect(run.log).toContain('could not read Username')
})

test('build-image builds with RUN and pushes, in a pod without privilege', async () => {
  const params = {
    imageRepo: team.imageRepo,
    imageTag: `pr-7-${commit}`,
    tlsVerify: 'false',
    dockerfile: 'Dockerfile.run',
  }
  const run = await team.run(testRunOf('build-image'), { params })

  expect(run).toMatchObject({
    succeeded: true,
    results: { IMAGE_DIGEST: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) },
  })
  expect(run.log).toMatch(/STEP 2\/3: RUN .*\n.* Exiting/)
  expect(await team.imageDigest(`pr-7-${commit}`)).toBe(run.results.IMAGE_DIGEST)
  expect(await securityOf(run.name)).toEqual([
    ['step-build', undefined, undefined, 'Unconfined'],
    ['step-push-image', undefined, undefined, 'Unconfined'],
  ])
})

test('create-environment writes the object, with the branch as it is called', async () => {
  const run = await team.run(testRunOf('create-environment'), { params: { gitUrl: team.gitUrl } })

  expect(run).toMatchObject({ succeeded: true })
  expect(run.log).toContain('There is no template /environment-template/environmentTemplate.yml; the usual object')
  expect(await written()).toMatchObject({
    kind: 'Environment',
    spec: { change: { number: 7, branch: hostile, commit }, namespaceLabels: { kind: 'pr', team: 'shop' } },
  })
  expect((await readdir(team.volume)).sort()).toEqual([...checkout, 'environment'].sort())
  expect(await readdir(join(team.volume, 'environment'))).toEqual(['environment.yaml'])
})

test('create-environment makes the other kind, and whatever the ConfigMap shapes', async () => {
  const params = { gitUrl: team.gitUrl, kind: 'EnvironmentProvisioner' }
  const other = await team.run(testRunOf('create-environment'), { params })
  expect(other).toMatchObject({ succeeded: true })
  expect(await written()).toMatchObject({
    kind: 'EnvironmentProvisioner',
    metadata: { annotations: { 'tronador.stakater.com/branch': hostile } },
  })

  const sample = parse(read('tekton/task/create-environment/0.1/samples/environment-template.yaml'))
  await team.apply(sample)
  const shaped = await team.run(testRunOf('create-environment'), { params: { gitUrl: team.gitUrl } })
  expect(shaped).toMatchObject({ succeeded: true })
  expect(await written()).toMatchObject({
    kind: 'EnvironmentProvisioner',
    spec: { application: { release: { chart: { git: team.gitUrl, path: 'deploy', ref: hostile } } } },
  })
})

test('a pipeline of an earlier release finds create-environment, by name or by the cluster resolver', async () => {
  const byName = { name: 'create-environment' }
  const byResolver = {
    resolver: 'cluster',
    params: named({ kind: 'task', name: byName.name, namespace: team.namespace }),
  }
  for (const taskRef of [byName, byResolver]) {
    const run = await team.run(earlierPipeline(taskRef), { params: { gitUrl: team.gitUrl, gitBranch: hostile } })
    expect(run).toMatchObject({ succeeded: true })
  }
})

test('push-environment commits it, and remove-environment takes it away', async () => {
  const params = { gitopsUrl: team.gitopsUrl, gitopsArgs: ['--allow-http'] }
  const pushed = await team.run(testRunOf('push-environment'), { params })
  expect(pushed).toMatchObject({ succeeded: true })
  expect(await team.gitopsFiles()).toEqual(['README.md', path])
  expect(parse(await team.gitopsFile(path))).toEqual(await written())

  const removed = await team.run(testRunOf('remove-environment'), { params })
  expect(removed).toMatchObject({ succeeded: true })
  const [last, first] = await team.gitopsLog()
  expect([last, first]).toEqual([
    { commit: removed.results.commit, parents: 1, paths: [path] },
    { commit: pushed.results.commit, parents: 1, paths: [path] },
  ])
})

test('preview-environment goes from a commit to the GitOps repository in one pod', async () => {
  const { gitUrl, gitopsUrl, imageRepo } = team
  const params = { ...team.here, gitUrl, gitopsUrl, imageRepo, gitRevision: commit, imageTag: `pr-7-${commit}` }
  const run = await team.run(testRunOf('preview-environment'), {
    params,
    workspaces: { 'git-credentials': workspaces['git-credentials'] },
  })

  expect(run).toMatchObject({ succeeded: true, results: { IMAGE_DIGEST: await team.imageDigest(`pr-7-${commit}`) } })
  const [last] = await team.gitopsLog()
  expect(last).toEqual({ commit: run.results.commit, parents: 1, paths: [path] })
})

/** Of each container of a run's pod: privileged, allowPrivilegeEscalation, seccomp profile. */
async function securityOf(taskRun: string): Promise<unknown[]> {
  type Container = { name: string; securityContext: Record<string, unknown> & { seccompProfile: { type: string } } }
  type PodObject = KubeObject & { readonly spec: { readonly containers: readonly Container[] } }
  const { items } = await team.cluster.list<PodObject>(pods, {
    namespace: team.namespace,
    labelSelector: `tekton.dev/taskRun=${taskRun}`,
  })
  return items.flatMap(({ spec }) =>
    spec.containers.map(({ name, securityContext: { privileged, allowPrivilegeEscalation, seccompProfile } }) => [
      name,
      privileged,
      allowPrivilegeEscalation,
      seccompProfile.type,
    ]),
  )
}

/** As teams have it of an earlier release: what it gave then, and nothing that is new. */
function earlierPipeline(taskRef: object): TaskRun {
  const given = ['pathToTronadorFile', 'repoName', 'prNumber', 'gitUrl', 'gitBranch', 'imageTag', 'imageRepo']
  const values = {
    pathToTronadorFile: '.tronador.yaml',
    repoName: 'shop',
    prNumber: '7',
    imageTag: 'v1',
    imageRepo: 'shop',
  }
  const tasks = [
    {
      name: 'create-environment',
      taskRef,
      params: given.map((name) => ({ name, value: `$(params.${name})` })),
      workspaces: [{ name: 'output', workspace: 'source' }],
    },
  ]
  return {
    apiVersion: 'tekton.dev/v1',
    kind: 'PipelineRun',
    metadata: { generateName: 'earlier-' },
    spec: {
      pipelineSpec: { params: given.map((name) => ({ name })), workspaces: [{ name: 'source' }], tasks },
      taskRunTemplate: { podTemplate: { securityContext: { fsGroup: 65532 } } },
      params: named(values),
      workspaces: [{ name: 'source', ...workspaces.output }],
    },
  } as unknown as TaskRun
}

function named(values: Readonly<Record<string, string>>): { name: string; value: string }[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }))
}
