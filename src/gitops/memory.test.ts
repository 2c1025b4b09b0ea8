import { expect, it } from 'vitest'
import { describeGitOpsContract } from './contract.ts'
import { createMemoryGitOps } from './memory.ts'

describeGitOpsContract('the GitOps fake', async () => {
  const gitops = createMemoryGitOps({ files: { 'README.md': 'read me' } })
  return {
    gitops,
    write: async (path, text) => gitops.write(path, text),
    log: async () => gitops.commits.map(({ message, path }) => ({ message, paths: [path] })),
    head: async () => gitops.commits.at(-1)?.hash ?? '0'.repeat(40),
    close: async () => {},
  }
})

it('the fake gives up where somebody else is always faster', async () => {
  const gitops = createMemoryGitOps({ beforePush: (branch) => branch.write('other', `${branch.commits.length}`) })
  const change = { path: 'mine', edit: () => 'x', message: { subject: 's', trailers: {} } }
  await expect(gitops.change(change)).rejects.toMatchObject({ code: 'GitConflict' })
  expect(gitops.files.has('mine')).toBe(false)
})
