import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../api/object.ts'
import { applyWhereDifferent } from './difference.ts'

function release(spec: object, metadata: object = {}): KubeObject {
  return {
    apiVersion: 'v2',
    kind: 'HelmRelease',
    metadata: { name: 'shop', namespace: 'n', ...metadata },
    spec,
  } as KubeObject
}

describe('What stands is as wanted', () => {
  test.each<[string, object, object, boolean]>([
    ['when it is the same', { a: 1 }, { a: 1 }, true],
    ['with defaults of the API server', { a: 1 }, { a: 1, b: 2 }, true],
    ['not with another value', { a: 1 }, { a: 2 }, false],
    ['not without a field', { a: 1 }, {}, false],
    ['not with a longer list', { a: [1] }, { a: [1, 2] }, false],
    ['with defaults inside a list', { a: [{ b: 1 }] }, { a: [{ b: 1, c: 2 }] }, true],
    ['not with a value that was taken out', { values: { a: 1 } }, { values: { a: 1, b: 2 } }, false],
    ['not with a list that was emptied', { valuesFrom: [] }, { valuesFrom: [{ name: 'x' }] }, false],
    ['with an empty list that was dropped', { valuesFrom: [] }, {}, true],
    ['with a null that was dropped', { values: { a: null } }, { values: {} }, true],
  ])('%s', (_, wanted, observed, expected) => {
    const exactFields = ['spec.values', 'spec.valuesFrom']
    const steps = applyWhereDifferent({ object: release(wanted), exactFields }, [release(observed)])
    expect(steps.length === 0).toBe(expected)
  })
})

describe('What is applied', () => {
  test('is nothing where all stands', () => {
    expect(applyWhereDifferent({ object: release({ a: 1 }) }, [release({ a: 1 })])).toEqual([])
  })

  test('is a new object where none is', () => {
    expect(applyWhereDifferent({ object: release({ a: 1 }) }, [])).toEqual([{ do: 'apply', object: release({ a: 1 }) }])
  })

  test('carries the UID of the object that was seen', () => {
    expect(applyWhereDifferent({ object: release({ a: 1 }) }, [release({ a: 2 }, { uid: 'u' })])).toEqual([
      { do: 'apply', object: release({ a: 1 }, { uid: 'u' }) },
    ])
  })

  test('leaves an object alone that is on its way out', () => {
    const going = release({ a: 2 }, { uid: 'u', deletionTimestamp: 'now' })
    expect(applyWhereDifferent({ object: release({ a: 1 }) }, [going])).toEqual([])
  })
})

describe('What someone else put into an exact field', () => {
  const exactFields = ['spec.values', 'spec.secretRef']
  const plan = (wanted: object, observed: object) =>
    applyWhereDifferent({ object: release(wanted), exactFields }, [release(observed, { uid: 'u' })])

  test('is taken out by a patch: an apply would leave it, and be tried again for ever', () => {
    const values = { tag: 'a', web: { port: 80 } }
    const observed = { values: { tag: 'a', web: { port: 80, debug: true }, replicas: 5 }, secretRef: { name: 'mine' } }
    expect(plan({ values }, observed)).toEqual([
      {
        do: 'patch',
        of: { apiVersion: 'v2', kind: 'HelmRelease', metadata: { name: 'shop', namespace: 'n', uid: 'u' } },
        patch: { spec: { values: { web: { debug: null }, replicas: null }, secretRef: null } },
      },
    ])
  })

  test('waits for the apply where more is different', () => {
    expect(plan({ values: { tag: 'b' } }, { values: { tag: 'a', replicas: 5 } }).map((step) => step.do)).toEqual([
      'apply',
    ])
  })
})
