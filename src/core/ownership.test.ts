import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../api/object.ts'
import { asAdopted, isEarlierTronadors, type Ownership, ownershipOf, provenOwnership } from './ownership.ts'

const owner = { kind: 'Environment', name: 'shop-7', uid: 'u1' }

function namespace(annotations: Record<string, string>, more: Partial<KubeObject['metadata']> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: 'shop-7',
      labels: { 'app.kubernetes.io/managed-by': 'tronador.stakater.com' },
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([key, value]) => [`tronador.stakater.com/${key}`, value]),
      ),
      ...more,
    },
  }
}

describe('A namespace is', () => {
  test.each<[Ownership, string, KubeObject | undefined]>([
    ['absent', 'when there is none', undefined],
    ['ours', 'with our label and the owner’s UID', namespace({ 'owner-uid': 'u1' })],
    ['foreign', 'with the UID and without the label', namespace({ 'owner-uid': 'u1' }, { labels: {} })],
    ['foreign', 'with the label and without a UID', namespace({})],
    ['foreign', 'with the UID of an owner that lives', namespace({ owner: 'Environment/shop-7', 'owner-uid': 'u2' })],
    ['inherited', 'from a predecessor that is gone', namespace({ owner: 'Environment/shop-7', 'owner-uid': 'u0' })],
    ['foreign', 'from an owner of another name', namespace({ owner: 'Environment/shop-8', 'owner-uid': 'u0' })],
    [
      'foreign',
      'from an owner of another kind',
      namespace({ owner: 'EnvironmentProvisioner/shop-7', 'owner-uid': 'u0' }),
    ],
    ['terminating', 'while it is deleted', namespace({ 'owner-uid': 'u1' }, { deletionTimestamp: 'now' })],
  ])('%s %s', (expected, _, seen) => {
    expect(ownershipOf(seen, owner, (uid) => uid === 'u1' || uid === 'u2')).toBe(expected)
  })
})

test('Whose a namespace is does not change while it is deleted', () => {
  const going = namespace({ 'owner-uid': 'u1' }, { deletionTimestamp: 'now' })
  expect(provenOwnership(going, owner, (uid) => uid === 'u1')).toBe('ours')
})

describe('An earlier Tronador has made a namespace', () => {
  const managedBy = { 'app.kubernetes.io/managed-by': 'tronador.stakater.com' }
  const bare = (metadata: Partial<KubeObject['metadata']> = {}) => namespace({}, { labels: { team: 'x' }, ...metadata })
  const release = (metadata: Partial<KubeObject['metadata']> = {}, spec: object = {}, kind = 'HelmRelease') =>
    ({
      apiVersion: 'helm.fluxcd.io/v1',
      kind,
      metadata: { name: 'shop', namespace: 'shop-7', labels: managedBy, ...metadata },
      spec,
    }) as KubeObject

  test.each<[string, KubeObject, KubeObject]>([
    ['with a release of the expected name that it labelled', bare(), release()],
    ['that says the same name for Helm', bare(), release({}, { releaseName: 'shop', targetNamespace: 'shop-7' })],
    ['with our label, and no owner', bare({ labels: managedBy }), release()],
  ])('%s', (_, seen, object) => {
    expect(isEarlierTronadors(seen, 'shop', [object])).toBe(true)
  })

  test.each<[string, KubeObject | undefined, KubeObject]>([
    ['that is not there', undefined, release()],
    ['that goes', bare({ deletionTimestamp: 'now' }), release()],
    ['whose owner is recorded', namespace({ 'owner-uid': 'u0' }), release()],
    ['that another tool calls its own', bare({ labels: { 'app.kubernetes.io/managed-by': 'Helm' } }), release()],
    ['with a release of another name', bare(), release({ name: 'other' })],
    ['with a release that nobody labelled', bare(), release({ labels: {} })],
    ['with something else of that name', bare(), release({}, {}, 'GitRepository')],
    ['whose release has another name with Helm', bare(), release({}, { releaseName: 'other' })],
    ['whose release runs in another namespace', bare(), release({}, { targetNamespace: 'prod' })],
    ['whose release is kept in another namespace', bare(), release({}, { storageNamespace: 'prod' })],
    ['whose release runs in another cluster', bare(), release({}, { kubeConfig: { secretRef: { name: 'x' } } })],
  ])('never one %s', (_, seen, object) => {
    expect(isEarlierTronadors(seen, 'shop', [object])).toBe(false)
  })

  test('and what stands in ours under the expected name is ours, whoever labelled it', () => {
    const [expected, other] = [release({ labels: { team: 'x' } }), release({ name: 'other', labels: {} })]
    expect(asAdopted([expected, other], 'shop')).toEqual([release({ labels: { team: 'x', ...managedBy } }), other])
  })
})
