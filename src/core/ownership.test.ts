import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../api/object.ts'
import { type Ownership, ownershipOf, provenOwnership } from './ownership.ts'

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
