/** `Environment` before a real API server, without an engine: what is written, and to whom it belongs. */
import { describe, expect, test } from 'vitest'
import type { Environment } from '../../src/api/environment.ts'
import type { KubeObject } from '../../src/kube/cluster.ts'
import {
  environments,
  gitRepositories,
  helmReleases,
  limitRanges,
  namespaces,
  networkPolicies,
  resourceQuotas,
  roleBindings,
  serviceAccounts,
} from '../../src/kube/resources.ts'
import {
  discardEnvironment,
  environmentWhere,
  eventually,
  newEnvironment,
  readyReason,
  removeEnvironment,
  setStage,
  uniqueName,
} from '../environment-operator.ts'

const stage = setStage()

/** Creates it and waits until the operator has written all there is to write. */
async function create(environment: Environment): Promise<Environment> {
  await stage.admin.create(environments, environment)
  const { name } = environment.metadata
  return environmentWhere(stage.admin, name, ({ status }) => status?.stages?.[3]?.state !== undefined)
}

const writesFor = (name: string) =>
  stage.operator.writes
    .filter((write) => (write.namespace ?? write.name) === name)
    .map(({ verb, kind }) => `${verb} ${kind}`)

describe('A new environment', () => {
  const name = uniqueName('shop-7')

  test('7: gets a namespace with every label and annotation in the creating request', async () => {
    await create(newEnvironment(name, { namespaceLabels: { 'stakater.com/tenant': 'veeru', team: 'gabbar' } }))
    const namespace = await stage.admin.get<KubeObject>(namespaces, { name })
    const environment = await stage.admin.get(environments, { name })
    expect(namespace?.metadata.labels).toEqual({
      'app.kubernetes.io/managed-by': 'tronador.stakater.com',
      'kubernetes.io/metadata.name': name,
      'pod-security.kubernetes.io/enforce': 'baseline',
      'pod-security.kubernetes.io/enforce-version': 'v1.31',
      'stakater.com/tenant': 'veeru',
      team: 'gabbar',
      'tronador.stakater.com/environment': name,
    })
    expect(namespace?.metadata.annotations).toEqual({
      'tronador.stakater.com/owner': `Environment/${name}`,
      'tronador.stakater.com/owner-uid': environment?.metadata.uid,
      'tronador.stakater.com/applied-labels': [
        'app.kubernetes.io/managed-by',
        'pod-security.kubernetes.io/enforce',
        'pod-security.kubernetes.io/enforce-version',
        'stakater.com/tenant',
        'team',
        'tronador.stakater.com/environment',
      ].join(','),
    })
  })

  test('is written with one request per object and at most three to itself', async () => {
    await settled()
    expect(writesFor(name).sort()).toEqual([
      'apply GitRepository',
      'apply HelmRelease',
      'apply LimitRange',
      'apply NetworkPolicy',
      'apply ResourceQuota',
      'apply RoleBinding',
      'apply RoleBinding',
      'apply ServiceAccount',
      'create Namespace',
      'patch Environment',
      'patchStatus Environment',
    ])
  })

  test('13: is left in peace while nothing changes', async () => {
    stage.operator.writes.length = 0
    stage.operator.reads.length = 0
    const environment = await stage.admin.get<Environment>(environments, { name })
    await stage.admin.patch(environments, { name }, { metadata: { annotations: { 'example.com/note': 'hello' } } })
    await settled()
    expect(writesFor(name)).toEqual([])
    expect(stage.operator.reads.filter((read) => read.includes(name))).toEqual([])
    const after = await stage.admin.get<Environment>(environments, { name })
    expect(after?.status).toEqual(environment?.status)
  })

  test('14: carries no ownerReference on anything it made', async () => {
    const kinds = [gitRepositories, helmReleases, serviceAccounts, roleBindings, networkPolicies, resourceQuotas]
    const lists = await Promise.all(
      [...kinds, limitRanges].map((resource) =>
        stage.admin.list(resource, { namespace: name, labelSelector: 'tronador.stakater.com/environment' }),
      ),
    )
    const objects = lists.flatMap(({ items }) => items)
    expect(objects).toHaveLength(8)
    for (const object of objects) expect(object.metadata).not.toHaveProperty('ownerReferences')
  })

  test('10: has a label taken off its namespace when it leaves the object, and foreign labels stay', async () => {
    await stage.admin.patch(namespaces, { name }, { metadata: { labels: { 'example.com/mine': 'yes' } } })
    await stage.admin.patch(environments, { name }, { spec: { namespaceLabels: { team: null, kind: 'pr' } } })
    const namespace = await eventually('the label to change', async () => {
      const found = await stage.admin.get<KubeObject>(namespaces, { name })
      return found?.metadata.labels?.kind === 'pr' && found
    })
    expect(namespace.metadata.labels).toMatchObject({ 'example.com/mine': 'yes', 'stakater.com/tenant': 'veeru' })
    expect(namespace.metadata.labels).not.toHaveProperty('team')
  })

  test('has what others change or delete put back', async () => {
    const policy = await stage.admin.get(networkPolicies, { name: 'tronador-confined', namespace: name })
    const ref = { name: 'tronador-confined', namespace: name }
    await stage.admin.delete(networkPolicies, ref, { uid: policy?.metadata.uid ?? '' })
    await stage.admin.patch(
      namespaces,
      { name },
      {
        metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } },
      },
    )
    await eventually('the network policy and the label to come back', async () => {
      const namespace = await stage.admin.get<KubeObject>(namespaces, { name })
      const isBack = (await stage.admin.get(networkPolicies, ref)) !== undefined
      return isBack && namespace?.metadata.labels?.['pod-security.kubernetes.io/enforce'] === 'baseline'
    })
  })

  test('goes without leaving anything', async () => {
    await removeEnvironment(stage.admin, name)
    expect(stage.operator.failures.filter((line) => line.includes(name))).toEqual([])
  })
})

