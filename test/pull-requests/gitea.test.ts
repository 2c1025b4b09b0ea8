/** The local code host behaves as code hosts do: what is pushed is served, what happens is told, signed. */
import { createHmac, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { type GiteaApi, giteaApi } from '../../local/gitea/api.ts'
import { createWorkingCopy, type WorkingCopy } from '../../local/gitea/working-copy.ts'

const owner = `org-${randomBytes(4).toString('hex')}`
const secret = 'a secret of this test'
const password = randomBytes(12).toString('hex')

interface Delivery {
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

let admin: GiteaApi
let developer: GiteaApi
let copy: WorkingCopy
let folder: string
const deliveries: Delivery[] = []
const listener = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    deliveries.push({ headers: request.headers, body: Buffer.concat(chunks) })
    response.writeHead(204).end()
  })
})

beforeAll(async () => {
  const gitea = inject('gitea')
  folder = await mkdtemp(join(tmpdir(), 'gitea-test-'))
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  admin = giteaApi(gitea.url, { name: gitea.adminUser, password: gitea.adminPassword })
  await admin.createOrganisation(owner)
  await admin.createRepository(owner, 'shop')
  const user = `dev-${owner}`
  await admin.createUser(user, password)
  await admin.addCollaborator(owner, 'shop', user, 'write')
  const token = await admin.createToken(user, ['write:repository', 'write:issue'])
  developer = giteaApi(gitea.url, { token })
  const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/`
  await admin.createHook(owner, 'shop', { url, secret, event: 'pull_request' })
  const cloneUrl = `${gitea.url}/${owner}/shop.git`
  copy = await createWorkingCopy({ folder, cloneUrl, user, token, author: { name: 'Dev', email: 'dev@example.com' } })
  await copy.commitAndPush('main', 'First', { 'page.txt': 'one\n' })
})

afterAll(async () => {
  listener.closeAllConnections()
  listener.close()
  await rm(folder, { recursive: true, force: true })
})

test('a pull request that is opened, pushed to and closed tells so each time, signed over the raw bytes', async () => {
  const first = await copy.commitAndPush('change', 'Second', { 'page.txt': 'two\n' })
  const opened = await developer.openPullRequest(owner, 'shop', { head: 'change', title: 'Two' })
  expect(opened).toMatchObject({ number: 1, state: 'open', head: { ref: 'change', sha: first } })
  const second = await copy.commitAndPush('change', 'Third', { 'page.txt': 'three\n' })
  await deliveryOf('synchronized')
  await developer.closePullRequest(owner, 'shop', 1)
  await deliveryOf('closed')

  const events = deliveries.map(({ headers, body }) => {
    const { action, number, pull_request } = JSON.parse(body.toString())
    return { event: headers['x-gitea-event'], action, number, commit: pull_request.head.sha }
  })
  expect(events).toEqual([
    { event: 'pull_request', action: 'opened', number: 1, commit: first },
    { event: 'pull_request', action: 'synchronized', number: 1, commit: second },
    { event: 'pull_request', action: 'closed', number: 1, commit: second },
  ])
  for (const { headers, body } of deliveries)
    expect(headers['x-gitea-signature']).toBe(createHmac('sha256', secret).update(body).digest('hex'))
})

test('files are served as they stand at a commit', async () => {
  const commit = await copy.commitAndPush('files', 'Fourth', { 'deploy/values.yaml': 'replicas: 2\n' })
  expect(await developer.file(owner, 'shop', 'deploy/values.yaml', commit)).toBe('replicas: 2\n')
  expect(await developer.files(owner, 'shop', 'files')).toEqual(['deploy/values.yaml', 'page.txt'])
})

test('a token without the right scope may not comment on what it can read', async () => {
  const reader = `reader-${owner}`
  await admin.createUser(reader, password)
  const token = await admin.createToken(reader, ['read:repository'])
  const response = await fetch(`${inject('gitea').url}/api/v1/repos/${owner}/shop/issues/1/comments`, {
    method: 'POST',
    headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ body: 'not allowed' }),
  })
  expect(response.status).toBe(403)
})

async function deliveryOf(action: string): Promise<void> {
  await expect
    .poll(() => deliveries.map(({ body }) => JSON.parse(body.toString()).action), { timeout: 20_000 })
    .toContain(action)
}
