/** The chart in a real API server: installed, upgraded, refused a second time, uninstalled, installed again. */
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { writeServiceAccountKubeconfig } from '../../local/kubeconfig-file.ts'
import { type ClusterClient, createClient } from '../../src/kube/client.ts'
import { isKubeError, type KubeObject, type Resource } from '../../src/kube/cluster.ts'
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts'
import { customResourceDefinitions, deployments, environments, namespaces, pods } from '../../src/kube/resources.ts'
import { connectAsAdmin, discardEnvironment, eventually, newEnvironment } from '../environment-operator.ts'
import { chart, earlierChart, namesOf, openHelm, parseManifests } from './helm.ts'

const helm = openHelm(inject('helm'), inject('kubeconfig'))
const namespace = 'previews'
const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1', plural: 'clusterroles', kind: 'ClusterRole' }
const clusterRoles: Resource = { ...rbac, namespaced: false }
const policies: Resource = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  plural: 'validatingadmissionpolicies',
  kind: 'ValidatingAdmissionPolicy',
  namespaced: false,
}
/** Release `tronador` from that chart, whether it is there already or not. */
const install = (from: string, ...args: string[]) =>
  helm('upgrade', '--install', 'tronador', from, '--namespace', namespace, '--set=operator.replicas=1', ...args)

let admin: ClusterClient
let earlier: string
beforeAll(async () => {
  admin = await connectAsAdmin()
  // The cluster makes no pod that does not keep to the strictest standard.
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  await admin.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } })
  // The definitions are there already, as they are after `kubectl apply -f deploy/crds`.
  earlier = await earlierChart()
  await install(earlier, '--take-ownership', '--force-conflicts')
})
afterAll(async () => {
  await discardEnvironment(admin, 'live')
  await admin?.close()
  await rm(earlier, { recursive: true, force: true })
})

describe('Once installed', () => {
  test('its pods are made where the standard `restricted` is enforced', async () => {
    const found = await eventually('two pods', async () => {
      const { items } = await admin.list<KubeObject>(pods, { namespace })
      return items.length === 2 && items
    })

    expect(found.map(({ metadata }) => metadata.labels?.['app.kubernetes.io/component']).toSorted()).toEqual([
      'operator',
      'server',
    ])
  })

  type Right = readonly [account: string, verb: string, resource: string, group: string, where: string]

  test.each<Right>([
    ['tronador-operator', 'create', 'namespaces', '', ''],
    ['tronador-operator', 'patch', 'environments', 'tronador.stakater.com', ''],
    ['tronador-operator', 'create', 'leases', 'coordination.k8s.io', namespace],
    ['tronador-operator', 'create', 'events', 'events.k8s.io', 'default'],
    ['tronador-server', 'get', 'secrets', '', namespace],
    ['tronador-server', 'watch', 'environments', 'tronador.stakater.com', ''],
  ])('%s may %s %s (group "%s", namespace "%s")', async (...right) => {
    expect(await isAllowed(...right)).toBe(true)
  })

  test.each<Right>([
    ['tronador-operator', 'get', 'secrets', '', namespace],
    ['tronador-operator', 'create', 'leases', 'coordination.k8s.io', 'kube-system'],
    ['tronador-server', 'list', 'secrets', '', namespace],
    ['tronador-server', 'get', 'secrets', '', 'kube-system'],
    ['tronador-server', 'create', 'environments', 'tronador.stakater.com', ''],
  ])('%s may not %s %s (group "%s", namespace "%s")', async (...right) => {
    expect(await isAllowed(...right)).toBe(false)
  })

  test('its policies hold for the operator of this namespace', async () => {
    const account = { namespace, serviceAccount: 'tronador-operator' }
    const own = createClient(await loadKubeconfig(await writeServiceAccountKubeconfig(inject('kubeconfig'), account)))
    const patch = { metadata: { labels: { 'example.com/try': 'yes' } } }
    const refusal = await eventually('the policy to hold', () =>
      own.patch(namespaces, { name: 'kube-public' }, patch).then(
        () => false as const,
        (error) => (isKubeError(error, 'Forbidden', 'Invalid') ? (error as Error) : false),
      ),
    )
    await own.close()

    expect(refusal.message).toContain('The operator touches only namespaces with the label')
  })

  test('a second installation is refused, with the first one’s name and what to do', async () => {
    const second = helm('install', 'another', chart, '--namespace', 'elsewhere', '--create-namespace')

    await expect(second).rejects.toThrow(
      /Tronador is installed in this cluster already: release "tronador" in namespace "previews"\.\n.*\nUpgrade that one \(helm upgrade tronador … --namespace previews\), or uninstall it first/,
    )
    expect(await admin.get(deployments, { namespace: 'elsewhere', name: 'tronador-operator' })).toBeUndefined()
  })
})

describe('With a live environment', () => {
  test('an upgrade renews the definitions and leaves it as it is', async () => {
    const before = await admin.create(environments, newEnvironment('live'))
    expect(await shortNames()).toEqual(['earlier'])

    await install(chart)

    expect(await shortNames()).toEqual(['tenv'])
    expect(await admin.get(environments, { name: 'live' })).toEqual(before)
  })

  test('taking the definitions out of the release leaves them in the cluster', async () => {
    await install(chart, '--set=crds.install=false')

    expect(await admin.get(environments, { name: 'live' })).toBeDefined()
    await install(chart)
  })

  test('an uninstall leaves it, the definitions and the confinement of previews, and says so', async () => {
    const said = await helm('uninstall', 'tronador', '--namespace', namespace)

    expect(said).toContain('[CustomResourceDefinition] environments.tronador.stakater.com')
    const live = await admin.get<KubeObject>(environments, { name: 'live' })
    expect(live?.metadata.deletionTimestamp).toBeUndefined()
    expect(live).toBeDefined()
    expect(await admin.get(clusterRoles, { name: 'tronador-confined' })).toBeDefined()
    expect(await admin.get(policies, { name: 'tronador-previews-keep-their-confinement' })).toBeDefined()
    expect(await admin.get(clusterRoles, { name: 'tronador-operator' })).toBeUndefined()
  })

  test('it can be installed again, and takes over what was left', async () => {
    await install(chart)

    expect(await admin.get(clusterRoles, { name: 'tronador-operator' })).toBeDefined()
    expect(namesOf(parseManifests(await helm('get', 'manifest', 'tronador', '--namespace', namespace)))).toContain(
      'CustomResourceDefinition environments.tronador.stakater.com',
    )
  })
})

const accessReviews: Resource = {
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'subjectaccessreviews',
  kind: 'SubjectAccessReview',
  namespaced: false,
}

interface Definition extends KubeObject {
  readonly spec: { readonly names: { readonly shortNames: readonly string[] } }
}

async function shortNames(): Promise<readonly string[] | undefined> {
  const name = 'environments.tronador.stakater.com'
  return (await admin.get<Definition>(customResourceDefinitions, { name }))?.spec.names.shortNames
}

/** Asks the API server what it would say to that account. */
async function isAllowed(account: string, verb: string, resource: string, group: string, where: string) {
  const review = await admin.create<KubeObject & { readonly status?: { readonly allowed: boolean } }>(accessReviews, {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    metadata: { name: '' },
    spec: {
      user: `system:serviceaccount:${namespace}:${account}`,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      resourceAttributes: { verb, resource, group, namespace: where },
    },
  } as KubeObject)
  return review.status?.allowed
}
