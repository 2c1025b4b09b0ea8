/** Gitea's webhooks. Signed with HMAC-SHA256 over the raw body, in hex, in `X-Gitea-Signature`. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { TronadorError } from '../../core/errors.ts'
import { repositoryIdentity } from '../../core/identity.ts'
import type { ChangeHint, RawDelivery, ScmWebhook } from '../scm.ts'
import { GiteaPullRequestEvent } from './schema.ts'

/**
 * Gitea also signs in GitHub's and Gogs' headers; only its own counts, so that one secret never serves two kinds of
 * sender. Every secret is tried whatever the outcome, so that time tells nothing.
 */
export const giteaWebhook: ScmWebhook = {
  verify(delivery, secrets) {
    const given = Buffer.from(delivery.headers['x-gitea-signature'] ?? '', 'hex')
    let valid = false
    for (const secret of secrets) {
      const expected = createHmac('sha256', secret).update(delivery.body).digest()
      const equal = given.length === expected.length && timingSafeEqual(given, expected)
      valid = (secret !== '' && equal) || valid
    }
    return valid
  },

  parse(delivery) {
    // `pull_request` stands in this header for all that happens to the pull request itself, its commits and labels;
    // comments come as `issue_comment`, our own among them.
    if (delivery.headers['x-gitea-event'] !== 'pull_request') return undefined
    const event = GiteaPullRequestEvent.safeParse(readJson(delivery))
    if (!event.success) throw malformed(event.error.issues[0]?.path.join('.') ?? 'body')
    const { action, number, repository } = event.data
    return {
      repository: identityOf(repository.html_url),
      number,
      action,
      deliveryId: delivery.headers['x-gitea-delivery']?.slice(0, 100),
    }
  },
}

function identityOf(url: string): ChangeHint['repository'] {
  try {
    return repositoryIdentity(url)
  } catch {
    throw malformed('repository.html_url')
  }
}

function readJson(delivery: RawDelivery): unknown {
  try {
    return JSON.parse(Buffer.from(delivery.body).toString('utf8'))
  } catch {
    throw malformed('body')
  }
}

function malformed(field: string): TronadorError {
  return new TronadorError('WebhookMalformed', `The webhook's ${field} is missing or not what Gitea documents.`)
}
