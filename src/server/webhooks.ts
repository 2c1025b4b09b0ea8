/** The webhooks' door: what comes in is capped, proven, understood as a hint, and answered at once. */
import { Hono } from 'hono'
import { TronadorError } from '../core/errors.ts'
import type { ChangeHint, RawDelivery, ScmWebhook } from '../scm/scm.ts'

/** A repository as far as its webhook is concerned. */
export interface WebhookTarget {
  readonly webhook: ScmWebhook
  /** Owner and name on the code host. */
  readonly repository: { readonly owner: string; readonly name: string }
  /** What deliveries may be signed with; rejects where that cannot be read. `renew` asks not to trust a copy. */
  secrets(renew: boolean): Promise<readonly string[]>
  /** Takes the hint in; returns at once. */
  accept(hint: ChangeHint): void
}

/** What the door is made with. */
export interface WebhookOptions {
  readonly find: (namespace: string, name: string) => WebhookTarget | undefined
  /** Proves deliveries to paths that lead nowhere, so that they take as long as the others. */
  readonly decoy: ScmWebhook
  readonly log: (fields: object, message: string) => void
}

/** Largest body, in bytes. A pull request's event takes some 12 kB. */
export const maxDelivery = 1024 * 1024

/**
 * `POST /webhooks/<namespace>/<repository>`. The body is read first and never beyond its cap. An unknown path and a
 * wrong signature leave nothing behind; events that are none of ours are thanked for, because some hosts switch a
 * webhook off that refuses them.
 */
export function createWebhookRoutes(options: WebhookOptions): Hono {
  return new Hono()
    .post('/webhooks/:namespace/:name', async ({ req, body, json }) => {
      const content = await readCapped(req.raw)
      if (content === undefined) return json({ error: 'The body is larger than 1 MiB.' }, 413, { connection: 'close' })
      const delivery: RawDelivery = { headers: Object.fromEntries(req.raw.headers), body: content }
      const { namespace, name } = req.param()
      const target = options.find(namespace, name)
      const proof = await prove(target, delivery, options.decoy)
      if (target === undefined) return json({ error: 'There is nothing here.' }, 404)
      if (proof === 'unreadable') return json({ error: 'The secret cannot be read now; deliver again later.' }, 503)
      if (proof === 'wrong') return json({ error: 'The signature is not this repository’s.' }, 401)
      const hint = understand(target, delivery)
      if (hint instanceof TronadorError) return json({ error: hint.message }, 400)
      if (hint === undefined) return body(null, 204)
      if (!isSameRepository(hint, target)) {
        options.log({ namespace, name, repository: hint.repository }, 'webhook speaks of another repository')
        return body(null, 204)
      }
      const { number, action, deliveryId } = hint
      options.log({ namespace, name, number, action, deliveryId }, 'webhook accepted')
      target.accept(hint)
      return json({ accepted: number }, 202)
    })
    .onError((error, { json }) => {
      // Whoever breaks off in the middle of a delivery ends here too.
      options.log({ error: error.message }, 'webhook failed')
      return json({ error: 'The delivery could not be taken in.' }, 500)
    })
    .notFound(({ json }) => json({ error: 'There is nothing here.' }, 404))
}

async function prove(
  target: WebhookTarget | undefined,
  delivery: RawDelivery,
  decoy: ScmWebhook,
): Promise<'right' | 'wrong' | 'unreadable'> {
  try {
    if (target === undefined) {
      decoy.verify(delivery, ['decoy'])
      return 'wrong'
    }
    const known = await target.secrets(false)
    if (target.webhook.verify(delivery, known)) return 'right'
    // The secret may have been changed a moment ago.
    const renewed = await target.secrets(true)
    return renewed !== known && target.webhook.verify(delivery, renewed) ? 'right' : 'wrong'
  } catch {
    return 'unreadable'
  }
}

function understand(target: WebhookTarget, delivery: RawDelivery): ChangeHint | TronadorError | undefined {
  try {
    return target.webhook.parse(delivery)
  } catch (error) {
    if (error instanceof TronadorError) return error
    throw error
  }
}

/** Hosts differ between what a code host calls itself and how it is reached; owner and name must agree. */
function isSameRepository({ repository }: ChangeHint, target: WebhookTarget): boolean {
  const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase()
  return same(repository.owner, target.repository.owner) && same(repository.name, target.repository.name)
}

/** The body, or undefined where it is larger than the cap: reading stops there. */
async function readCapped(request: Request): Promise<Uint8Array | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > maxDelivery) return undefined
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.length
    if (size > maxDelivery) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
