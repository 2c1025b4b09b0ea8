/** What an earlier Tronador ran with Helm Operator is adopted where Flux shall be the engine now: without a restart. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { environmentProvisioners } from '../../src/kube/resources.ts'
import type { AnyEnvironment } from '../../src/operator/environment-kinds.ts'
import { environmentWhere, removeEnvironment, setStage, uniqueName } from '../environment-operator.ts'
import { type GitRepository, startGitRepository } from '../git-repository.ts'
import { earlierProvisioner, lookAtRunning, releaseForProvisioner, runsTag } from './earlier-tronador.ts'

const stage = setStage({ engines: { EnvironmentProvisioner: 'flux' } })
const charts = join(import.meta.dirname, 'charts')
let repository: GitRepository
let first: string
let second: string
beforeAll(async () => {
  repository = await startGitRepository()
  first = await repository.commitFolder(charts)
  second = await repository.commitFolder(charts, 'next')
})
afterAll(() => repository?.stop())

function settled(name: string): Promise<AnyEnvironment> {
  const isDone = ({ metadata, status }: AnyEnvironment) =>
    status?.observedGeneration === metadata.generation && status?.stages?.[3]?.state === 'Done'
  return environmentWhere<AnyEnvironment>(stage.admin, name, isDone, 100, environmentProvisioners)
}

const quietly = () => new Promise((resolve) => setTimeout(resolve, 5_000))

test.concurrent('A release of a branch stays with Helm Operator, for its pods would restart', async () => {
  const wish = { name: uniqueName('stays'), url: repository.url, ref: 'main', releaseName: 'shop', tag: 'one' }
  await releaseForProvisioner(stage.admin, wish, 'shop')
  const before = await lookAtRunning(stage.admin, wish.name)
  await stage.admin.create(environmentProvisioners, earlierProvisioner(wish))
  await settled(wish.name)
  await quietly()
  expect(await lookAtRunning(stage.admin, wish.name)).toEqual(before)
  await removeEnvironment(stage.admin, wish.name, 'Background', environmentProvisioners)
})

test.concurrent('A release of a commit is handed over to Flux as it runs, and follows a push', async () => {
  const wish = { name: uniqueName('moves'), url: repository.url, ref: first, releaseName: 'shop', tag: 'one' }
  await releaseForProvisioner(stage.admin, wish, 'shop')
  const { pods, helm, deployments } = await lookAtRunning(stage.admin, wish.name)
  await stage.admin.create(environmentProvisioners, earlierProvisioner(wish))
  await settled(wish.name)
  await quietly()
  const after = await lookAtRunning(stage.admin, wish.name)
  expect({ pods: after.pods, helm: after.helm }).toEqual({ pods, helm })
  expect(after.deployments).toMatchObject(deployments.map((deployment) => ({ ...deployment, generation: 2 })))

  const pushed = earlierProvisioner({ ...wish, ref: second, tag: 'two' })
  await stage.admin.patch(environmentProvisioners, { name: wish.name }, { spec: pushed.spec })
  await runsTag(stage.admin, wish.name, 'two')
  expect(await lookAtRunning(stage.admin, wish.name)).toMatchObject({ helm, releases: after.releases })
  await removeEnvironment(stage.admin, wish.name, 'Background', environmentProvisioners)
})
