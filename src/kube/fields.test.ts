import { assert, dictionary, jsonValue, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { diffAsPatch, isSame, mergePatch } from './fields.ts'

test('a patch names what changed: arrays whole, fields that left as null', () => {
  const from = { phase: 'Ready', urls: ['a', 'b'], stages: { source: 'ok', release: 'ok' }, old: 1 }
  const to = { phase: 'Ready', urls: ['a'], stages: { source: 'ok', release: 'waiting' } }

  expect(diffAsPatch(from, to)).toEqual({ urls: ['a'], stages: { release: 'waiting' }, old: null })
})

test('equal objects need no patch, whatever the order of their keys', () => {
  expect(diffAsPatch({ a: 1, b: { c: [1, { d: 2 }] } }, { b: { c: [1, { d: 2 }] }, a: 1 })).toBeUndefined()
  expect(diffAsPatch({ a: 1, b: undefined }, { a: 1 })).toBeUndefined()
})

test('the patch between any two objects, applied to the first, gives the second', () => {
  const objects = dictionary(string(), jsonValue())
  // A merge patch cannot say null: Kubernetes does not store it either. `__proto__` names no field in JavaScript.
  const withoutNull = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value, (key, entry) => (entry === null || key === '__proto__' ? undefined : entry)))

  assert(
    property(objects, objects, (one, other) => {
      const from = withoutNull(one) as Record<string, unknown>
      const to = withoutNull(other) as Record<string, unknown>
      const patch = diffAsPatch(from, to)
      return patch === undefined ? isSame(from, to) : isSame(mergePatch(from, patch), to)
    }),
  )
})
