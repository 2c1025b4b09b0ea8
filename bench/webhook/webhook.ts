/**
 * From a webhook to the commit in the GitOps repository: `tronador server` as a process of its own, between the real
 * API server and a code host that answers after a fixed time.
 */
import { createHmac } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { request } from 'undici'
import { freePort } from '../../local/free-port.ts'
import type { Progress } from '../../local/progress.ts'
import type { Cluster, KubeObject } from '../../src/kube/cluster.ts'
import { repositories, secrets } from '../../src/kube/resources.ts'
import { startBundle } from '../operator-process.ts'
import { type ProcessFigures, processFigures } from '../process-figures.ts'
import { ownNamespace, type Stage } from '../stage.ts'
import { coveredTime, percentile, type Spread, spreadOf } from '../statistics.ts'
import { answerTime, type CodeHost, startCodeHost } from './code-host.ts'
import { prepareRawChange } from './raw-change.ts'

/** What came of it, in milliseconds. Of the parts: medians. */
export interface WebhookFigures {
  readonly webhooks: number
  /** From the webhook's request to the end of the push. */
  readonly total: Spread
  /** Time during which the code host or the registry was at it. */
  readonly hostAnswers: number
  /** Time during which the Git host was at it. */
  readonly gitHost: number
  /** All the rest: decisions, rendering, and the start of git processes. */
  readonly own: number
  /** The same change by git alone and the questions that must be asked: what the whole is compared with. */
  readonly raw: Spread
  /** How often the hosts were asked for one commit. */
  readonly requests: { readonly api: number; readonly git: number }
  readonly answerTime: number
  readonly server: ProcessFigures
}

const webhookSecret = 'a secret of this measurement'

/** Delivers so many webhooks, each of a new pull request, one after the other. */
export async function deliverWebhooks(
  stage: Stage,
  options: { readonly webhooks: number; readonly progress: Progress; readonly signal: AbortSignal },
): Promise<WebhookFigures> {
  const { webhooks, signal } = options
  const reporting = options.progress.stage(`${webhooks} webhooks, one by one`)
  const host = await startCodeHost()
  stage.onEnd(host.close)
  const server = await startServer(stage, host)
  const looks: Look[] = []
  // The first of all opens connections and makes the local copy: it is not counted.
  for (let number = 1; number <= webhooks + 1; number += 1) {
    signal.throwIfAborted()
    looks.push(await deliverOne(host, server.url, number))
    reporting.advance(number, 2 * webhooks)
  }
  const figures = processFigures(server.pid)
  await server.stop()
  const raw = await prepareRawChange(host)
  stage.onEnd(raw.close)
  const rawTimes: number[] = []
  for (let number = 1; number <= webhooks; number += 1) {
    signal.throwIfAborted()
    rawTimes.push(await raw.change(number, 'environment: text\n'.repeat(60)))
    reporting.advance(webhooks + number, 2 * webhooks)
  }
  const counted = looks.slice(1)
  const median = (of: (look: Look) => number) => percentile(counted.map(of), 0.5)
  const total = spreadOf(counted.map((look) => look.total))
  reporting.done(`median ${total.p50.toFixed(1)} ms`)
  return {
    webhooks,
    total,
    hostAnswers: median((look) => look.hostAnswers),
    gitHost: median((look) => look.gitHost),
    own: median((look) => look.total - look.busy),
    raw: spreadOf(rawTimes),
    requests: { api: median((look) => look.api), git: median((look) => look.git) },
    answerTime,
    server: figures,
  }
}

interface Look {
  readonly total: number
  readonly hostAnswers: number
  readonly gitHost: number
  readonly busy: number
  readonly api: number
  readonly git: number
}

async function deliverOne(host: CodeHost, url: string, number: number): Promise<Look> {
  const commit = number.toString(16).padStart(40, '0')
  host.open(number, commit)
  const pushed = host.nextPush()
  const said = host.statusOf(commit)
  const body = JSON.stringify({ action: 'opened', number, repository: { html_url: `${host.url}/acme/shop` } })
  const signature = createHmac('sha256', webhookSecret).update(body).digest('hex')
  const before = host.requests.length
  const from = performance.now()
  const headers = { 'x-gitea-event': 'pull_request', 'x-gitea-signature': signature }
  const answer = await request(`${url}/webhooks/${ownNamespace}/shop`, { method: 'POST', headers, body })
  await answer.body.dump()
  if (answer.statusCode >= 300) throw new Error(`The server answered ${answer.statusCode} to a webhook.`)
  const to = await pushed
  await said
  await delay(30)
  const busy = host.requests.slice(before).filter((each) => each.from < to)
  const covered = (kind?: 'api' | 'git') =>
    coveredTime(
      busy.filter((each) => kind === undefined || each.kind === kind),
      { from, to },
    )
  return {
    total: to - from,
    hostAnswers: covered('api'),
    gitHost: covered('git'),
    busy: covered(),
    api: busy.filter(({ kind }) => kind === 'api').length,
    git: busy.filter(({ kind }) => kind === 'git').length,
  }
}

async function startServer(stage: Stage, host: CodeHost): Promise<{ url: string; pid: number; stop(): Promise<void> }> {
  await connectRepository(stage.admin, host)
  const [port, health] = [await freePort(), await freePort()]
  const server = await startBundle(stage, 'tronador-server', [
    'server',
    '--kubeconfig',
    await stage.kubeconfigFor('tronador-server'),
    '--namespace',
    ownNamespace,
    '--listen',
    `127.0.0.1:${port}`,
    '--health-port',
    String(health),
    '--data-folder',
    stage.logs,
  ])
  const isReady = async () => {
    const { statusCode, body } = await request(`http://127.0.0.1:${health}/readyz`)
    await body.dump()
    return statusCode === 200
  }
  while (!(await isReady().catch(() => false))) await delay(20)
  // The first sweep has looked at both sides once its two readings of Git are over.
  while (!host.requests.some(({ kind }) => kind === 'git')) await delay(20)
  await delay(500)
  return { url: `http://127.0.0.1:${port}`, pid: server.pid, stop: server.stop }
}

async function connectRepository(admin: Cluster, host: CodeHost): Promise<void> {
  const stored = {
    token: { token: 'of this measurement' },
    webhook: { secret: webhookSecret },
    gitops: { username: 'tronador', password: 'of this measurement' },
  }
  const namespace = ownNamespace
  for (const [name, stringData] of Object.entries(stored)) {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData }
    await admin.create<KubeObject>(secrets, secret)
  }
  const repository = {
    apiVersion: 'tronador.stakater.com/v1alpha1',
    kind: 'Repository',
    metadata: { name: 'shop', namespace },
    spec: {
      provider: 'gitea',
      url: `${host.url}/acme/shop`,
      credentialsRef: { name: 'token' },
      webhookSecretRef: { name: 'webhook' },
      gitops: { url: host.gitopsUrl, credentialsRef: { name: 'gitops' } },
      image: { name: `${host.url.replace('http://', '')}/shop`, insecure: true },
      limits: { environments: 1000 },
    },
  }
  await admin.create<KubeObject>(repositories, repository)
}
