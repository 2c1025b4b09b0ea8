import { expect, test } from 'vitest'
import { samplesOf, sumOf } from './metrics-text.ts'
import { refusalsIn } from './refusals.ts'
import { beyondWatching, requestsBetween, writesAmong } from './request-count.ts'

const before = { 'create namespaces': 1, watch: 15, lease: 2 }
const after = { 'create namespaces': 1, 'patch events': 3, get: 1, watch: 16, lease: 9, other: 2, 'write other': 1 }

test('What was not asked for between two readings is not in their difference', () => {
  expect(requestsBetween(before, after)).toEqual({
    'patch events': 3,
    get: 1,
    watch: 1,
    lease: 7,
    other: 2,
    'write other': 1,
  })
})

test('A write that nobody has thought of is a write', () => {
  expect(writesAmong(requestsBetween(before, after))).toEqual({ 'patch events': 3, 'write other': 1 })
})

test('Whoever is idle may watch and hold a lease, and nothing else', () => {
  expect(beyondWatching(requestsBetween(before, after))).toEqual({
    'patch events': 3,
    get: 1,
    other: 2,
    'write other': 1,
  })
})

test('A metric is read with its labels, and one whose name only begins alike is not', () => {
  const text = `# HELP passes_total Passes
passes_total{controller="environment",result="success"} 12
passes_total{controller="environment",result="a \\"quoted\\" one"} 3
passes_total{controller="other",result="success"} 1e+02
passes_total_seconds{controller="environment"} 7
bare 5
`
  expect(sumOf(samplesOf(text, 'passes_total'), { controller: 'environment' })).toBe(15)
  expect(sumOf(samplesOf(text, 'passes_total'))).toBe(115)
  expect(samplesOf(text, 'bare')).toEqual([{ labels: {}, value: 5 }])
})

test('A write that was refused is told from one that was carried out, and from what is not a write', () => {
  const text = `apiserver_request_total{code="404",resource="networkpolicies",subresource="",verb="APPLY"} 2
apiserver_request_total{code="201",resource="networkpolicies",subresource="",verb="APPLY"} 98
apiserver_request_total{code="409",resource="namespaces",subresource="",verb="POST"} 1
apiserver_request_total{code="404",resource="namespaces",subresource="",verb="GET"} 5
apiserver_request_total{code="409",resource="environments",subresource="status",verb="PATCH"} 3
`
  expect(refusalsIn(text)).toEqual({ networkpolicies: 2, namespaces: 1 })
})
