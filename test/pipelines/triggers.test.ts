/**
 * Tekton Triggers with the listeners of `tekton/triggers`: a webhook of a real Gitea carries a pull request from its
 * opening to its end; GitHub's and GitLab's are sent as those hosts send them.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type Manifest, resourceOf } from '../../local/tekton/manifests.ts'
import type { KubeObject } from '../../src/kube/cluster.ts'
import { roleBindings, services } from '../../src/kube/resources.ts'
import { eventually } from '../environment-operator.ts'
import { type Relay, startRelay } from '../pods/relay.ts'
import { manifests, type TaskRun, type TriggerBinding, type TriggerTemplate } from '../tekton/manifests.ts'
import { assembleTeam, type Team } from './team.ts'

/** The namespace that `tekton/triggers/rights.yaml` names. */
const namespace = 'previews'
const secret = randomBytes(16).toString('hex')

// biome-ignore lint/suspicious/noTemplateCurlyInString: a shell would expand it; nothing here may.
const hostile = 'x";touch${IFS}pwned_$(id)`id`"'

let team: Team
let relay: Relay | undefined
beforeAll(async () => {
  team = await assembleTeam({ namespace })
  const webhook = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'preview-webhook' }, stringData: { secret } }
  await team.apply(webhook, ...manifests.filter(({ path }) => path.startsWith('tekton/triggers/')).map(asTeamHasIt))
})
afterAll(async () => {
  await relay?.stop()
  await team?.end()
})

describe('Gitea', () => {
  test('a pull request that is opened gets a run and its file, and loses it when it is closed', async () => {
    relay = await startRelay({ to: await listener('preview-gitea'), at: '127.0.0.1' })
    await team.admin.createHook(team.owner, 'shop', { url: relay.url, secret, event: 'pull_request' })
    const commit = await team.copy.commitAndPush(hostile, 'Sell croissants as well', { 'MOTTO.md': 'More.\n' })
    const { number, html_url: url } = await team.admin.openPullRequest(team.owner, 'shop', {
      head: hostile,
      title: 'Croissants',
    })

    const [started] = await runsOf('preview-', 'preview-gitea', 1)
    const path = `${team.owner}/shop/pr-${number}.yaml`
    expect(await team.finished('PipelineRun', started?.metadata.name ?? '')).toMatchObject({ succeeded: true })
    expect(await team.gitopsFiles()).toEqual(['README.md', path])
    expect(parse(await team.gitopsFile(path))).toMatchObject({
      kind: 'Environment',
      spec: { change: { provider: 'gitea', number, branch: hostile, commit, url } },
    })

    await team.admin.closePullRequest(team.owner, 'shop', number)
    const [removal] = await runsOf('preview-remove-', 'preview-gitea', 1)
    expect(await team.finished('PipelineRun', removal?.metadata.name ?? '')).toMatchObject({ succeeded: true })
    expect(await team.gitopsFiles()).toEqual(['README.md'])
  })

  test('a push ends the run of the commit before, and a close the last one, so that nothing is pushed after it', async () => {
    const ended = { succeeded: false, message: expect.stringMatching(/cancelled/i) }
    await team.copy.commitAndPush('coffee', 'Sell coffee', { 'MOTTO.md': 'Coffee.\n' })
    const { number } = await team.admin.openPullRequest(team.owner, 'shop', { head: 'coffee', title: 'Coffee' })
    const runOf = async (commit: string) =>
      (await runsOf('preview-', 'preview-gitea', 2)).find((run) => paramsOf(run).gitRevision === commit)?.metadata.name
    const { sha } = (await team.admin.pullRequest(team.owner, 'shop', number)).head
    const older = await eventually('the first run', () => runOf(sha))
    const commit = await team.copy.commitAndPush('coffee', 'Sell tea, too', { 'MOTTO.md': 'Tea.\n' })
    const newer = await eventually('the second run', () => runOf(commit))
    expect(await team.finished('PipelineRun', older)).toMatchObject(ended)

    await team.admin.closePullRequest(team.owner, 'shop', number)
    const removals = await runsOf('preview-remove-', 'preview-gitea', 2)
    const removal = removals.find((run) => paramsOf(run).prNumber === String(number))
    expect(await team.finished('PipelineRun', removal?.metadata.name ?? '')).toMatchObject({ succeeded: true })
    expect(await team.finished('PipelineRun', newer)).toMatchObject(ended)
    expect(await team.gitopsFiles()).toEqual(['README.md'])
  })

  test('a preview goes also where its runs cannot be ended, and the run of its removal says so', async () => {
    await team.copy.commitAndPush('cocoa', 'Sell cocoa', { 'MOTTO.md': 'Cocoa.\n' })
    const { number } = await team.admin.openPullRequest(team.owner, 'shop', { head: 'cocoa', title: 'Cocoa' })
    const ofThis = (run: Run) => paramsOf(run).prNumber === String(number)
    const built = (await runsOf('preview-', 'preview-gitea', 4)).find(ofThis)
    expect(await team.finished('PipelineRun', built?.metadata.name ?? '')).toMatchObject({ succeeded: true })
    expect(await team.gitopsFiles()).toEqual(['README.md', `${team.owner}/shop/pr-${number}.yaml`])
    const rights = { namespace, name: 'preview-runs' }
    const binding = await team.cluster.get(roleBindings, rights)
    await team.cluster.delete(roleBindings, rights, { uid: binding?.metadata.uid ?? '' })

    await team.admin.closePullRequest(team.owner, 'shop', number)
    const removal = (await runsOf('preview-remove-', 'preview-gitea', 3)).find(ofThis)
    const finished = await team.finished('PipelineRun', removal?.metadata.name ?? '')
    expect(finished).toMatchObject({ succeeded: false, log: expect.stringContaining('cannot get resource "taskruns"') })
    expect(await team.gitopsFiles()).toEqual(['README.md'])
  })
})

