import { describeScmContract } from './contract.ts'
import { createMemoryCodeHost } from './memory.ts'

describeScmContract('the fake', async () => {
  const host = createMemoryCodeHost()
  let last = 0
  const nextCommit = () => String(++last).padStart(40, '0')
  const numbers = new Map<string, number>()
  return {
    connect: () => host,
    open: async (branch, files) => {
      const number = numbers.size + 1
      const commit = nextCommit()
      numbers.set(branch, number)
      host.open(number, { branch, commit, files })
      return { number, commit }
    },
    push: async (branch, files) => {
      const commit = nextCommit()
      host.push(numbers.get(branch) ?? 0, commit, files)
      return commit
    },
    close: async (number) => host.close(number),
    comment: async (number, body) => host.comment(number, 'dana', body),
    comments: async (number) => (host.comments.get(number) ?? []).map(({ body }) => body),
    statuses: async (commit) =>
      [...host.statuses].filter(([key]) => key.startsWith(commit)).map(([, status]) => status),
    end: async () => {},
  }
})
