/** Gitea lets whoever may read open a pull request from within the repository: it must not pass for the team's own. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, onTestFinished, test } from 'vitest'
import { giteaApi } from '../../local/gitea/api.ts'
import { createWorkingCopy } from '../../local/gitea/working-copy.ts'
import { createGitea } from '../../src/scm/gitea/index.ts'

test('a pull request that a reader pushes to refs/for is a fork’s', async () => {
  const gitea = inject('gitea')
  const id = randomBytes(4).toString('hex')
  const [owner, user, password] = [`agit-${id}`, `reader-${id}`, randomBytes(12).toString('hex')]
  const admin = giteaApi(gitea.url, { name: gitea.adminUser, password: gitea.adminPassword })
  await admin.createOrganisation(owner)
  await admin.createRepository(owner, 'shop')
  await admin.createUser(user, password)
  await admin.addCollaborator(owner, 'shop', user, 'read')
  const folder = await mkdtemp(join(tmpdir(), 'agit-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const cloneUrl = `${gitea.url}/${owner}/shop.git`
  const clone = (name: string, account: string, token: string) =>
    createWorkingCopy({
      folder: join(folder, name),
      cloneUrl,
      user: account,
      token,
      author: { name: 'Rob', email: 'rob@example.com' },
    })
  await (await clone('team', gitea.adminUser, gitea.adminToken)).commitAndPush('main', 'First', { 'a.txt': 'one\n' })

  const reader = await clone('reader', user, await admin.createToken(user, ['write:repository']))
  await reader.git('fetch', '--quiet', 'origin', 'main')
  await reader.git('checkout', '--quiet', '-B', 'mine', 'origin/main')
  await reader.git('commit', '--quiet', '--allow-empty', '--message', 'Mine')
  await reader.git('push', '--quiet', 'origin', 'HEAD:refs/for/main', '-o', 'topic=mine')

  const scm = createGitea({ url: `${gitea.url}/${owner}/shop`, token: gitea.adminToken })
  const commit = await reader.git('rev-parse', 'HEAD')
  expect(await scm.openPullRequests()).toMatchObject([{ author: user, source: { commit, fork: true } }])
  expect(await scm.pullRequest(1)).toMatchObject({ author: user, source: { commit, fork: true } })
})
