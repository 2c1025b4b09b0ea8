/** A repository changes from one kind to the other: the new object is applied before the old one is pruned. */
import { expect, test } from 'vitest'
import type { EnvironmentKind } from '../../src/api/environment-kind.ts'
import { helmReleases, helmReleasesV1 } from '../../src/kube/resources.ts'
import type { AnyEnvironment } from '../../src/operator/environment-kinds.ts'
import {
  discardEnvironment,
  environmentWhere,
  readyReason,
  removeEnvironment,
  setStage,
  uniqueName,
} from '../environment-operator.ts'
import { startGitRepository } from '../git-repository.ts'
import { objectOf, resourceOfKind } from './pairs.ts'

const stage = setStage()

const chart = {
  'deploy/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 0.1.0\n',
  'deploy/templates/configmap.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shop }\n',
}

test.concurrent.each([
  ['Environment', 'EnvironmentProvisioner'],
  ['EnvironmentProvisioner', 'Environment'],
] as const)(
  'From %s to %s: the second waits until the first is gone, and then comes up by itself',
  async (from, to) => {
    const repository = await startGitRepository()
    const commit = await repository.commit(chart)
    const name = uniqueName('kind')
    const wish = { repository, commit }
    const where = (kind: EnvironmentKind, isRight: (object: AnyEnvironment) => boolean) =>
      environmentWhere<AnyEnvironment>(stage.admin, name, isRight, 100, resourceOfKind[kind])
    await stage.admin.create(resourceOfKind[from], objectOf(from, name, wish))
    await where(from, ({ status }) => status?.phase === 'Ready')

    await stage.admin.create(resourceOfKind[to], objectOf(to, name, wish))
    await where(to, (object) => readyReason(object) === 'NamespaceConflict')
    await where(from, ({ status }) => status?.phase === 'Ready')
    await discardEnvironment(stage.admin, name, resourceOfKind[from])
    await where(to, ({ status }) => status?.phase === 'Ready')
    const runs = await Promise.all(
      [helmReleases, helmReleasesV1].map((resource) => stage.admin.get(resource, { name: 'shop', namespace: name })),
    )
    expect(runs.map((release) => release !== undefined)).toEqual([
      to === 'Environment',
      to === 'EnvironmentProvisioner',
    ])
    await removeEnvironment(stage.admin, name, 'Background', resourceOfKind[to])
    await repository.stop()
  },
)
