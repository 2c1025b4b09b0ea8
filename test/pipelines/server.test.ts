/** The server starts the pipeline itself, on the real Tekton: no trigger, no webhook but the code host's to the server. */

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { applyManifests } from '../../local/demo/manifests.ts'
import { freePort } from '../../local/free-port.ts'
import { writeServiceAccountKubeconfig } from '../../local/kubeconfig-file.ts'
import type { RunningProcess } from '../../local/process.ts'
import type { PipelineRun } from '../../src/core/pipeline-run.ts'
import { namespaces, pipelineRuns, repositories, secrets } from '../../src/kube/resources.ts'
import { startServerProcess } from '../server-process.ts'
import { assembleTeam, type Team } from './team.ts'

/** Milliseconds that a pipeline may take on a machine that has other things to do. */
const patience = { timeout: 240_000, interval: 500 }
const own = 'tronador-system'

let team: Team
let server: RunningProcess | undefined
let folder: string
beforeAll(async () => {
  team = await assembleTeam()
  folder = await mkdtemp(join(tmpdir(), 'server-pipeline-'))
  const apply = { fieldManager: 'test', force: true }
  await team.cluster.apply(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: own } }, apply)
  await applyManifests(team.cluster, ['deploy/server.yaml'])
  await team.apply(rightsForPipelines())
  const secret = randomBytes(16).toString('hex')
  await connectRepository(secret)
  const port = await startServer()
  const url = `http://127.0.0.1:${port}/webhooks/${own}/${team.owner}`
  await team.admin.createHook(team.owner, 'shop', { url, secret, event: 'pull_request' })
})
afterAll(async () => {
  await server?.stop()
  await team?.end()
  await rm(folder, { recursive: true, force: true })
})

const commentOf = async (number: number) =>
  (await team.admin.comments(team.owner, 'shop', number)).map(({ body }) => body).join('\n')
const runs = async () => (await team.cluster.list<PipelineRun>(pipelineRuns, { namespace: team.namespace })).items
const reasonOf = ({ status }: PipelineRun) => status?.conditions?.[0]?.reason
const reasonsOf = async (commit: string) =>
  (await runs()).filter(({ metadata }) => metadata.name.endsWith(commit.slice(0, 10))).map(reasonOf)

test('a pull request is built and deployed, shows what does not build, and leaves no run behind', async () => {
  const good = await team.copy.commitAndPush('croissants', 'Sell croissants as well', { 'MOTTO.md': 'More.\n' })
  const { number } = await team.admin.openPullRequest(team.owner, 'shop', { head: 'croissants', title: 'Croissants' })
  const path = `${team.owner}/shop/pr-${number}.yaml`
  await expect.poll(() => team.gitopsFiles(), patience).toEqual(['README.md', path])
  expect(await team.gitopsFile(path)).toContain(good)
  await expect.poll(() => reasonsOf(good), patience).toEqual(['Succeeded'])

  const broken = await team.copy.commitAndPush('croissants', 'Break it', {
    Dockerfile: 'FROM scratch\nCOPY no-such-file /\n',
  })
  await expect
    .poll(() => commentOf(number), patience)
    .toContain('### ❌ No preview: the pipeline failed at `build/build`')
  expect(await commentOf(number)).toMatch(/```text\n(?:.*\n)*.*no-such-file(?:.*\n)*```/)
  expect(await commentOf(number)).toContain(`is \`${team.namespace}/shop-${number}-`)
  expect(await reasonsOf(broken)).toEqual(['Failed'])

  const overtaken = await team.copy.commitAndPush('croissants', 'Build for long', { 'A.md': 'A\n' })
  await expect.poll(() => reasonsOf(overtaken), patience).toHaveLength(1)
  const last = await team.copy.commitAndPush('croissants', 'Build again', { 'B.md': 'B\n' })
  await expect.poll(() => reasonsOf(overtaken), patience).toEqual(['Cancelled'])
  await expect.poll(() => reasonsOf(last), patience).toHaveLength(1)

  await team.admin.closePullRequest(team.owner, 'shop', number)
  await expect.poll(() => reasonsOf(last), patience).toEqual(['Cancelled'])
  await expect.poll(() => team.gitopsFiles(), patience).toEqual(['README.md'])
})

function rightsForPipelines(): object {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'tronador-server-pipelines' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'tronador-server-pipelines' },
    subjects: [{ kind: 'ServiceAccount', name: 'tronador-server', namespace: own }],
  }
}

async function connectRepository(webhookSecret: string): Promise<void> {
  const { url } = inject('gitea')
  const { user, token } = team.account
  const stored = { token: { token }, webhook: { secret: webhookSecret }, gitops: { username: user, password: token } }
  for (const [name, stringData] of Object.entries(stored)) {
    const metadata = { name: `${team.owner}-${name}`, namespace: own }
    await team.cluster.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata, stringData } as never)
  }
  const { gitopsArgs: _, ...params } = team.here
  await team.cluster.create(repositories, {
    apiVersion: 'tronador.stakater.com/v1alpha1',
    kind: 'Repository',
    metadata: { name: team.owner, namespace: own },
    spec: {
      provider: 'gitea',
      url: `${url}/${team.owner}/shop`,
      credentialsRef: { name: `${team.owner}-token` },
      webhookSecretRef: { name: `${team.owner}-webhook` },
      gitops: { url: `${url}/${team.owner}/gitops.git`, credentialsRef: { name: `${team.owner}-gitops` } },
      image: { name: team.imageRepo, insecure: true },
      pipeline: {
        namespace: team.namespace,
        run: {
          pipelineRef: { name: 'build' },
          params: Object.entries(params).map(([name, value]) => ({ name, value })),
          workspaces: [
            { name: 'output', emptyDir: {} },
            { name: 'git-credentials', secret: { secretName: 'preview-git' } },
          ],
        },
      },
    },
  } as never)
}

/** @returns the port of its webhooks. */
async function startServer(): Promise<number> {
  const [port, health] = [await freePort(), await freePort()]
  const kubeconfig = await writeServiceAccountKubeconfig(inject('kubeconfig'), {
    namespace: own,
    serviceAccount: 'tronador-server',
  })
  server = await startServerProcess({ kubeconfig, namespace: own, folder, ports: [port, health] })
  return port
}
