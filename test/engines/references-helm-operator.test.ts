/** What `chart.ref` of an EnvironmentProvisioner may be where Helm Operator is the engine: whatever git takes. */
import { expect, test } from 'vitest'
import { environmentProvisioners } from '../../src/kube/resources.ts'
import type { AnyEnvironment } from '../../src/operator/environment-kinds.ts'
import { environmentWhere, removeEnvironment, setStage, uniqueName } from '../environment-operator.ts'
import { startGitRepository } from '../git-repository.ts'
import { objectOf } from './pairs.ts'
import { chartOfConfigMap } from './references.ts'

const stage = setStage()

test('A tag, in full or not, and a short hash are found', async () => {
  const repository = await startGitRepository()
  const commit = await repository.commit(chartOfConfigMap)
  await repository.tag('v1', commit)
  await repository.commit({ 'deploy/values.yaml': 'later: true\n' })
  for (const ref of ['refs/tags/v1', 'v1', commit.slice(0, 8)]) {
    const name = uniqueName('reference')
    const object = objectOf('EnvironmentProvisioner', name, { repository, commit: ref })
    await stage.admin.create(environmentProvisioners, object)
    const isReady = ({ status }: AnyEnvironment) => status?.phase === 'Ready'
    const ready = await environmentWhere<AnyEnvironment>(stage.admin, name, isReady, 100, environmentProvisioners)
    expect(ready.status?.commit).toBe(commit)
    await removeEnvironment(stage.admin, name, 'Background', environmentProvisioners)
  }
  await repository.stop()
})
