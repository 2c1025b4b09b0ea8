import { afterEach, expect, test } from 'vitest'
import { type HealthServer, startHealthServer } from './health.ts'
import { createMetrics } from './metrics.ts'

let server: HealthServer | undefined
afterEach(() => server?.close())

test('it tells that the process runs, whether it works and why not, and its figures', async () => {
  const reasons = ['environments: first list is not in yet']
  const metrics = createMetrics()
  metrics.onRequest({ method: 'GET', code: '200', host: 'api:443' })
  server = await startHealthServer({ port: 0, host: '127.0.0.1', notReady: () => reasons, registry: metrics.registry })
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${server?.port}${path}`)
    return { status: response.status, text: await response.text() }
  }

  expect(await ask('/healthz')).toEqual({ status: 200, text: 'ok\n' })
  expect(await ask('/livez')).toEqual({ status: 200, text: 'ok\n' })
  expect(await ask('/readyz')).toEqual({ status: 503, text: 'environments: first list is not in yet\n' })
  reasons.pop()
  expect(await ask('/readyz')).toEqual({ status: 200, text: 'ok\n' })
  expect((await ask('/metrics')).text).toContain('rest_client_requests_total{code="200",method="GET",host="api:443"} 1')
  expect((await ask('/')).status).toBe(404)
})

test('a port that is taken is an error', async () => {
  server = await startHealthServer({ port: 0, host: '127.0.0.1', notReady: () => [] })

  await expect(startHealthServer({ port: server.port, host: '127.0.0.1', notReady: () => [] })).rejects.toThrow(
    'EADDRINUSE',
  )
})
