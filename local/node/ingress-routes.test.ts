import { expect, test } from 'vitest'
import { type IngressObject, knownHosts, routeRequest } from './ingress-routes.ts'

const backend = (name: string) => ({ service: { name, port: { number: 80 } } })

const shop: IngressObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'shop', namespace: 'shop-7', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: {
    rules: [
      {
        host: 'shop-7.localhost',
        http: {
          paths: [
            { path: '/', pathType: 'Prefix', backend: backend('page') },
            { path: '/api', pathType: 'Prefix', backend: backend('api') },
            { path: '/api/health', pathType: 'Exact', backend: backend('health') },
          ],
        },
      },
      { host: '*.any.localhost', http: { paths: [{ path: '/', pathType: 'Prefix', backend: backend('any') }] } },
    ],
  },
}

const fallback: IngressObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'fallback', namespace: 'other', creationTimestamp: '2025-01-01T00:00:00Z' },
  spec: { defaultBackend: backend('fallback') },
}

const serviceOf = (host: string, path: string, ingresses = [shop]) => routeRequest(ingresses, host, path)?.service.name

test('the host decides, with or without a port, in any case', () => {
  expect(routeRequest([shop], 'Shop-7.localhost:8080', '/')).toEqual({
    namespace: 'shop-7',
    service: { name: 'page', port: { number: 80 } },
  })
  expect(serviceOf('shop-8.localhost', '/')).toBeUndefined()
})

test('the longest path wins, in whole elements, and an exact one before a prefix', () => {
  expect(serviceOf('shop-7.localhost', '/api/orders?since=1')).toBe('api')
  expect(serviceOf('shop-7.localhost', '/api')).toBe('api')
  expect(serviceOf('shop-7.localhost', '/apis')).toBe('page')
  expect(serviceOf('shop-7.localhost', '/api/health')).toBe('health')
  expect(serviceOf('shop-7.localhost', '/api/health/deep')).toBe('api')
})

test('a wildcard stands for exactly one label', () => {
  expect(serviceOf('x.any.localhost', '/')).toBe('any')
  expect(serviceOf('x.y.any.localhost', '/')).toBeUndefined()
  expect(serviceOf('any.localhost', '/')).toBeUndefined()
})

test('a default backend answers what no rule does, and nothing else', () => {
  expect(serviceOf('elsewhere', '/', [fallback, shop])).toBe('fallback')
  expect(serviceOf('shop-7.localhost', '/', [fallback, shop])).toBe('page')
})

test('known hosts are listed once each, sorted', () => {
  expect(knownHosts([shop, fallback, shop])).toEqual(['*.any.localhost', 'shop-7.localhost'])
})
