/** The Gitea adapter keeps the contract of all code hosts against a real Gitea. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { giteaApi } from '../../local/gitea/api.ts'
import { createWorkingCopy } from '../../local/gitea/working-copy.ts'
import { describeScmContract } from '../../src/scm/contract.ts'
import { createGitea } from '../../src/scm/gitea/index.ts'
import type { CommitStatus } from '../../src/scm/scm.ts'

describeScmContract('Gitea', async () => {
  const gitea = inject('gitea')
  const id = randomBytes(4).toString('hex')
  const [owner, password] = [`scm-${id}`, randomBytes(12).toString('hex')]
  const admin = giteaApi(gitea.url, { name: gitea.adminUser, password: gitea.adminPassword })
  await admin.createOrganisation(owner)
  await admin.createRepository(owner, 'shop')
  const account = async (user: string, scopes: string[]) => {
    await admin.createUser(user, password)
    await admin.addCollaborator(owner, 'shop', user, 'write')
    return admin.createToken(user, scopes)
  }
  const ours = await account(`bot-${id}`, ['write:repository', 'write:issue', 'read:user'])
  const theirs = await account(`dev-${id}`, ['write:repository', 'write:issue'])
  const developer = giteaApi(gitea.url, { token: theirs })
  const folder = await mkdtemp(join(tmpdir(), 'scm-test-'))
  const copy = await createWorkingCopy({
    folder,
    cloneUrl: `${gitea.url}/${owner}/shop.git`,
    user: `dev-${id}`,
    token: theirs,
    author: { name: 'Dana', email: 'dana@example.com' },
  })
  await copy.commitAndPush('main', 'First', { 'readme.txt': 'one\n' })
  return {
    connect: () => createGitea({ url: `${gitea.url}/${owner}/shop`, token: ours }),
    async open(branch, files) {
      const commit = await copy.commitAndPush(branch, 'Change', files)
      const { number } = await developer.openPullRequest(owner, 'shop', { head: branch, title: branch })
      return { number, commit }
    },
    push: (branch, files) => copy.commitAndPush(branch, 'More', files),
    close: (number) => developer.closePullRequest(owner, 'shop', number),
    comment: (number, body) => post(`${gitea.url}/api/v1/repos/${owner}/shop/issues/${number}/comments`, theirs, body),
    comments: async (number) => (await developer.comments(owner, 'shop', number)).map(({ body }) => body),
    statuses: async (commit) =>
      (await developer.statuses(owner, 'shop', commit)).map(({ status, context, description, target_url }) => ({
        state: status as CommitStatus['state'],
        context,
        description,
        url: target_url,
      })),
    end: () => rm(folder, { recursive: true, force: true }),
  }
})

test('a token that is not valid is told as such', async () => {
  const scm = createGitea({ url: `${inject('gitea').url}/acme/shop`, token: 'not-a-token' })
  await expect(scm.openPullRequests()).rejects.toMatchObject({ code: 'ScmUnauthorized' })
})

test('a repository that is not there is told as such, and is no empty list', async () => {
  const { url, adminToken } = inject('gitea')
  const scm = createGitea({ url: `${url}/nobody/nothing`, token: adminToken })
  await expect(scm.openPullRequests()).rejects.toMatchObject({ code: 'ScmNotFound' })
})

async function post(url: string, token: string, body: string): Promise<void> {
  const headers = { authorization: `token ${token}`, 'content-type': 'application/json' }
  const { status } = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ body }) })
  expect(status).toBe(201)
}
