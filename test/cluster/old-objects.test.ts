/** Objects as they lie in old GitOps repositories: they work, or say what keeps them from it and how it is mended. */
import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../src/kube/cluster.ts'
import { environmentProvisioners, environments, helmReleases, helmReleasesV1 } from '../../src/kube/resources.ts'
import type { AnyEnvironment } from '../../src/operator/environment-kinds.ts'
import {
  discardEnvironment,
  environmentWhere,
  newEnvironment,
  ownEnvironments,
  readyReason,
  setStage,
  uniqueName,
} from '../environment-operator.ts'

const stage = setStage()
const url = 'http://git.example.test/acme/shop'

function provisioner(name: string, release: object, over: object = {}): KubeObject {
  return {
    apiVersion: 'tronador.stakater.com/v1alpha1',
    kind: 'EnvironmentProvisioner',
    metadata: { name, labels: ownEnvironments },
    spec: { application: { release: { chart: { git: url, path: 'deploy', ref: 'x' }, ...release } }, ...over },
  } as KubeObject
}

const refusals: readonly [why: string, code: string, mend: string, release: object, over: object][] = [
  [
    'a values file in the chart',
    'ValuesFromUnsupported',
    'Put them into',
    { valuesFrom: [{ chartFileRef: { path: 'a' } }] },
    {},
  ],
  ['values from a URL', 'ValuesFromUnsupported', 'Put them into', { valuesFrom: [{ externalSourceRef: { url } }] }, {}],
  [
    'a Secret of another namespace',
    'ValuesFromForeignNamespace',
    'Take `namespace` out',
    { valuesFrom: [{ secretKeyRef: { name: 'db', namespace: 'prod' } }] },
    {},
  ],
  ['a name of nothing but dashes', 'ReleaseNameInvalid', 'Give a name with letters', { releaseName: '---' }, {}],
  [
    'a label with a space',
    'LabelInvalid',
    'Use at most 63 letters',
    {},
    { namespaceLabels: { team: '<TENANT NAME>' } },
  ],
  [
    'a label of the cluster’s',
    'LabelReserved',
    'Take the label out',
    {},
    { namespaceLabels: { 'kubernetes.io/x': 'y' } },
  ],
]

describe('What cannot run is Stalled, with the thing and the mend:', () => {
  test.concurrent.each(refusals)('an EnvironmentProvisioner with %s', async (_, code, mend, release, over) => {
    const name = uniqueName('old')
    await stage.admin.create(environmentProvisioners, provisioner(name, release, over))
    await expectStalled(environmentProvisioners, name, code, mend)
  })

  test.concurrent.each(refusals)('an Environment with %s', async (_, code, mend, release, over) => {
    const name = uniqueName('old')
    const application = {
      gitRepository: { url, ref: { branch: 'x' } },
      release: { chart: { spec: { chart: 'deploy' } }, ...release },
    }
    await stage.admin.create(environments, newEnvironment(name, { application, ...over }))
    await expectStalled(environments, name, code, mend)
  })

  test('an Environment whose chart is from a Helm repository', async () => {
    const name = uniqueName('old')
    const chart = { spec: { chart: 'deploy', sourceRef: { kind: 'HelmRepository', name: 'x' } } }
    await stage.admin.create(environments, newEnvironment(name, { application: { release: { chart } } }))
    await expectStalled(environments, name, 'EnvironmentInvalid', 'sourceRef.kind to GitRepository')
  })

  async function expectStalled(resource: typeof environments, name: string, code: string, mend: string) {
    const isSaid = (found: AnyEnvironment) => readyReason(found) === code
    const { status } = await environmentWhere<AnyEnvironment>(stage.admin, name, isSaid, 60, resource)
    expect(status?.conditions?.map(({ type, status }) => `${type} ${status}`)).toEqual(['Ready False', 'Stalled True'])
    expect(status?.conditions?.[0]?.message).toContain(mend)
    expect(
      stage.operator.writes.filter((write) => (write.namespace ?? write.name) === name && write.kind === 'Namespace'),
    ).toEqual([])
    await discardEnvironment(stage.admin, name, resource)
  }
})

describe('What can run does, with the fields left out that mean nothing any more:', () => {
  const wanted = async (resource: typeof helmReleases, namespace: string, name: string) =>
    (await stage.admin.get<KubeObject & { spec: object }>(resource, { name, namespace }))?.spec
  const hasBegun = ({ status }: AnyEnvironment) => status?.stages?.[0]?.state === 'Done'

  test('an EnvironmentProvisioner with raw branch names and null', async () => {
    const name = uniqueName('old')
    const chart = { git: url, path: 'deploy', ref: 'Feature/Login-' }
    const release = { chart, releaseName: 'Feature/Login-', valuesFrom: null, values: { a: 1 } }
    await stage.admin.create(environmentProvisioners, provisioner(name, release, { namespaceLabels: null }))
    await environmentWhere<AnyEnvironment>(stage.admin, name, hasBegun, 60, environmentProvisioners)
    expect(await wanted(helmReleasesV1, name, 'feature-login')).toEqual({
      chart,
      releaseName: 'feature-login',
      rollback: {},
      test: {},
      values: { a: 1 },
    })
    await discardEnvironment(stage.admin, name, environmentProvisioners)
  })

  test('an Environment with fields that Flux has dropped', async () => {
    const name = uniqueName('old')
    const gitRepository = { url, gitImplementation: 'libgit2', interval: '1m0s', ref: { branch: 'x' }, timeout: null }
    const sourceRef = { kind: 'GitRepository', name: 'dte-x' }
    const chart = { spec: { chart: 'deploy', reconcileStrategy: 'ChartVersion', sourceRef, version: '*' } }
    const release = { chart, interval: '1m0s', releaseName: 'x', valuesFrom: null }
    await stage.admin.create(environments, newEnvironment(name, { application: { gitRepository, release } }))
    await environmentWhere(stage.admin, name, hasBegun, 60)
    expect(await wanted(helmReleases, name, 'x')).toMatchObject({
      chart: { spec: { chart: 'deploy', reconcileStrategy: 'ChartVersion', sourceRef } },
      releaseName: 'x',
      interval: '1m0s',
    })
    await discardEnvironment(stage.admin, name)
  })
})
