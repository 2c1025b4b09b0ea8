import { makeBareRepository } from './testing/bare-repository.ts'
import { startGitHost } from './testing/git-host.ts'

const r = await makeBareRepository()
const h = await startGitHost(r.path, 'u', 'p')
console.log(h.url, r.path)
setTimeout(() => process.exit(0), 60000)
