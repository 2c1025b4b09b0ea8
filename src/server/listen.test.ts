import { request } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { giteaWebhook } from '../scm/gitea/webhook.ts'
import { type Listener, listen } from './listen.ts'
import { createWebhookRoutes } from './webhooks.ts'

let listener: Listener | undefined
afterEach(() => listener?.close())

test('fifty megabytes are refused long before they are in', async () => {
  const routes = createWebhookRoutes({ find: () => undefined, decoy: giteaWebhook, log: () => {} })
  listener = await listen(routes, { host: '127.0.0.1', port: 0 })
  let sent = 0

  const status = await new Promise((resolve, reject) => {
    const delivery = request({ host: '127.0.0.1', port: listener?.port, path: '/webhooks/a/b', method: 'POST' })
    const chunk = Buffer.alloc(64 * 1024)
    const send = () => {
      while (sent < 50 * 1024 * 1024) {
        sent += chunk.length
        if (!delivery.write(chunk)) return void delivery.once('drain', send)
      }
      delivery.end()
    }
    delivery.once('response', (response) => {
      resolve(response.statusCode)
      delivery.destroy()
    })
    delivery.once('error', reject)
    send()
  })

  expect(status).toBe(413)
  expect(sent).toBeLessThan(25 * 1024 * 1024)
})
