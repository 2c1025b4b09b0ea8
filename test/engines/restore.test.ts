/** A backup that is restored: the objects come back with new UIDs while namespace and release stand. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { EnvironmentKind } from '../../src/api/environment-kind.ts'
import type { KubeObject } from '../../src/kube/cluster.ts'
import { environmentProvisioners, environments, namespaces } from '../../src/kube/resources.ts'
import type { AnyEnvironment } from '../../src/operator/environment-kinds.ts'
import {
  environmentWhere,
  gone,
  removeEnvironment,
  setStage,
  startOperator,
  uniqueName,
} from '../environment-operator.ts'
import { type GitRepository, startGitRepository } from '../git-repository.ts'
import { earlierEnvironment, earlierProvisioner, lookAtRunning, runsTag } from './earlier-tronador.ts'

const stage = setStage()
let repository: GitRepository
const commits: string[] = []
beforeAll(async () => {
  repository = await startGitRepository()
  for (const _ of [0, 1]) commits.push(await repository.commitFolder(join(import.meta.dirname, 'charts')))
})
afterAll(() => repository?.stop())

test.each<EnvironmentKind>(['Environment', 'EnvironmentProvisioner'])(
  'a restored %s takes over what runs as it runs, follows a push, and goes',
  async (kind) => {
    const resource = kind === 'Environment' ? environments : environmentProvisioners
    const name = uniqueName('restored')
    const wish = (push: number) => {
      const commit = commits[push] ?? ''
      const asked = { name, url: repository.url, releaseName: 'shop', tag: `tag-${push}` }
      if (kind === 'EnvironmentProvisioner') return earlierProvisioner({ ...asked, ref: commit })
      return earlierEnvironment({ ...asked, ref: 'main', commit, sourceName: 'shop' })
    }
    const settled = () => {
      const isDone = ({ metadata, status }: AnyEnvironment) =>
        status?.observedGeneration === metadata.generation && status?.stages?.[3]?.state === 'Done'
      return environmentWhere<AnyEnvironment>(stage.admin, name, isDone, 100, resource)
    }
    await stage.admin.create(resource, wish(0))
    const old = await settled()
    await runsTag(stage.admin, name, 'tag-0')
    await quietly()
    const before = await lookAtRunning(stage.admin, name)

    await stage.operator.stop()
    await stage.admin.patch(resource, { name }, { metadata: { finalizers: null } })
    await stage.admin.delete(resource, { name }, { uid: old.metadata.uid ?? '' })
    await gone(stage.admin, resource, name)
    await stage.admin.create(resource, wish(0))
    stage.operator = await startOperator()
    const restored = await settled()
    await quietly()
    expect(restored.metadata.uid).not.toBe(old.metadata.uid)
    expect(await lookAtRunning(stage.admin, name)).toEqual(before)
    const namespace = await stage.admin.get<KubeObject>(namespaces, { name })
    expect(namespace?.metadata.annotations?.['tronador.stakater.com/owner-uid']).toBe(restored.metadata.uid)

    await stage.admin.patch(resource, { name }, { spec: wish(1).spec })
    await runsTag(stage.admin, name, 'tag-1')
    await removeEnvironment(stage.admin, name, 'Foreground', resource)
    expect(stage.operator.failures.filter((line) => line.includes(name))).toEqual([])
  },
)

/** Long enough for whatever is still on its way to show. */
const quietly = () => new Promise((resolve) => setTimeout(resolve, 5_000))
