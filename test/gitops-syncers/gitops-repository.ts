/** A GitOps repository on the tier's Gitea, which tells a webhook of each push. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { stringify } from 'yaml'
import { giteaApi } from '../../local/gitea/api.ts'
import { createWorkingCopy } from '../../local/gitea/working-copy.ts'

/** The repository and what pipelines do to it. */
export interface GitOpsRepository {
  readonly url: string
  /** Commits these objects (null removes a file) by path, and pushes. */
  commit(files: Readonly<Record<string, object | null>>): Promise<void>
  remove(): Promise<void>
}

/** Makes it with a README. Its pushes are told to the webhook, where there is one. */
export async function createGitOpsRepository(webhook?: {
  readonly url: string
  readonly secret: string
}): Promise<GitOpsRepository> {
  const gitea = inject('gitea')
  const owner = `acme-${randomBytes(4).toString('hex')}`
  const admin = giteaApi(gitea.url, { name: gitea.adminUser, password: gitea.adminPassword })
  await admin.createOrganisation(owner)
  await admin.createRepository(owner, 'gitops')
  if (webhook !== undefined) await admin.createHook(owner, 'gitops', { ...webhook, event: 'push' })
  const url = `${gitea.url}/${owner}/gitops.git`
  const folder = await mkdtemp(join(tmpdir(), 'gitops-test-'))
  const copy = await createWorkingCopy({
    folder,
    cloneUrl: url,
    user: gitea.adminUser,
    token: gitea.adminToken,
    author: { name: 'Test', email: 'test@example.com' },
  })
  await copy.commitAndPush('main', 'Begin', { 'README.md': 'Previews\n' })
  return {
    url,
    async commit(files) {
      for (const [path, object] of Object.entries(files)) if (object === null) await copy.git('rm', '--quiet', path)
      const written = Object.entries(files).filter(([, object]) => object !== null)
      await copy.commitAndPush(
        'main',
        'Change',
        Object.fromEntries(written.map(([path, object]) => [path, stringify(object)])),
      )
    },
    remove: () => rm(folder, { recursive: true }),
  }
}
