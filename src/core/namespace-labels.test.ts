import { describe, expect, test } from 'vitest'
import { checkNamespaceLabels, isReservedLabel } from './namespace-labels.ts'

describe('A namespace label', () => {
  test.each([
    ['kind', 'pr'],
    ['stakater.com/tenant', 'veeru'],
    ['example.com/a_b.c-d', ''],
  ])('%s=%s is kept', (key, value) => {
    expect(checkNamespaceLabels({ [key]: value })).toEqual({ [key]: value })
  })

  test.each([
    ['a b', 'x'],
    ['tenant', '<TENANT_NAME>'],
    ['tenant', 'a b'],
    ['', 'x'],
    ['EXAMPLE.com/x', 'y'],
    ['x'.repeat(64), 'y'],
    ['x', 'y'.repeat(64)],
  ])('%s=%s is refused as LabelInvalid', (key, value) => {
    expect(() => checkNamespaceLabels({ [key]: value })).toThrow(expect.objectContaining({ code: 'LabelInvalid' }))
  })

  test.each([
    'pod-security.kubernetes.io/enforce',
    'kubernetes.io/metadata.name',
    'app.kubernetes.io/managed-by',
    'anything.k8s.io/x',
    'tronador.stakater.com/environment',
    'reconcile.tronador.stakater.com/x',
  ])('%s is the cluster’s or Tronador’s', (key) => {
    expect(isReservedLabel(key)).toBe(true)
    expect(() => checkNamespaceLabels({ [key]: 'x' })).toThrow(expect.objectContaining({ code: 'LabelReserved' }))
  })

  test('a key that only looks like a reserved one is free', () => {
    expect(isReservedLabel('notkubernetes.io/x')).toBe(false)
    expect(isReservedLabel('kubernetes.io')).toBe(false)
  })
})
