/**
 * `docs/getting-started.md` from top to bottom, its commands and files as they stand, on an empty cluster with real pods,
 * Flux, a registry and a real Gitea. What a reader puts in is put in: the addresses, and what this machine's Gitea and
 * registry need to be trusted.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type CodeHost, owner, prepareCodeHost, repository } from '../../local/demo/code-host.ts'
import { type Pipeline, startPipeline } from '../../local/demo/pipeline.ts'
import { pushImage } from '../../local/node/images.ts'
import manifest from '../../package.json' with { type: 'json' }
import { collectImage } from '../../scripts/image-layers.ts'
import { environments, namespaces } from '../../src/kube/resources.ts'
import { eventually, gone } from '../environment-operator.ts'
import { blocksOf, openShell, type Shell } from '../page-commands.ts'
import { type InstallCluster, startInstallCluster } from './install-cluster.ts'
import { type Relay, startRelay } from './relay.ts'
import { visit } from './shop.ts'

const page = 'getting-started.md'
/** The host that the page gives the server. */
const serverHost = 'tronador.example.com'
const secret = 'a secret made up for the webhook'

let cluster: InstallCluster
let codeHost: CodeHost
let pipeline: Pipeline | undefined
let shell: Shell
let home: string
const relays: Relay[] = []

describe.skipIf(inject('simulatedPods'))('the page for newcomers', () => {
  beforeAll(async () => {
    cluster = await startInstallCluster()
    const { gitea, host, registry, folder } = cluster
    codeHost = await prepareCodeHost(gitea, folder)
    pipeline = await startPipeline({ codeHost, registry: registry.address, program: await cluster.program('shop') })
    // Pods do not reach the loopback address, and Gitea sends webhooks nowhere else.
    const ingress = `http://127.0.0.1:${cluster.ingress.port}`
    relays.push(
      await startRelay({ to: gitea.url, at: host.address, certificate: host.certificate }),
      await startRelay({ to: ingress, at: '127.0.0.1', host: serverHost }),
    )
    await pushImage({ registry: registry.address, name: 'tronador', tag: manifest.version, ...(await collectImage()) })
    home = await mkdtemp(join(tmpdir(), 'getting-started-'))
    const programs = [await cluster.program('kubectl'), await cluster.program('helm')]
    shell = openShell({ programs, kubeconfig: cluster.kubeconfig, home })
  }, 600_000)
  afterAll(async () => {
    await Promise.all([pipeline?.stop(), ...relays.map((relay) => relay.stop())])
    await cluster?.stop()
    await rm(home, { recursive: true, force: true })
  })

  test('leads from an empty cluster to a preview that goes with its pull request', async () => {
    const [fetchFlux = '', followGitOps, install, connect, look, ...others] = await blocksOf(page, 'sh')
    expect(fetchFlux).toMatch(/^kubectl apply --filename https:\/\/github\.com\/fluxcd\/flux2\/releases\/\S+\n$/)
    expect(others).toEqual([])

    await run(followGitOps)
    expect(await run(install)).toContain('STATUS: deployed')
    const path = (await run(connect)).split('\n').findLast((line) => line !== '') ?? ''
    expect(path).toMatch(/^\/webhooks\//)
    const webhook = { url: `${relays[1]?.url}${path}`, secret, event: 'pull_request' } as const
    await codeHost.admin.createHook(owner, repository, webhook)

    const [configFile = ''] = await blocksOf(page, 'yaml')
    const files = { '.tronador.yaml': configFile }
    const commit = await codeHost.copy.commitAndPush('croissants', 'Sell croissants', files)
    const opened = await codeHost.developer.openPullRequest(owner, repository, {
      head: 'croissants',
      title: 'Croissants',
    })
    const comments = async () =>
      (await codeHost.developer.comments(owner, repository, opened.number)).map(({ body }) => body).join('\n')
    await eventually('the comment that it is ready', async () => (await comments()).includes('Preview is ready'))
    const said = await run(look)
    const [, name = ''] = /^(shop-1-[0-9a-f]{8}) +True/m.exec(said) ?? []
    expect(said).toContain(`Commit:      ${commit}`)
    const url = `http://127.0.0.1:${cluster.ingress.port}/`
    expect((await visit(url, `${name}.localhost:${cluster.ingress.port}`)).text).toContain(commit.slice(0, 10))

    await codeHost.developer.closePullRequest(owner, repository, opened.number)
    await gone(cluster.admin, environments, name)
    await gone(cluster.admin, namespaces, name)
    await eventually('the comment’s last word', async () => (await comments()).includes('Preview removed'))
  })
})

/** Runs a block of the page with what a reader here would put in. */
function run(block = 'false'): Promise<string> {
  const { user, token } = codeHost.tronador
  expect(user).toBe('tronador')
  const putIn: readonly (readonly [string, string])[] = [
    ['https://git.example.com', relays[0]?.url ?? ''],
    ['registry.example.com', cluster.registry.address],
    // Every namespace has this ConfigMap; the certificate here is by the same authority.
    ['helm install tronador', 'helm install tronador --set server.caBundle.configMap=kube-root-ca.crt'],
    ['tag: "{commit}" }', 'tag: "{commit}", insecure: true }'],
    ['interval: 1m', 'interval: 1s'],
  ]
  const commands = putIn.reduce((text, [theirs, ours]) => text.replaceAll(theirs, ours), block)
  return shell(commands, { GITEA_TOKEN: token, WEBHOOK_SECRET: secret })
}
