/** What `chart.ref` of an EnvironmentProvisioner may be where Flux is the engine. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { environmentProvisioners } from '../../src/kube/resources.ts'
import type { AnyEnvironment } from '../../src/operator/environment-kinds.ts'
import { environmentWhere, readyReason, removeEnvironment, setStage, uniqueName } from '../environment-operator.ts'
import { type GitRepository, startGitRepository } from '../git-repository.ts'
import { objectOf } from './pairs.ts'
import { chartOfConfigMap } from './references.ts'

const stage = setStage({ engines: { EnvironmentProvisioner: 'flux' } })
let repository: GitRepository
let commit: string
beforeAll(async () => {
  repository = await startGitRepository()
  commit = await repository.commit(chartOfConfigMap)
  await repository.tag('v1', commit)
  await repository.commit({ 'deploy/values.yaml': 'later: true\n' })
})
afterAll(() => repository?.stop())

const ask = (name: string, ref: string) =>
  stage.admin.create(environmentProvisioners, objectOf('EnvironmentProvisioner', name, { repository, commit: ref }))
const where = (name: string, isTrue: (found: AnyEnvironment) => boolean) =>
  environmentWhere<AnyEnvironment>(stage.admin, name, isTrue, 100, environmentProvisioners)

test.concurrent('A tag in full is found', async () => {
  const name = uniqueName('tagged')
  await ask(name, 'refs/tags/v1')
  const ready = await where(name, ({ status }) => status?.phase === 'Ready')
  expect(ready.status?.commit).toBe(commit)
  await removeEnvironment(stage.admin, name, 'Background', environmentProvisioners)
})

test.concurrent.each([
  ['A bare tag', () => 'v1'],
  ['A short hash', () => commit.slice(0, 8)],
])('%s is no branch, and the mend says how to write it', async (_, ref) => {
  const name = uniqueName('bare')
  await ask(name, ref())
  const { status } = await where(name, (found) => readyReason(found) === 'ReferenceNotFound')
  expect(status?.conditions?.[0]?.message).toContain(`Branch ${ref()} is not on the code host`)
  expect(status?.conditions?.[0]?.message).toContain('names a tag as `refs/tags/NAME` and a commit by its full hash')
  await removeEnvironment(stage.admin, name, 'Background', environmentProvisioners)
})
