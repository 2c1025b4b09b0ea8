/** The git adapter opened on scratch repositories, all cleaned up after each test. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, vi } from 'vitest'
import { createGit, type Git, type GitCredentials, type GitOptions } from '../git.ts'
import type { FileChange, GitOps } from '../gitops.ts'
import { type BareRepository, makeBareRepository } from './bare-repository.ts'
import { type GitHost, startGitHost } from './git-host.ts'

/** A token that must never be seen anywhere. */
export const password = 'canary-s3cret/+'
export const credentials: GitCredentials = { kind: 'password', username: 'tronador', password }

/** A change that puts one text at one path. */
export function put(path: string, text: string): FileChange {
  return { path, edit: () => text, message: { subject: 'Deploy shop', trailers: {} } }
}

// Git starts processes, and a busy machine may take its time over them.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 })

const cleanUps: (() => Promise<void>)[] = []

/** Ends everything that the current test has opened, newest first. Called after each test by itself. */
export async function cleanUp(): Promise<void> {
  for (const end of cleanUps.splice(0).reverse()) await end()
}
afterEach(cleanUp)

/** The adapter with still clock, even chance and no pauses; in the end its folder must be empty. */
export async function makeGit(options: Partial<GitOptions> = {}): Promise<Git & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'tronador-git-'))
  const git = createGit({
    folder,
    environment: { PATH: process.env.PATH },
    now: () => new Date('2026-01-02T03:04:05Z'),
    random: () => 0.5,
    sleep: () => Promise.resolve(),
    allowFile: true,
    ...options,
  })
  cleanUps.push(async () => {
    await git.close()
    expect(await readdir(folder)).toEqual([])
    await rm(folder, { recursive: true })
  })
  return { ...git, folder }
}

/** A bare repository; with `README.md` on `main` where `started`. */
export async function makeRepository(started = true): Promise<BareRepository> {
  const repository = await makeBareRepository(started)
  cleanUps.push(repository.close)
  return repository
}

/** A host that serves a repository to `tronador` with the password above. */
export async function makeHost(repository: BareRepository): Promise<GitHost> {
  const host = await startGitHost(repository.path, 'tronador', password)
  cleanUps.push(host.close)
  return host
}

/** A repository on disk and the adapter on it. */
export async function openFile(
  options: Partial<GitOptions> = {},
  branch = 'main',
): Promise<{ repository: BareRepository; gitops: GitOps; folder: string }> {
  const repository = await makeRepository()
  const git = await makeGit(options)
  return { repository, gitops: await git.open({ url: repository.url, branch }), folder: git.folder }
}

/** A repository behind HTTP and the adapter on it. */
export async function openHost(
  options: Partial<GitOptions> = {},
  given: GitCredentials | undefined = credentials,
): Promise<{ repository: BareRepository; host: GitHost; gitops: GitOps }> {
  const repository = await makeRepository()
  const host = await makeHost(repository)
  const git = await makeGit(options)
  return { repository, host, gitops: await git.open({ url: host.url, branch: 'main', credentials: given }) }
}
