import { expect, test } from 'vitest'
import { checkConditions } from './conditions-check.ts'

const condition = (type: string, status = 'True', rest: object = {}) => ({
  type,
  status,
  reason: 'Because',
  message: 'it is so',
  lastTransitionTime: '2026-01-01T12:00:00Z',
  observedGeneration: 2,
  ...rest,
})
const faultsOf = (...conditions: object[]) =>
  checkConditions({
    apiVersion: 'v1',
    kind: 'Thing',
    metadata: { name: 'a', generation: 2 },
    status: { observedGeneration: 2, conditions },
  } as never)

test('what kstatus can read has no faults', () => {
  expect(faultsOf(condition('Ready'))).toEqual([])
  expect(faultsOf(condition('Ready', 'False'), condition('Stalled'))).toEqual([])
  expect(faultsOf(condition('Ready', 'Unknown'), condition('Reconciling'))).toEqual([])
})

test.each<[string, object[], string[]]>([
  ['no conditions', [], ['Ready does not stand first (no conditions does)']],
  [
    'Ready second',
    [condition('Reconciling'), condition('Ready', 'False')],
    ['Ready does not stand first (Reconciling does)'],
  ],
  [
    'both moods',
    [condition('Ready', 'False'), condition('Reconciling'), condition('Stalled')],
    ['Reconciling and Stalled stand together'],
  ],
  [
    'a mood that is False',
    [condition('Ready'), condition('Stalled', 'False')],
    ['Stalled is False: leave it out', 'Ready is True beside Stalled'],
  ],
  ['nothing said', [condition('Ready', 'True', { message: ' ' })], ['Ready has no message']],
  ['a reason in prose', [condition('Ready', 'True', { reason: 'it is' })], ['Ready: "it is" is no CamelCase reason']],
  [
    'an older generation',
    [condition('Ready', 'True', { observedGeneration: 1 })],
    ['Ready was said of generation 1, not 2'],
  ],
  ['no time', [condition('Ready', 'True', { lastTransitionTime: '' })], ['Ready: "" is no time']],
])('%s is a fault', (_, conditions, faults) => {
  expect(faultsOf(...conditions)).toEqual(faults)
})