const commit = '4f0c7a1d9b3e5f60718293a4b5c6d7e8f9012345'

/** A delivery: the headers that say what it is and that it is theirs, and its body. */
interface Delivery {
  readonly headers: (body: string, secret: string) => Record<string, string>
  readonly opened: object
  readonly pushed: object
  readonly fromFork: object
  readonly closed: object
  readonly gitUrl: string
  readonly provider: string
  readonly page: string
}

const github: Delivery = {
  headers: (body, key) => ({
    'x-github-event': 'pull_request',
    'x-hub-signature-256': `sha256=${createHmac('sha256', key).update(body).digest('hex')}`,
  }),
  opened: githubEvent('opened', 'Acme/Shop'),
  pushed: githubEvent('synchronize', 'Acme/Shop'),
  fromFork: githubEvent('opened', 'mallory/Shop'),
  closed: githubEvent('closed', 'Acme/Shop'),
  gitUrl: 'https://github.com/Acme/Shop.git',
  provider: 'github',
  page: 'https://github.com/Acme/Shop/pull/7',
}
const gitlab: Delivery = {
  headers: (_, key) => ({ 'x-gitlab-event': 'Merge Request Hook', 'x-gitlab-token': key }),
  opened: gitlabEvent('open', 1, {}),
  pushed: gitlabEvent('update', 1, { oldrev: '19f53e97a0b1c2d3e4f5061728394a5b6c7d8e9f' }),
  fromFork: gitlabEvent('open', 2, {}),
  closed: gitlabEvent('merge', 1, {}),
  gitUrl: 'https://gitlab.com/Acme/Shop.git',
  provider: 'gitlab',
  page: 'https://gitlab.com/Acme/Shop/-/merge_requests/7',
}

describe.each([
  ['GitHub', 'preview-github', github],
  ['GitLab', 'preview-gitlab', gitlab],
])('%s', (_, name, delivery) => {
  let url: string
  beforeAll(async () => {
    url = await listener(name)
  })
  const send = async (event: object, key = secret) => {
    const body = JSON.stringify(event)
    const headers = { 'content-type': 'application/json', ...delivery.headers(body, key) }
    const answer = await fetch(url, { method: 'POST', headers, body })
    expect(answer.status).toBe(202)
  }

  test('one that proves itself starts a run with its values as they are; a fork’s or a forged one starts none', async () => {
    await send(delivery.opened, 'another secret')
    await send(delivery.fromFork)
    await send(delivery.opened)
    const [opened] = await runsOf('preview-', name, 1)
    await send(delivery.pushed)
    await send(delivery.closed)
    const [removal] = await runsOf('preview-remove-', name, 1)

    // The settings' image, in whose place this cluster has its own.
    const image = expect.stringMatching(`^${team.registry}/tronador@sha256:`)
    expect(await runsOf('preview-', name, 2)).toHaveLength(2)
    expect(paramsOf(opened)).toMatchObject({
      repoName: 'Shop',
      prNumber: '7',
      gitUrl: delivery.gitUrl,
      // Triggers writes it so that Kubernetes, which replaces `$(NAME)` in arguments, gives back what it was.
      gitBranch: hostile.replace('$(', '$$$$('),
      gitRevision: commit,
      provider: delivery.provider,
      prUrl: delivery.page,
      imageRepo: `${team.registry}/acme/shop`,
      imageTag: `pr-7-${commit}`,
      kind: 'Environment',
      gitopsUrl: team.gitopsUrl,
      gitopsBranch: 'main',
      gitopsPath: 'Acme/Shop/pr-7.yaml',
      image,
    })
    expect(paramsOf(removal)).toMatchObject({ gitopsUrl: team.gitopsUrl, gitopsPath: 'Acme/Shop/pr-7.yaml', image })
  })
})

