/** Adoption before a real API server, with the operator's own rights: `docs/decisions/0001` from sentence 24 on. */
import { describe, expect, inject, test } from 'vitest'
import { writeServiceAccountKubeconfig } from '../../local/kubeconfig-file.ts'
import { runInMemory } from '../../src/cli/testing.ts'
import { createClient } from '../../src/kube/client.ts'
import type { KubeObject, Resource } from '../../src/kube/cluster.ts'
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts'
import {
  environmentProvisioners,
  environments,
  helmReleases,
  helmReleasesV1,
  namespaces,
} from '../../src/kube/resources.ts'
import type { AnyEnvironment } from '../../src/operator/environment-kinds.ts'
import {
  discardEnvironment,
  environmentWhere,
  gone,
  newEnvironment,
  ownEnvironments,
  readyReason,
  setStage,
  startOperator,
  uniqueName,
} from '../environment-operator.ts'

const stage = setStage()
const managedBy = { 'app.kubernetes.io/managed-by': 'tronador.stakater.com' }
const ownersOf = (kind: string, name: string, uid = '') => ({
  'tronador.stakater.com/owner': `${kind}/${name}`,
  'tronador.stakater.com/owner-uid': uid,
})

async function makeNamespace(name: string, labels = {}, annotations = {}): Promise<KubeObject> {
  const metadata = { name, labels, annotations }
  return stage.admin.create<KubeObject>(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata })
}

/** A release, of Flux or of Helm Operator, that nobody runs here: only what is written to it matters. */
async function makeRelease(resource: Resource, namespace: string, name = 'shop', labels = {}): Promise<KubeObject> {
  const chart = { spec: { chart: 'deploy', reconcileStrategy: 'ChartVersion', sourceRef: sourceRefOf('dte-feature') } }
  const chartV1 = { git: 'http://git.example.test/acme/shop', ref: 'feature', path: 'deploy' }
  return stage.admin.create<KubeObject>(resource, {
    apiVersion: `${resource.group}/${resource.version}`,
    kind: 'HelmRelease',
    metadata: { name, namespace, labels },
    spec: { interval: '1m0s', chart: resource === helmReleases ? chart : chartV1, releaseName: name },
  } as KubeObject)
}

const sourceRefOf = (name: string) => ({ kind: 'GitRepository', name })

const provisioner = (name: string) =>
  ({
    apiVersion: 'tronador.stakater.com/v1alpha1',
    kind: 'EnvironmentProvisioner',
    metadata: { name, labels: ownEnvironments },
    spec: {
      application: {
        release: { chart: { git: 'http://git.example.test/acme/shop', path: 'deploy' }, releaseName: 'shop' },
      },
    },
  }) as KubeObject

const writesInto = (name: string) =>
  stage.operator.writes.filter(({ kind, ...write }) => (write.namespace ?? write.name) === name && !/^Env/.test(kind))

async function underWay(resource: Resource, name: string): Promise<AnyEnvironment> {
  const hasBegun = ({ status }: AnyEnvironment) => status?.stages?.[0]?.state === 'Done'
  return environmentWhere<AnyEnvironment>(stage.admin, name, hasBegun, 60, resource)
}

