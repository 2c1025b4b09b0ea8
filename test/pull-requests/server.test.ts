/** The server between a real Gitea, a real API server and a real GitOps repository. */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { RunningProcess } from '../../local/process.ts'
import type { Repository } from '../../src/api/repository.ts'
import { repositories } from '../../src/kube/resources.ts'
import { namespace, repository, type Stage, setStage } from './server-stage.ts'

/** Milliseconds that anything may take on a machine that has other things to do. */
const patience = { timeout: 60_000 }

let stage: Stage
let server: RunningProcess

beforeAll(async () => {
  stage = await setStage(inject('gitea'), inject('kubeconfig'))
  server = await stage.startServer()
})

afterAll(async () => {
  await server?.stop()
  await stage?.end()
})

test('a repository that is connected says so, and where its webhook points', async () => {
  const ref = { name: repository, namespace }
  const status = async () => (await stage.cluster.get<Repository>(repositories, ref))?.status
  await expect.poll(status, patience).toMatchObject({
    conditions: [{ type: 'Ready', status: 'True', reason: 'RepositoryInStep' }],
    webhookPath: `/webhooks/${namespace}/${repository}`,
    openPullRequests: 0,
    environments: 0,
  })
})

test('a pull request lives: opened, awaited, deployed, pushed to, closed', async () => {
  const first = await stage.push('change', 'one')
  const number = await stage.openPullRequest('change', 'Ping @everyone `x`')
  await expectComment(number, '### ⏳ Preview waits for its image')
  expect(await stage.file(number)).toBeUndefined()

  stage.images.add(first)
  await expect
    .poll(() => stage.file(number), patience)
    .toMatchObject({
      kind: 'Environment',
      spec: { change: { provider: 'gitea', number, commit: first, branch: 'change' } },
    })
  await expectComment(number, '### ⏳ Preview is on its way')
  await expectStatus(first, { status: 'pending', description: 'On its way' })

  await stage.playCluster(number, { ready: true, url: 'http://shop.example.com/' })
  await expectComment(number, '### ✅ Preview is ready')
  await expectComment(number, '**<http://shop.example.com/>**')
  await expectStatus(first, { status: 'success', target_url: 'http://shop.example.com/' })

  const second = await stage.push('change', 'two')
  stage.images.add(second)
  await expect.poll(async () => (await stage.file(number))?.spec.change?.commit, patience).toBe(second)
  await expectComment(number, 'An earlier commit still answers at <http://shop.example.com/>.')
  await stage.playCluster(number, { ready: false, trouble: 'Deployment/shop: ImagePullBackOff | `x` @dana' })
  await expectComment(number, '### ❌ Preview failed at: Workloads')
  await expectStatus(second, { status: 'failure' })

  await stage.closePullRequest(number)
  await expect.poll(() => stage.file(number), patience).toBeUndefined()
  await expectComment(number, '### ⏳ Preview is being removed')
  await stage.playCluster(number)
  await expectComment(number, '### Preview removed')
  expect(await stage.comments(number)).toHaveLength(1)
})

test('what happened while the server was down is made good when it comes back', async () => {
  stage.images.add(await stage.push('closed-meanwhile', 'closed meanwhile'))
  const closed = await stage.openPullRequest('closed-meanwhile', 'Closed meanwhile')
  await expect.poll(() => stage.file(closed), patience).toBeDefined()
  await server.stop()
  await stage.closePullRequest(closed)
  const commit = await stage.push('opened-meanwhile', 'opened meanwhile')
  stage.images.add(commit)
  const opened = await stage.openPullRequest('opened-meanwhile', 'Opened meanwhile')
  server = await stage.startServer()

  await expect.poll(async () => (await stage.file(opened))?.spec.change?.commit, patience).toBe(commit)
  await expect.poll(() => stage.file(closed), patience).toBeUndefined()
})

test('its log holds no token and no secret', async () => {
  const log = await readFile(server.log, 'utf8')
  expect(log).toContain('webhook accepted')
  for (const canary of stage.canaries) expect(log).not.toContain(canary)
})

async function expectComment(number: number, text: string): Promise<void> {
  await expect.poll(async () => (await stage.comments(number)).join('\n'), patience).toContain(text)
}

async function expectStatus(commit: string, status: object): Promise<void> {
  await expect.poll(() => stage.status(commit), patience).toMatchObject(status)
}