/** As GitHub sends it, as far as it matters. */
function githubEvent(action: string, from: string): object {
  const repository = { name: 'Shop', full_name: 'Acme/Shop', clone_url: 'https://github.com/Acme/Shop.git' }
  const head = { ref: hostile, sha: commit, repo: { full_name: from } }
  const page = { html_url: 'https://github.com/Acme/Shop/pull/7' }
  const pull = { number: 7, state: 'open', head, base: { ref: 'main' }, ...page }
  return { action, number: 7, pull_request: pull, repository }
}

/** As GitLab sends it, as far as it matters. */
function gitlabEvent(action: string, from: number, more: object): object {
  return {
    object_kind: 'merge_request',
    event_type: 'merge_request',
    project: { name: 'Shop', path_with_namespace: 'Acme/Shop', git_http_url: 'https://gitlab.com/Acme/Shop.git' },
    object_attributes: {
      ...{ iid: 7, action, source_branch: hostile, target_branch: 'main', last_commit: { id: commit } },
      ...{ source_project_id: from, target_project_id: 1, ...more },
      url: 'https://gitlab.com/Acme/Shop/-/merge_requests/7',
    },
  }
}

/** What a team fills in, and adds for a registry and a code host without TLS. */
function asTeamHasIt<T extends { readonly kind: string }>(manifest: T): object {
  if (manifest.kind === 'TriggerBinding') {
    const { spec, ...rest } = manifest as unknown as TriggerBinding
    const own: Record<string, string> = { registry: team.registry, gitopsUrl: team.gitopsUrl }
    return { ...rest, spec: { params: spec.params.map(({ name, value }) => ({ name, value: own[name] ?? value })) } }
  }
  if (manifest.kind !== 'TriggerTemplate') return manifest
  const { spec, ...rest } = manifest as unknown as TriggerTemplate
  return { ...rest, spec: { ...spec, resourcetemplates: spec.resourcetemplates.map(withoutTls) } }
}

function withoutTls(run: TaskRun): TaskRun {
  const { gitopsArgs, ...building } = team.here
  const builds = run.spec.pipelineRef?.name === 'preview'
  const own = { ...(run.kind === 'PipelineRun' && { gitopsArgs }), ...(builds && building) }
  const params = Object.entries(own).map(([name, value]) => ({ name, value }))
  const git = { name: 'git-credentials', secret: { secretName: 'preview-git' } }
  const workspaces = [...(run.spec.workspaces ?? []), ...(builds ? [git] : [])]
  return { ...run, spec: { ...run.spec, params: [...(run.spec.params ?? []), ...params], workspaces } }
}

/** Address of an EventListener's Service, once it listens. */
async function listener(name: string): Promise<string> {
  const manifest = manifests.find(({ kind, metadata }) => kind === 'EventListener' && metadata.name === name)
  type Listener = KubeObject & {
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
  }
  const resource = resourceOf({ ...(manifest as unknown as Manifest), metadata: { name, namespace } })
  await eventually(`${name} being ready`, async () => {
    const found = await team.cluster.get<Listener>(resource, { name, namespace })
    return found?.status?.conditions?.some(({ type, status }) => type === 'Available' && status === 'True')
  })
  type Service = KubeObject & { readonly spec: { readonly clusterIP: string } }
  const service = await team.cluster.get<Service>(services, { name: `el-${name}`, namespace })
  return `http://${service?.spec.clusterIP}:8080`
}

type Run = KubeObject & {
  readonly metadata: { readonly generateName?: string }
  readonly spec: { readonly params: readonly { name: string; value: unknown }[] }
}

/** The PipelineRuns that a listener has started by now under that name, as soon as there are so many. */
function runsOf(generateName: string, listenerName: string, count: number): Promise<Run[]> {
  const resource = resourceOf({ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata: { name: '', namespace } })
  const labelSelector = `triggers.tekton.dev/eventlistener=${listenerName}`
  return eventually(`${count} of ${listenerName}`, async () => {
    const { items } = await team.cluster.list<Run>(resource, { namespace, labelSelector })
    const found = items.filter(({ metadata }) => metadata.generateName === generateName)
    return found.length >= count && found
  })
}

function paramsOf(run: Run | undefined): Record<string, unknown> {
  return Object.fromEntries((run?.spec.params ?? []).map(({ name, value }) => [name, value]))
}
