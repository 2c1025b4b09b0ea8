import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeGitOpsContract } from './contract.ts'
import { cleanUp, makeGit, makeRepository, openFile, openHost, put } from './testing/open-git.ts'

/** Somebody who commits whenever a push arrives, before it is taken. */
const pushFirst = [
  'unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'tree=$(git rev-parse refs/heads/main^{tree})',
  'commit=$(git -c user.name=o -c user.email=o@example.com commit-tree -p refs/heads/main -m faster $tree)',
  'git update-ref refs/heads/main $commit',
].join('\n')

describeGitOpsContract('the git adapter on a bare repository', async () => {
  const { repository, gitops } = await openFile()
  return { gitops, write: repository.write, log: repository.log, head: repository.head, close: cleanUp }
})

describe('the git adapter among other writers', () => {
  it('loses nothing and forces nothing with eight writers at once, each commit touching one file', async () => {
    const repository = await makeRepository()
    const forced: string[] = []
    const writers = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const git = await makeGit({ random: Math.random, sleep: (ms) => new Promise((done) => setTimeout(done, ms)) })
        return git.open({ url: repository.url, branch: 'main' })
      }),
    )
    await repository.git('config', 'core.logAllRefUpdates', 'always')
    await Promise.all(writers.map((writer, index) => writer.change(put(`pr-${index}.yaml`, `n: ${index}\n`))))
    const log = await repository.log()
    expect(log.map((commit) => commit.paths).sort()).toEqual(
      Array.from({ length: 8 }, (_, index) => [`pr-${index}.yaml`]).sort(),
    )
    const moves = (await repository.git('reflog', 'show', '--format=%H', 'refs/heads/main')).trim().split('\n')
    for (const [at, newer] of moves.slice(0, -1).entries()) {
      const parent = (await repository.git('rev-parse', `${newer}^`)).trim()
      if (parent !== moves[at + 1]) forced.push(newer)
    }
    expect(forced).toEqual([])
    expect(moves.length).toBe(8)
  }, 30_000)

  it('gives up on a writer who always wins, with the branch as that writer left it', async () => {
    const repository = await makeRepository()
    let count = 0
    const git = await makeGit({ attempts: 5 })
    const gitops = await git.open({ url: repository.url, branch: 'main' })
    await gitops.list('')
    const winner = {
      path: 'mine.yaml',
      edit: () => 'mine',
      message: () => {
        count += 1
        return { subject: `attempt ${count}`, trailers: {} }
      },
    }
    await repository.hook('pre-receive', pushFirst)
    await expect(gitops.change(winner)).rejects.toMatchObject({
      code: 'GitConflict',
      message: '5 times somebody else pushed first; mine.yaml stands as it was in the GitOps repository.',
    })
    expect(count).toBe(5)
    expect((await repository.log()).flatMap((commit) => commit.paths)).not.toContain('mine.yaml')
  })

  it('restores nothing that somebody has rewound, and creates no branch that somebody has deleted', async () => {
    const { repository, gitops } = await openFile()
    await gitops.change(put('pr-7.yaml', 'a: 1\n'))
    await repository.git('update-ref', 'refs/heads/main', 'refs/heads/main~1')
    await gitops.change(put('pr-8.yaml', 'a: 1\n'))
    expect((await repository.log()).flatMap((commit) => commit.paths)).toEqual(['pr-8.yaml'])
    await repository.git('update-ref', '-d', 'refs/heads/main')
    await expect(gitops.change(put('pr-9.yaml', 'a: 1\n'))).rejects.toMatchObject({ code: 'GitBranchMissing' })
    expect(await repository.git('for-each-ref')).toBe('')
  })

  it('asks nothing of the remote but the push itself while nobody else writes', async () => {
    const { host, gitops } = await openHost()
    await gitops.change(put('pr-7.yaml', 'a: 1\n'))
    host.requests.splice(0)
    await gitops.change(put('pr-7.yaml', 'a: 2\n'))
    expect(host.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /repository.git/info/refs?service=git-receive-pack',
      'POST /repository.git/git-receive-pack',
    ])
  })

  it('lists the branch as last seen without asking, its own changes among it, and as it is when asked to', async () => {
    const { host, repository, gitops } = await openHost()
    const readme = ['README.md', 'read me'] as const
    expect(await gitops.list('', { asRemembered: true })).toEqual(new Map([readme]))
    await gitops.change(put('pr-7.yaml', 'a: 1\n'))
    await repository.write('pr-8.yaml', 'theirs')
    host.requests.splice(0)
    expect(await gitops.list('', { asRemembered: true })).toEqual(new Map([readme, ['pr-7.yaml', 'a: 1\n']]))
    expect(host.requests).toEqual([])
    const all = new Map([readme, ['pr-7.yaml', 'a: 1\n'], ['pr-8.yaml', 'theirs']])
    expect(await gitops.list('')).toEqual(all)
    expect(await gitops.list('', { asRemembered: true })).toEqual(all)
  })

  it('begins anew where its local copy is broken', async () => {
    const { gitops, folder } = await openFile()
    await gitops.change(put('pr-7.yaml', 'a: 1\n'))
    const [home = ''] = await readdir(folder)
    const [copy = ''] = await readdir(join(folder, home))
    await rm(join(folder, home, copy, 'objects'), { recursive: true })
    await expect(gitops.change(put('pr-7.yaml', 'a: 2\n'))).rejects.toMatchObject({ code: 'GitFailed' })
    expect((await gitops.change(put('pr-7.yaml', 'a: 2\n'))).changed).toBe(true)
  })

  it('begins anew where somebody has tidied its folder away', async () => {
    const { gitops, folder } = await openFile()
    await gitops.change(put('pr-7.yaml', 'a: 1\n'))
    const [home = ''] = await readdir(folder)
    await rm(join(folder, home), { recursive: true })
    await expect(gitops.change(put('pr-7.yaml', 'a: 2\n'))).rejects.toMatchObject({ code: 'GitFailed' })
    expect((await gitops.change(put('pr-7.yaml', 'a: 2\n'))).changed).toBe(true)
  })
})