describe('Bad input', () => {
  test.each([
    ['a chart path that leads upwards', { release: { chart: { spec: { chart: '../x' } } } }, 'ChartPathInvalid'],
    [
      'a release name of which nothing is left',
      { release: { chart: { spec: { chart: 'deploy' } }, releaseName: '///' } },
      'ReleaseNameInvalid',
    ],
    ['a URL of another scheme', { gitRepository: { url: 'file:///etc' } }, 'RepositoryUrlInvalid'],
    [
      'values of another namespace',
      {
        release: {
          chart: { spec: { chart: 'deploy' } },
          valuesFrom: [{ secretKeyRef: { name: 'db', namespace: 'kube-system' } }],
        },
      },
      'ValuesFromForeignNamespace',
    ],
    [
      'values from a URL',
      { release: { chart: { spec: { chart: 'deploy' } }, valuesFrom: [{ externalSourceRef: { url: 'http://x' } }] } },
      'ValuesFromUnsupported',
    ],
  ])('%s stalls that object with its code, and writes nothing', async (_, application, code) => {
    const name = uniqueName('bad')
    await stage.admin.create(environments, newEnvironment(name, { application }))
    const environment = await environmentWhere(stage.admin, name, (found) => readyReason(found) === code)
    expect(environment.status?.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'Ready=False',
      'Stalled=True',
    ])
    expect(await stage.admin.get(namespaces, { name })).toBeUndefined()
    await discardEnvironment(stage.admin, name)
  })

  test('a reserved label stalls', async () => {
    const name = uniqueName('bad')
    const namespaceLabels = { 'pod-security.kubernetes.io/enforce': 'privileged' }
    await stage.admin.create(environments, newEnvironment(name, { namespaceLabels }))
    const environment = await environmentWhere(stage.admin, name, (found) => readyReason(found) === 'LabelReserved')
    expect(environment.status?.conditions?.[0]?.message).toBe(
      'The label pod-security.kubernetes.io/enforce is the cluster’s or Tronador’s, not a preview’s. ' +
        'Take the label out of `namespaceLabels`.',
    )
    await discardEnvironment(stage.admin, name)
  })

  test('one bad object does not stop another', async () => {
    const [bad, good] = [uniqueName('bad'), uniqueName('good')]
    await stage.admin.create(
      environments,
      newEnvironment(bad, { application: { gitRepository: { url: 'ext::sh -c date' } } }),
    )
    await create(newEnvironment(good))
    expect(await stage.admin.get(helmReleases, { name: 'shop', namespace: good })).toBeDefined()
    await Promise.all([discardEnvironment(stage.admin, bad), discardEnvironment(stage.admin, good)])
  })
})

/** Until nothing was written for a while: events of what was written last have come and gone. */
async function settled(): Promise<void> {
  for (let before = -1; before !== stage.operator.writes.length; ) {
    before = stage.operator.writes.length
    await new Promise((resolve) => setTimeout(resolve, 700))
  }
}
