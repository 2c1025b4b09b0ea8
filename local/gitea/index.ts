/** The code host of the local cluster: a real Gitea on the loopback address. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Surroundings } from '../cluster.ts'
import { giteaAppIni } from './app-ini.ts'
import { findBuiltPages, plainPageHeader } from './pages.ts'

const run = promisify(execFile)

/** A Gitea that answers, with its administrator. */
export interface Gitea {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string
  readonly adminUser: string
  readonly adminPassword: string
  /** Token with every scope. */
  readonly adminToken: string
  /** Whether its web pages are built; without them a browser shows plain HTML. */
  readonly hasPages: boolean
  /** Folder of its Go module. */
  readonly sources: string
}

/**
 * Starts Gitea and creates its administrator.
 * @param options.rootUrl what its links, clone URLs and webhooks begin with, where others reach it by another way.
 */
export async function startGitea(
  surroundings: Surroundings,
  options: { readonly rootUrl?: string } = {},
): Promise<Gitea> {
  const [binary, sources, port] = await Promise.all([
    surroundings.build.binary('gitea'),
    surroundings.build.sources('gitea', 'code.gitea.io/gitea'),
    surroundings.claims.port(),
  ])
  const url = `http://127.0.0.1:${port}`
  const pages = findBuiltPages(surroundings.cache, sources)
  const dataFolder = join(surroundings.run.path, 'gitea')
  const config = join(dataFolder, 'app.ini')
  await mkdir(join(dataFolder, 'home'), { recursive: true, mode: 0o700 })
  await writeFile(
    config,
    giteaAppIni({
      port,
      rootUrl: options.rootUrl,
      dataFolder,
      staticFolder: pages ?? sources,
      runUser: userInfo().username,
      secretKey: randomBytes(32).toString('hex'),
      internalToken: randomBytes(32).toString('hex'),
    }),
    { mode: 0o600 },
  )

  if (pages === undefined) await customise(dataFolder, plainPageHeader)

  const env = { HOME: join(dataFolder, 'home'), GITEA_WORK_DIR: dataFolder }
  await surroundings.start({
    name: 'gitea',
    command: binary,
    args: ['web', '--config', config],
    env,
    ready: async () => (await fetch(`${url}/api/healthz`)).ok,
  })
  const admin = await createAdministrator(binary, config, env)
  return { url, ...admin, hasPages: pages !== undefined, sources }
}

/** Puts HTML into the head of every page. */
async function customise(dataFolder: string, header: string): Promise<void> {
  const folder = join(dataFolder, 'custom', 'templates', 'custom')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'header.tmpl'), header)
}

/** One run of Gitea's own command makes the user, its password and its token. */
async function createAdministrator(binary: string, config: string, env: Record<string, string>) {
  const adminUser = 'administrator'
  const { stdout } = await run(
    binary,
    [
      ...['admin', 'user', 'create', '--config', config, '--admin', '--username', adminUser],
      ...['--email', 'administrator@example.com', '--random-password', '--must-change-password=false'],
      ...['--access-token', '--access-token-name', 'set-up', '--access-token-scopes', 'all'],
    ],
    { env: { PATH: process.env.PATH ?? '', ...env }, timeout: 30_000 },
  )
  const adminPassword = /random password is '(.+)'/.exec(stdout)?.[1]
  const adminToken = /Access token was successfully created\.* (\S+)/.exec(stdout)?.[1]
  if (adminPassword === undefined || adminToken === undefined)
    throw new Error(`Gitea created no administrator: ${stdout.replaceAll(/\b[0-9a-f]{40}\b/g, '…')}`)
  return { adminUser, adminPassword, adminToken }
}