describe('What an earlier Tronador made', () => {
  test.each([
    ['Environment', environments, helmReleases, newEnvironment],
    ['EnvironmentProvisioner', environmentProvisioners, helmReleasesV1, provisioner],
  ] as const)(
    '25, 26: is an %s’s from the first write on, with the release that stands',
    async (kind, resource, of, make) => {
      const name = uniqueName('earlier')
      await makeNamespace(name, { team: 'gabbar' })
      const before = await makeRelease(of, name, 'shop', managedBy)
      const object = await stage.admin.create<KubeObject>(resource, make(name) as KubeObject)
      await underWay(resource, name)
      const namespace = await stage.admin.get<KubeObject>(namespaces, { name })
      expect(namespace?.metadata.labels).toMatchObject({ ...managedBy, team: 'gabbar' })
      expect(namespace?.metadata.annotations).toMatchObject(ownersOf(kind, name, object.metadata.uid))
      const after = await stage.admin.get<KubeObject>(of, { name: 'shop', namespace: name })
      expect(after?.metadata.uid).toBe(before.metadata.uid)
      expect(after?.metadata.labels?.['tronador.stakater.com/environment']).toBe(name)
      expect(
        writesInto(name)
          .slice(0, 3)
          .map(({ verb, kind }) => `${verb} ${kind}`),
      ).toEqual(['create Namespace', 'patch Namespace', 'patch HelmRelease'])
      expect(stage.operator.failures.filter((line) => line.includes(name))).toEqual([])
      await discardEnvironment(stage.admin, name, resource)
    },
  )

  test('27: is found inside though the adoption was cut short after the namespace', async () => {
    const name = uniqueName('cut')
    const before = await makeRelease(helmReleases, (await makeNamespace(name)).metadata.name, 'shop', managedBy)
    await stage.operator.stop()
    const { metadata } = await stage.admin.create<KubeObject>(environments, newEnvironment(name))
    const labels = { ...managedBy, 'tronador.stakater.com/environment': name }
    const annotations = ownersOf('Environment', name, metadata.uid)
    await stage.admin.patch(namespaces, { name }, { metadata: { labels, annotations } })
    stage.operator = await startOperator()
    await underWay(environments, name)
    const { items } = await stage.admin.list<KubeObject>(helmReleases, { namespace: name })
    expect(items.map((release) => [release.metadata.uid, release.metadata.labels])).toEqual([
      [before.metadata.uid, labels],
    ])
    await discardEnvironment(stage.admin, name)
  })
})

test.each([
  ['was never looked at', {}],
  ['cannot be used', { namespaceLabels: { 'kubernetes.io/x': 'y' } }],
])('31: an object that goes and %s takes along what an earlier Tronador made for it', async (_, change) => {
  const name = uniqueName('goes')
  await makeNamespace(name)
  await makeRelease(helmReleases, name, 'shop', managedBy)
  await stage.operator.stop()
  const { metadata, ...rest } = newEnvironment(name, change)
  const finalizers = ['tronador.stakater.com/finalizer']
  await stage.admin.create<KubeObject>(environments, { ...rest, metadata: { ...metadata, finalizers } })
  await discardEnvironment(stage.admin, name)
  stage.operator = await startOperator()
  await gone(stage.admin, environments, name)
  await gone(stage.admin, namespaces, name)
  expect(writesInto(name).map(({ verb, kind }) => `${verb} ${kind}`)).toEqual([
    'patch Namespace',
    'patch HelmRelease',
    'apply RoleBinding',
    'apply ServiceAccount',
    'apply RoleBinding',
    'delete HelmRelease',
    'delete Namespace',
  ])
})

describe('28: the API server lets the operator', () => {
  const adoption = { labels: managedBy, annotations: { 'tronador.stakater.com/owner-uid': 'u1' } }

  async function asOperator(name: string, metadata: object): Promise<string> {
    const identity = { namespace: 'tronador-system', serviceAccount: 'tronador-operator' }
    const own = createClient(await loadKubeconfig(await writeServiceAccountKubeconfig(inject('kubeconfig'), identity)))
    try {
      await own.patch(namespaces, { name }, { metadata })
      return 'done'
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    } finally {
      await own.close()
    }
  }

  test('adopt a namespace that nobody calls their own, and name its owner in the same write', async () => {
    const name = uniqueName('policy')
    await makeNamespace(name)
    const refusal = 'The operator touches only namespaces with the label'
    expect(await asOperator(name, { labels: { team: 'x' } })).toContain(refusal)
    expect(await asOperator(name, { labels: managedBy })).toContain(refusal)
    expect(await asOperator(name, { annotations: adoption.annotations })).toContain(refusal)
    expect(await asOperator(name, adoption)).toBe('done')
  })

  test('never adopt one that another tool marks, and the operator does not try', async () => {
    const name = uniqueName('marked')
    await makeNamespace(name, { 'app.kubernetes.io/managed-by': 'Helm' })
    await makeRelease(helmReleases, name, 'shop', managedBy)
    expect(await asOperator(name, adoption)).toContain('The operator touches only namespaces')
    await stage.admin.create(environments, newEnvironment(name))
    await environmentWhere(stage.admin, name, (found) => readyReason(found) === 'NamespaceConflict')
    expect(writesInto(name).map(({ verb }) => verb)).toEqual(['create'])
    await discardEnvironment(stage.admin, name)
  })

  test.each(['default', 'kube-public', 'kube-system', 'tronador-system'])('never adopt %s', async (name) => {
    expect(await asOperator(name, adoption)).toContain('The operator touches only namespaces')
  })
})

