import { expect, test } from 'vitest'
import { nearest } from './nearest.ts'

test.each([
  ['chartPath', 'chart_path'],
  ['chart-path', 'chart_path'],
  ['value_override', 'value_overrides'],
  ['valuesfrom', 'values_from'],
  ['replicas', undefined],
  ['', undefined],
  ['x'.repeat(100_000), undefined],
])('near %j is %j', (word, expected) => {
  expect(nearest(word, ['chart_path', 'value_overrides', 'values_from'])).toBe(expected)
})
