import { expect, test } from 'vitest'
import { failureText } from './failure-text.ts'

test('what failed is printed as it came, without the line about the report', () => {
  expect(failureText('\n FAIL a.test.ts\n  expected 1\nJSON report written to /tmp/r.json\n', 'all')).toBe(
    'FAIL a.test.ts\n  expected 1',
  )
})

test('a flood is cut, with how to see the whole', () => {
  const flood = Array.from({ length: 1500 }, (_, i) => `line ${i}`).join('\n')

  const lines = failureText(flood, 'npx vitest run --project unit').split('\n')

  expect(lines).toHaveLength(151)
  expect(lines.at(0)).toBe('line 0')
  expect(lines.at(-1)).toBe('… 1350 lines more: npx vitest run --project unit')
})
