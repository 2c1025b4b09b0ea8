/** The sample's home on the code host: its organisation, repositories and people, each with the least they need. */
import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type GiteaApi, giteaApi } from '../gitea/api.ts'
import type { Gitea } from '../gitea/index.ts'
import { createWorkingCopy, type WorkingCopy } from '../gitea/working-copy.ts'

export const owner = 'acme'
export const repository = 'shop'
export const gitopsRepository = 'gitops'

/** A user of the code host with a token. */
export interface Account {
  readonly user: string
  readonly token: string
  /** For the web pages. */
  readonly password: string
}

/** The code host as the story finds it. */
export interface CodeHost {
  readonly url: string
  /** Page of the application's repository; with `.git`, its clone URL. */
  readonly repositoryUrl: string
  readonly gitopsCloneUrl: string
  /** The administrator. */
  readonly admin: GiteaApi
  /** Someone of the team, who pushes branches and opens pull requests. */
  readonly developer: GiteaApi
  /** The developer's account, for a browser. */
  readonly developerAccount: Account
  /** The developer's clone of the application. */
  readonly copy: WorkingCopy
  /** Tronador: reads the application, comments on it, sets statuses; writes the GitOps repository. */
  readonly tronador: Account
  /** Flux: reads the GitOps repository. */
  readonly flux: Account
  /** The team's pipeline: reads the application. */
  readonly pipeline: Account
}

/** Creates everything and pushes the sample. `folder` takes the developer's clone. */
export async function prepareCodeHost(gitea: Gitea, folder: string): Promise<CodeHost> {
  const admin = giteaApi(gitea.url, { name: gitea.adminUser, password: gitea.adminPassword })
  await admin.createOrganisation(owner)
  await admin.createRepository(owner, repository)
  await admin.createRepository(owner, gitopsRepository, { private: true })

  const developer = await createAccount(admin, 'developer', 'Dana Developer', ['write:repository', 'write:issue'])
  const tronador = await createAccount(admin, 'tronador', 'Tronador', ['write:repository', 'write:issue', 'read:user'])
  const flux = await createAccount(admin, 'flux', 'Flux', ['read:repository'])
  const pipeline = await createAccount(admin, 'pipeline', 'The team’s pipeline', ['read:repository'])
  for (const { user } of [developer, tronador]) await admin.addCollaborator(owner, repository, user, 'write')
  await admin.addCollaborator(owner, gitopsRepository, 'tronador', 'write')
  await admin.addCollaborator(owner, gitopsRepository, 'flux', 'read')
  await admin.addCollaborator(owner, repository, 'pipeline', 'read')

  const repositoryUrl = `${gitea.url}/${owner}/${repository}`
  const gitopsCloneUrl = `${gitea.url}/${owner}/${gitopsRepository}.git`
  const [copy] = await Promise.all([
    pushSample(join(folder, 'shop'), `${repositoryUrl}.git`, developer),
    pushGitOps(join(folder, 'gitops'), gitopsCloneUrl, tronador),
  ])
  return {
    url: gitea.url,
    repositoryUrl,
    gitopsCloneUrl,
    admin: giteaApi(gitea.url, { token: gitea.adminToken }),
    developer: giteaApi(gitea.url, { token: developer.token }),
    developerAccount: developer,
    copy,
    tronador,
    flux,
    pipeline,
  }
}

async function createAccount(admin: GiteaApi, user: string, name: string, scopes: readonly string[]): Promise<Account> {
  const password = randomBytes(9).toString('hex')
  await admin.createUser(user, password, name)
  return { user, password, token: await admin.createToken(user, scopes) }
}

async function pushSample(folder: string, cloneUrl: string, account: Account): Promise<WorkingCopy> {
  const author = { name: 'Dana Developer', email: 'developer@example.com' }
  const copy = await createWorkingCopy({ folder, cloneUrl, ...account, author })
  await copy.commitAndPush('main', 'Open the shop', await readSample())
  return copy
}

async function pushGitOps(folder: string, cloneUrl: string, account: Account): Promise<void> {
  const author = { name: 'Tronador', email: 'tronador@example.com' }
  const copy = await createWorkingCopy({ folder, cloneUrl, ...account, author })
  await copy.commitAndPush('main', 'Say what lies here', {
    'README.md': '# What runs on the cluster\n\nOne file per preview, written by Tronador, applied by Flux.\n',
  })
}

/** The sample repository's files: path to text. */
export async function readSample(): Promise<Record<string, string>> {
  const folder = join(import.meta.dirname, '..', 'sample', 'repository')
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(
    await Promise.all(
      files.map(async (file) => [file.slice(folder.length + 1), await readFile(file, 'utf8')] as const),
    ),
  )
}
