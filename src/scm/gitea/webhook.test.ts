import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeWebhookContract } from '../contract.ts'
import type { RawDelivery } from '../scm.ts'
import { giteaWebhook } from './webhook.ts'

function recorded(name: string): RawDelivery {
  const file = new URL(`./fixtures/${name}.json`, import.meta.url)
  const { headers, body } = JSON.parse(readFileSync(file, 'utf8'))
  return { headers, body: Buffer.from(body) }
}

describeWebhookContract('Gitea', {
  webhook: giteaWebhook,
  secret: 'hook-secret',
  change: recorded('webhook-synchronized'),
  hint: {
    repository: { host: 'gitea.example.com', owner: 'acme', name: 'shop' },
    number: 1,
    action: 'synchronized',
    deliveryId: 'da9a1f2f-59c2-43b6-86a5-a4f2fe05efbc',
  },
  other: recorded('webhook-comment'),
  signatureHeader: 'x-gitea-signature',
})

test('a signature made with an empty secret never counts', () => {
  const body = Buffer.from('{}')
  const signature = createHmac('sha256', '').update(body).digest('hex')

  expect(giteaWebhook.verify({ headers: { 'x-gitea-signature': signature }, body }, ['', 'hook-secret'])).toBe(false)
})

test('whatever is signed, the answer is a hint, nothing, or that it is malformed', () => {
  const event = fc.record(
    {
      action: fc.anything(),
      number: fc.anything(),
      repository: fc.oneof(fc.anything(), fc.record({ html_url: fc.string() })),
    },
    { requiredKeys: [] },
  )
  const bodies = fc.oneof(
    fc.string(),
    fc.json(),
    event.map((value) => JSON.stringify(value) ?? ''),
  )
  fc.assert(
    fc.property(bodies, (body) => {
      const delivery = { headers: { 'x-gitea-event': 'pull_request' }, body: Buffer.from(body) }
      try {
        expect(giteaWebhook.parse(delivery)).toMatchObject({ number: expect.any(Number) })
      } catch (error) {
        expect(error).toMatchObject({ code: 'WebhookMalformed' })
      }
    }),
  )
})
