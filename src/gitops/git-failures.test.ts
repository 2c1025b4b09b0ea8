import { describe, expect, it } from 'vitest'
import type { GitOps } from './gitops.ts'
import type { BareRepository } from './testing/bare-repository.ts'
import { makeGit, makeHost, makeRepository, openFile, openHost, password, put } from './testing/open-git.ts'

/** The failure of a change, checked to show no secret and to have left the branch alone. */
async function failureOf(gitops: GitOps, repository: BareRepository) {
  const before = await repository.head()
  const error = await gitops.change(put('pr-7.yaml', 'a: 1\n')).then(
    () => undefined,
    (thrown: Error & { code: string; mend: string }) => thrown,
  )
  expect(await repository.head()).toBe(before)
  const text = `${error?.message} ${error?.mend} ${error?.stack} ${JSON.stringify(error)} ${String(error?.cause)}`
  expect(text).not.toContain(password)
  expect(text).not.toContain(Buffer.from(`tronador:${password}`).toString('base64'))
  return error
}

describe('the git adapter and a host that says no', () => {
  it('says that the credential is wrong, and shows it nowhere', async () => {
    const { repository, gitops } = await openHost({}, { kind: 'password', username: 'nobody', password })
    expect(await failureOf(gitops, repository)).toMatchObject({ code: 'GitAuthenticationFailed' })
  })

  it('says that a credential is missing', async () => {
    const repository = await makeRepository()
    const host = await makeHost(repository)
    const gitops = await (await makeGit()).open({ url: host.url, branch: 'main' })
    expect(await failureOf(gitops, repository)).toMatchObject({ code: 'GitAuthenticationFailed' })
  })

  it('says that the credential may read and not push', async () => {
    const { repository, host, gitops } = await openHost()
    host.fault = (request, response) => {
      if (request.url?.includes('receive-pack') !== true) return false
      response.writeHead(403).end('You are not allowed to push')
      return true
    }
    expect(await failureOf(gitops, repository)).toMatchObject({ code: 'GitAuthenticationFailed' })
  })

  it('says that the branch is missing, or the repository empty', async () => {
    const git = await makeGit()
    const full = await makeRepository()
    const empty = await makeRepository(false)
    const other = await git.open({ url: full.url, branch: 'previews' })
    expect(await failureOf(other, full)).toMatchObject({
      code: 'GitBranchMissing',
      message: `The GitOps repository ${full.url} has no branch "previews".`,
    })
    const none = await git.open({ url: empty.url, branch: 'main' })
    await expect(none.list('')).rejects.toMatchObject({
      code: 'GitBranchMissing',
      message: `The GitOps repository ${empty.url} is empty.`,
    })
  })

  it('says that the repository is missing', async () => {
    const { repository, host, gitops } = await openHost()
    host.fault = (_, response) => {
      response.writeHead(404).end('Not found')
      return true
    }
    expect(await failureOf(gitops, repository)).toMatchObject({ code: 'GitRepositoryMissing' })
  })

  it('passes on why the host refuses the commit', async () => {
    const { repository, gitops } = await openFile()
    await repository.hook('pre-receive', 'echo "main is protected" >&2; exit 1')
    expect(await failureOf(gitops, repository)).toMatchObject({
      code: 'GitPushRefused',
      message: 'The GitOps repository’s host refused the commit: pre-receive hook declined: main is protected.',
    })
  })

  it('knows a missing right that the host tells only when the commit is there', async () => {
    const { repository, gitops } = await openFile()
    await repository.hook(
      'pre-receive',
      'printf "error:\\nerror: User permission denied for writing.\\nerror:\\n" >&2; exit 1',
    )
    expect(await failureOf(gitops, repository)).toMatchObject({
      code: 'GitAuthenticationFailed',
      message:
        'The GitOps repository’s host refused the commit: pre-receive hook declined: User permission denied for writing.',
    })
  })

  it('follows no redirect, so that no other host sees the credential', async () => {
    const { repository, host, gitops } = await openHost()
    const thief = await makeHost(repository)
    host.fault = (request, response) => {
      response.writeHead(302, { location: new URL(request.url ?? '', thief.url).href }).end()
      return true
    }
    expect(await failureOf(gitops, repository)).toMatchObject({ code: 'GitUrlRefused' })
    expect(thief.requests).toEqual([])
  })

  it('asks again where the host cannot be reached, then says so', async () => {
    const pauses: number[] = []
    const { repository, host, gitops } = await openHost({ sleep: async (ms) => void pauses.push(ms) })
    host.fault = (_, response) => {
      response.destroy()
      return true
    }
    expect(await failureOf(gitops, repository)).toMatchObject({ code: 'GitUnreachable' })
    expect(pauses).toEqual([500, 1000, 2000])
    host.fault = undefined
    expect((await gitops.change(put('pr-7.yaml', 'a: 1\n'))).changed).toBe(true)
  })

  it('knows a push that landed though its reply was lost', async () => {
    const { repository, host, gitops } = await openHost()
    host.loseReply = true
    const edit = (current: string | undefined) => `${current ?? ''}x`
    const pushed = await gitops.change({ path: 'pr-7.yaml', edit, message: put('', '').message })
    expect(pushed).toEqual({ commit: await repository.head(), changed: true })
    expect((await gitops.list('')).get('pr-7.yaml')).toBe('x')
  })

  it('knows a push that landed though its reply was lost and others have pushed since', async () => {
    const { repository, host, gitops } = await openHost({ sleep: () => repository.write('other.yaml', 'x') })
    await gitops.list('')
    host.loseReply = true
    const edit = (current: string | undefined) => `${current ?? ''}x`
    const pushed = await gitops.change({ path: 'pr-7.yaml', edit, message: put('', '').message })
    expect(pushed).toEqual({ commit: (await repository.git('rev-parse', 'main~1')).trim(), changed: true })
    expect((await repository.log()).map((commit) => commit.paths)).toEqual([['pr-7.yaml'], ['other.yaml']])
  })

  it('ends a git that hangs', async () => {
    const { repository, host, gitops } = await openHost({ timeout: 300 })
    host.fault = () => true
    expect(await failureOf(gitops, repository)).toMatchObject({ code: 'GitTimeout' })
  })

  it('says that git is not installed', async () => {
    const { repository, gitops } = await openFile({ environment: { PATH: '/nowhere' } })
    expect(await failureOf(gitops, repository)).toMatchObject({ code: 'GitProgramMissing' })
  })
})
