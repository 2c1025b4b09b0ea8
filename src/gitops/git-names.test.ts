import { describe, expect, it } from 'vitest'
import { makeGit, makeRepository, openFile, put } from './testing/open-git.ts'

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: a shell would expand these; nothing here may.
const metacharacterBranches = [
  'a;touch${IFS}x|b&c#!x,y=%2e%2e',
  '$(touch${IFS}x)/`id`/(y)/<z>',
  `"q"it's{x}`,
  '${{x}}@b',
  '--upload-pack=x',
  '+main',
  'ü/🌊',
  'refs/heads/main',
  'HEAD',
]
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: see above

describe('the git adapter and the names it is given', () => {
  it('takes every branch that git allows literally', async () => {
    const repository = await makeRepository()
    const git = await makeGit()
    for (const branch of metacharacterBranches) {
      await repository.write('seed', 'x', { branch })
      const gitops = await git.open({ url: repository.url, branch })
      await gitops.change(put('pr-7.yaml', 'a: 1\n'))
      expect((await repository.log(branch)).map((commit) => commit.paths)).toEqual([['pr-7.yaml']])
    }
    const branches = (await repository.git('for-each-ref', '--format=%(refname:lstrip=2)')).trim().split('\n')
    expect(branches.sort()).toEqual([...metacharacterBranches, 'main'].sort())
    expect(await repository.log()).toEqual([])
  })

  it.each([
    '',
    ' ',
    'a b',
    'a:b',
    'a..b',
    'a~1',
    'a^',
    'a?',
    'a*',
    'a[',
    'a\\b',
    '@{u}',
    '/a',
    'a/',
    'a//b',
    '.a',
    'a.lock',
    'a.',
    'a\nb',
  ])('refuses %j as a branch', async (branch) => {
    const git = await makeGit()
    await expect(git.open({ url: 'https://git.example.com/a/b', branch })).rejects.toMatchObject({
      code: 'GitBranchRefused',
    })
  })

  it.each([
    ['120000', 'a symbolic link'],
    ['160000', 'a submodule'],
  ])('goes neither through nor over an entry of mode %s', async (mode, what) => {
    const { repository, gitops } = await openFile()
    const target = mode === '120000' ? '/etc' : ''
    if (mode === '120000') await repository.write('way', target, { mode })
    else await repository.addSubmodule('way')
    const before = await repository.head()
    await expect(gitops.change(put('way/pr-7.yaml', 'x'))).rejects.toMatchObject({
      code: 'GitPathRefused',
      message: `The path "way/pr-7.yaml" is refused: way there is ${what}.`,
    })
    await expect(gitops.change(put('way', 'x'))).rejects.toMatchObject({ code: 'GitPathRefused' })
    expect(await gitops.list('')).toEqual(new Map([['README.md', 'read me']]))
    expect(await repository.head()).toBe(before)
  })

  it('keeps the mode of a file that is executable', async () => {
    const { repository, gitops } = await openFile()
    await repository.write('pr-7.yaml', 'a', { mode: '100755' })
    await gitops.change(put('pr-7.yaml', 'b'))
    expect(await repository.git('ls-tree', '--format=%(objectmode)', 'main', 'pr-7.yaml')).toBe('100755\n')
  })

  it('lists no file that is too large', async () => {
    const { repository, gitops } = await openFile()
    await repository.write('large.yaml', 'x'.repeat(1024 * 1024 + 1))
    await expect(gitops.change(put('large.yaml', 'x'))).rejects.toMatchObject({ code: 'GitPathRefused' })
    expect([...(await gitops.list('')).keys()]).toEqual(['README.md'])
  })
})
