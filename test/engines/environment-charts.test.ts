/** The chart styles most in use, each released as a confined preview: what it makes exists, within its namespace's rights. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ClusterClient } from '../../src/kube/client.ts'
import type { KubeObject, Resource } from '../../src/kube/cluster.ts'
import {
  configMaps,
  deployments,
  environments,
  ingresses,
  jobs,
  roleBindings,
  secrets,
  serviceAccounts,
  services,
  statefulSets,
} from '../../src/kube/resources.ts'
import {
  connectAsAdmin,
  discardEnvironment,
  environmentWhere,
  newEnvironment,
  startOperator,
  type TestOperator,
  uniqueName,
} from '../environment-operator.ts'
import { type GitRepository, startGitRepository } from '../git-repository.ts'

let admin: ClusterClient
let operator: TestOperator
let repository: GitRepository
let commit: string
beforeAll(async () => {
  admin = await connectAsAdmin()
  repository = await startGitRepository()
  commit = await repository.commitFolder(join(import.meta.dirname, 'charts'))
  operator = await startOperator()
})
afterAll(async () => {
  await operator?.stop()
  await repository?.stop()
  await admin?.close()
})

const cronJobs: Resource = { group: 'batch', version: 'v1', plural: 'cronjobs', kind: 'CronJob', namespaced: true }

const styles: readonly [style: string, path: string, made: readonly [Resource, string][]][] = [
  [
    'helm create',
    'helm-create',
    [
      [deployments, 'shop-helm-create'],
      [services, 'shop-helm-create'],
      [serviceAccounts, 'shop-helm-create'],
    ],
  ],
  [
    'subcharts',
    'subcharts',
    [
      [configMaps, 'shop'],
      [services, 'shop-cache'],
    ],
  ],
  [
    'hooks',
    'hooks',
    [
      [configMaps, 'shop-pre-install'],
      [configMaps, 'shop'],
      [configMaps, 'shop-post-install'],
    ],
  ],
  ['Jobs', 'jobs', [[jobs, 'shop-migrate-1']]],
  [
    'a StatefulSet with a volume',
    'statefulset',
    [
      [statefulSets, 'shop-db'],
      [services, 'shop-db'],
    ],
  ],
  ['a CronJob', 'cronjob', [[cronJobs, 'shop-report']]],
  [
    'a ServiceAccount and a Role of its own',
    'own-service-account',
    [
      [serviceAccounts, 'shop'],
      [roleBindings, 'shop'],
    ],
  ],
  ['an Ingress', 'ingress', [[ingresses, 'shop']]],
  ['a file:// dependency', 'file-dependency/chart', [[configMaps, 'shop']]],
  ['lookup', 'lookup', [[secrets, 'shop']]],
]

describe('A confined preview', () => {
  test.concurrent.each(styles)('releases a chart with %s', async (_, path, made) => {
    const name = uniqueName('style')
    const application = {
      gitRepository: { url: repository.url, ref: { branch: 'main', commit } },
      release: { chart: { spec: { chart: path } }, releaseName: 'shop' },
    }
    await admin.create(environments, newEnvironment(name, { application }))
    const environment = await environmentWhere(
      admin,
      name,
      ({ status }) => status?.stages?.find((stage) => stage.name === 'release')?.state === 'Done',
      90,
    )
    for (const [resource, objectName] of made) {
      const object = await admin.get<KubeObject>(resource, { name: objectName, namespace: name })
      expect(object, `${resource.kind} ${objectName}`).toBeDefined()
    }
    expect(environment.status?.helmReleaseStatus?.latestCondition).toMatchObject({ type: 'Released', status: 'True' })
    expect(environment.status?.gitRepoStatus?.latestCondition).toMatchObject({
      type: 'ArtifactInStorage',
      status: 'True',
    })
    await discardEnvironment(admin, name)
  })
})
