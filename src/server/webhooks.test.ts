import { expect, test } from 'vitest'
import { secrets } from '../kube/resources.ts'
import { base64, commit, delivery, namespace, rehearse, secret, webhookSecret } from './testing/rehearsal.ts'

const door = `/webhooks/${namespace}/shop`

test('what is not signed with this repository’s secret is refused and nothing is stored', async () => {
  const world = await rehearse()
  world.open(7, commit('a'))
  const asked: string[] = []
  world.codeHost.intercept((request) => asked.push(request))
  const good = delivery({ number: 7 })
  const headers = good.headers as Record<string, string>
  const signature = headers['x-gitea-signature'] ?? ''
  const wrong: Record<string, RequestInit> = {
    'no signature': { ...good, headers: { 'x-gitea-event': 'pull_request' } },
    'another secret': delivery({ number: 7 }, 'another'),
    'an empty secret': delivery({ number: 7 }, ''),
    'another body': { ...good, body: `${good.body} ` },
    'a cut signature': { ...good, headers: { ...headers, 'x-gitea-signature': signature.slice(0, 32) } },
    'no hex': { ...good, headers: { ...headers, 'x-gitea-signature': 'z'.repeat(64) } },
    'another provider’s header': {
      ...good,
      headers: { 'x-gitea-event': 'pull_request', 'x-hub-signature-256': `sha256=${signature}` },
    },
  }

  const answers: Record<string, number> = {}
  for (const [name, request] of Object.entries(wrong)) {
    answers[name] = (await world.server.routes.request(door, request)).status
  }
  await world.clock.advance(1000)

  expect(answers).toEqual(Object.fromEntries(Object.keys(wrong).map((name) => [name, 401])))
  expect(asked).toEqual([])
})

test('a path that leads nowhere is 404, signed or not', async () => {
  const world = await rehearse()

  const paths = [`/webhooks/${namespace}/other`, '/webhooks/other/shop', '/webhooks/shop', '/', '/webhooks/a/b/c']
  const answers = await Promise.all(paths.map((path) => world.server.routes.request(path, delivery({ number: 7 }))))

  expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404])
})

test('a body beyond 1 MiB is refused unread, declared or not', async () => {
  const world = await rehearse()
  let sent = 0
  const endless = new ReadableStream({
    pull(controller) {
      sent += 65_536
      controller.enqueue(new Uint8Array(65_536))
      if (sent > 50 * 1024 * 1024) controller.close()
    },
  })

  const declared = await world.server.routes.request(door, {
    method: 'POST',
    body: 'x',
    headers: { 'content-length': String(50 * 1024 * 1024) },
  })
  const undeclared = await world.server.routes.request(door, {
    method: 'POST',
    body: endless,
    duplex: 'half',
  } as RequestInit)

  expect([declared.status, undeclared.status]).toEqual([413, 413])
  expect(sent).toBeLessThan(2 * 1024 * 1024)
})

test('signed events that are none of ours are thanked for and ignored', async () => {
  const world = await rehearse()
  const comment = delivery({ number: 7 })
  const other = delivery({ number: 7, repository: 'https://git.example.com/acme/other' })

  const answers = [
    await world.server.routes.request(door, {
      ...comment,
      headers: { ...(comment.headers as object), 'x-gitea-event': 'issue_comment' },
    }),
    await world.server.routes.request(door, other),
  ]

  expect(answers.map(({ status }) => status)).toEqual([204, 204])
})

test('a signed event that makes no sense is 400', async () => {
  const { createHmac } = await import('node:crypto')
  const world = await rehearse()
  const bodies = [
    'no json',
    '{}',
    '[]',
    'null',
    '{"action":"opened","number":"7","repository":{"html_url":"https://git.example.com/acme/shop"}}',
    '{"action":"opened","number":-1,"repository":{"html_url":"https://git.example.com/acme/shop"}}',
    '{"action":"opened","number":7,"repository":{"html_url":"javascript:alert(1)"}}',
    '{"action":"opened","number":7,"repository":null}',
    `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
  ]

  const answers = bodies.map(async (body) => {
    const signature = createHmac('sha256', webhookSecret).update(body).digest('hex')
    const headers = { 'x-gitea-event': 'pull_request', 'x-gitea-signature': signature }
    return (await world.server.routes.request(door, { method: 'POST', body, headers })).status
  })

  expect(await Promise.all(answers)).toEqual(bodies.map(() => 400))
})

test('while the secret is being changed both the new one and the previous one count', async () => {
  const world = await rehearse()
  world.open(7, commit('a'))
  expect(await world.deliver(7)).toBe(202)
  await world.cluster.apply(
    secrets,
    secret('webhook', { secret: base64('a new secret\n'), previous: base64(webhookSecret) }),
    { fieldManager: 'admin', force: true },
  )
  await world.clock.advance(6000)

  const answers = ['a new secret', webhookSecret, 'neither'].map(async (sender) => {
    return (await world.server.routes.request(door, delivery({ number: 7 }, sender))).status
  })

  expect(await Promise.all(answers)).toEqual([202, 202, 401])
})

test('a flood of unsigned deliveries asks the cluster for the Secret once in a while, though there is none', async () => {
  const world = await rehearse({ webhookSecretRef: { name: 'nowhere' } })
  const { get } = world.cluster
  let asked = 0
  world.cluster.get = (resource, ref) => {
    asked += 1
    return get(resource, ref)
  }
  const knock = async () => (await world.server.routes.request(door, delivery({ number: 7 }, 'x'))).status

  expect(new Set(await Promise.all(Array.from({ length: 100 }, knock)))).toEqual(new Set([503]))
  expect(await knock()).toBe(503)
  expect(asked).toBe(1)

  await world.cluster.create(secrets, secret('nowhere', { secret: base64('x') }))
  await world.clock.advance(6000)
  expect(await knock()).toBe(202)
})

test('where the webhook’s Secret is missing nothing is accepted', async () => {
  const world = await rehearse({ webhookSecretRef: { name: 'nowhere' } })

  const { status } = await world.server.routes.request(door, delivery({ number: 7 }, ''))

  expect(status).toBe(503)
})
