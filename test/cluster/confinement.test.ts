/** What a confined preview can do to what holds it, before a real API server: as the account that Flux acts as. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { writeServiceAccountKubeconfig } from '../../local/kubeconfig-file.ts'
import { type ClusterClient, createClient } from '../../src/kube/client.ts'
import { isKubeError, type KubeObject, type Resource } from '../../src/kube/cluster.ts'
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts'
import {
  environments,
  limitRanges,
  networkPolicies,
  pods,
  resourceQuotas,
  roleBindings,
  secrets,
  serviceAccounts,
} from '../../src/kube/resources.ts'
import {
  connectAsAdmin,
  discardEnvironment,
  environmentWhere,
  eventually,
  newEnvironment,
  startOperator,
  type TestOperator,
  uniqueName,
} from '../environment-operator.ts'

const namespace = uniqueName('confined')
const confined = { name: 'tronador-confined', namespace }
const operators = { name: 'tronador-operator-environment', namespace }
const endpointSlices: Resource = {
  group: 'discovery.k8s.io',
  version: 'v1',
  plural: 'endpointslices',
  kind: 'EndpointSlice',
  namespaced: true,
}

let admin: ClusterClient
let preview: ClusterClient
let operator: TestOperator
beforeAll(async () => {
  admin = await connectAsAdmin()
  operator = await startOperator()
  await admin.create(environments, newEnvironment(namespace))
  await environmentWhere(admin, namespace, ({ status }) => status?.stages?.[3]?.state !== undefined)
  const account = { namespace, serviceAccount: 'tronador-confined' }
  preview = createClient(await loadKubeconfig(await writeServiceAccountKubeconfig(inject('kubeconfig'), account)))
  // The policies of `deploy/` hold a moment after they were made.
  await eventually('the policy to hold', async () => {
    const patch = { metadata: { annotations: { 'example.com/try': 'yes' } } }
    return preview.patch(serviceAccounts, confined, patch).then(
      () => false,
      (error) => isKubeError(error, 'Invalid', 'Forbidden'),
    )
  })
})
afterAll(async () => {
  await discardEnvironment(admin, namespace)
  await operator?.stop()
  await preview?.close()
  await admin?.close()
})

const refusal = { reason: expect.stringMatching(/^(?:Forbidden|Invalid)$/) }

describe('A confined preview cannot', () => {
  test.each<[string, Resource, { name: string; namespace: string }]>([
    ['the account it acts as', serviceAccounts, confined],
    ['the rights it acts with', roleBindings, confined],
    ['the rights by which it is removed', roleBindings, operators],
    ['its network policy', networkPolicies, confined],
    ['its quota', resourceQuotas, confined],
    ['its limits', limitRanges, confined],
  ])('change or delete %s', async (_, resource, ref) => {
    const { metadata } = (await admin.get<KubeObject>(resource, ref)) ?? {}
    const patch = { metadata: { annotations: { 'example.com/changed': 'yes' } } }
    await expect(preview.patch(resource, ref, patch)).rejects.toMatchObject(refusal)
    await expect(preview.delete(resource, ref, { uid: metadata?.uid ?? '' })).rejects.toMatchObject(refusal)
    expect((await admin.get<KubeObject>(resource, ref))?.metadata.uid).toBe(metadata?.uid)
  })

  test('lead an ingress controller to an address of its choice', async () => {
    const slice = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: 'far', namespace } }
    const object = { ...slice, addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'] }] } as KubeObject
    await expect(preview.create(endpointSlices, object)).rejects.toMatchObject({ reason: 'Forbidden' })
  })

  test('run a pod with the rights of its node', async () => {
    const containers = [{ name: 'web', image: 'example.test/web', securityContext: { privileged: true } }]
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'root', namespace }, spec: { containers } }
    await expect(preview.create(pods, pod as KubeObject)).rejects.toMatchObject({
      reason: 'Forbidden',
      message: expect.stringContaining('violates PodSecurity "baseline:v1.31"'),
    })
  })

  test('read Secrets of another namespace', async () => {
    await expect(preview.list(secrets, { namespace: 'kube-system' })).rejects.toMatchObject({ reason: 'Forbidden' })
    await expect(preview.list(secrets)).rejects.toMatchObject({ reason: 'Forbidden' })
  })
})

test('A confined preview makes accounts and bindings of its own', async () => {
  const own = { name: 'shop', namespace }
  await preview.create(serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: own })
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: own,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'tronador-confined' },
    subjects: [{ kind: 'ServiceAccount', ...own }],
  }
  const made = await preview.create(roleBindings, binding as KubeObject)
  await preview.delete(roleBindings, own, { uid: made.metadata.uid ?? '' })
})
