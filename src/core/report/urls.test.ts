import { expect, test } from 'vitest'
import type { KubeObject } from '../../api/object.ts'
import { readUrls } from './urls.ts'

function object(kind: string, body: object, name = 'shop'): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name }, ...body }
}
const rule = (host: string, path = '/') => ({ host, http: { paths: [{ path, pathType: 'Prefix' }] } })

test.each<[string, KubeObject, string[]]>([
  ['an Ingress', object('Ingress', { spec: { rules: [rule('a.example')] } }), ['http://a.example/']],
  [
    'an Ingress with TLS for one of its hosts',
    object('Ingress', { spec: { tls: [{ hosts: ['a.example'] }], rules: [rule('a.example'), rule('b.example')] } }),
    ['https://a.example/', 'http://b.example/'],
  ],
  [
    'an Ingress on a port of its own',
    object('Ingress', {
      spec: { rules: [rule('a.localhost')] },
      status: { loadBalancer: { ingress: [{ ports: [{ port: 18088 }] }] } },
    }),
    ['http://a.localhost:18088/'],
  ],
  [
    'an Ingress on the usual ports',
    object('Ingress', {
      spec: { rules: [rule('a.example')] },
      status: { loadBalancer: { ingress: [{ ports: [{ port: 443 }, { port: 80 }] }] } },
    }),
    ['http://a.example/'],
  ],
  [
    'an Ingress with a path',
    object('Ingress', { spec: { rules: [rule('a.example', '/shop')] } }),
    ['http://a.example/shop'],
  ],
  [
    'an Ingress with a pattern',
    object('Ingress', { spec: { rules: [rule('a.example', '/x(/|$)(.*)')] } }),
    ['http://a.example/'],
  ],
  ['an Ingress without a host', object('Ingress', { spec: { rules: [{}] } }), []],
  ['an Ingress for every host of a domain', object('Ingress', { spec: { rules: [rule('*.example')] } }), []],
  ['an Ingress that is no host at all', object('Ingress', { spec: { rules: [rule('a.example)](javascript:x')] } }), []],
  ['an HTTPRoute', object('HTTPRoute', { spec: { hostnames: ['a.example'] } }), ['http://a.example/']],
  [
    'an HTTPRoute behind a TLS listener',
    object('HTTPRoute', { spec: { hostnames: ['a.example'], parentRefs: [{ sectionName: 'https' }] } }),
    ['https://a.example/'],
  ],
  ['an OpenShift Route', object('Route', { spec: { host: 'a.example', tls: {} } }), ['https://a.example/']],
  [
    'an OpenShift Route that was given a host',
    object('Route', { status: { ingress: [{ host: 'a.example' }] } }),
    ['http://a.example/'],
  ],
])('%s answers where it says', (_, route, expected) => {
  expect(readUrls([route])).toEqual(expected)
})

test('Of hosts without end the first fifty are told', () => {
  const rules = Array.from({ length: 10_000 }, (_, index) => rule(`h${index}.example`))
  const urls = readUrls([object('Ingress', { spec: { rules } })])
  expect(urls).toHaveLength(50)
  expect(urls.at(-1)).toBe('http://h49.example/')
})

test('The list does not depend on the order in which objects were seen, and names nothing twice', () => {
  const one = object('Ingress', { spec: { rules: [rule('b.example')] } }, 'one')
  const two = object('Ingress', { spec: { rules: [rule('a.example'), rule('b.example')] } }, 'two')
  expect(readUrls([two, one])).toEqual(['http://b.example/', 'http://a.example/'])
  expect(readUrls([one, two])).toEqual(['http://b.example/', 'http://a.example/'])
})