describe('A person', () => {
  const commands = {
    adopt: () => import('../../src/cli/adopt.ts'),
    abandon: () => import('../../src/cli/abandon.ts'),
  }
  const asPerson = (...argv: string[]) => runInMemory(commands, [...argv, '--kubeconfig', inject('kubeconfig')])

  test('29: is told why a namespace cannot be had, and what to do', async () => {
    expect(await asPerson('adopt', uniqueName('nobody'))).toMatchObject({
      exitCode: 1,
      stdout: '',
      stderr: expect.stringMatching(/^tronador: EnvironmentMissing: There is no .* in the cluster\. Check the name/),
    })
  })

  test('24, 29: hands a namespace over, and the operator takes what stands under the expected name', async () => {
    const name = uniqueName('person')
    await makeNamespace(name, { 'app.kubernetes.io/managed-by': 'Helm', team: 'x' })
    const expected = await makeRelease(helmReleases, name)
    const other = await makeRelease(helmReleases, name, 'other')
    await stage.admin.create(environments, newEnvironment(name))
    const conflict = await environmentWhere(stage.admin, name, (found) => readyReason(found) === 'NamespaceConflict')
    expect(conflict.status?.conditions?.[0]?.message).toContain('`tronador adopt NAME`')

    const shown = await asPerson('adopt', name)
    expect(shown).toMatchObject({ exitCode: 0, stderr: '' })
    expect(shown.stdout).toContain(
      '\n  leave HelmRelease other (Flux) as it stands, beside shop\n  take over HelmRelease shop (Flux) as it runs\n',
    )
    expect((await stage.admin.get<KubeObject>(namespaces, { name }))?.metadata.annotations).toBeUndefined()
    expect(await asPerson('adopt', name, '--yes')).toMatchObject({ exitCode: 0, stderr: '' })
    await underWay(environments, name)
    const now = (release: KubeObject) =>
      stage.admin.get<KubeObject>(helmReleases, { name: release.metadata.name, namespace: name })
    expect((await now(expected))?.metadata).toMatchObject({
      uid: expected.metadata.uid,
      labels: { ...managedBy, 'tronador.stakater.com/environment': name },
    })
    expect(await now(other)).toEqual(other)
    await discardEnvironment(stage.admin, name)
  })

  test('30: abandons an environment, which can be deleted then; it comes back to what stayed', async () => {
    const name = uniqueName('abandoned')
    await stage.admin.create(environments, newEnvironment(name))
    await underWay(environments, name)
    const ref = { name: 'shop', namespace: name }
    const release = await stage.admin.get<KubeObject>(helmReleases, ref)
    await stage.operator.stop()
    const done = await asPerson('abandon', name, '--yes')
    expect(done).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('is off 1 object:') })
    await discardEnvironment(stage.admin, name)
    await gone(stage.admin, environments, name)
    expect((await stage.admin.get<KubeObject>(helmReleases, ref))?.metadata).toEqual(release?.metadata)

    const { metadata } = await stage.admin.create<KubeObject>(environments, newEnvironment(name))
    stage.operator = await startOperator()
    await underWay(environments, name)
    const namespace = await stage.admin.get<KubeObject>(namespaces, { name })
    expect(namespace?.metadata.annotations).toMatchObject(ownersOf('Environment', name, metadata.uid))
    expect((await stage.admin.get<KubeObject>(helmReleases, ref))?.metadata.uid).toBe(release?.metadata.uid)
    await discardEnvironment(stage.admin, name)
  })
})
