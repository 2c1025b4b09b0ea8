/**
 * Argo CD: applies the GitOps repository, as Flux's kustomize-controller does. Its parts are processes of this machine,
 * beside a Redis of their own. Its Go module has no web pages: the API answers, and takes webhooks.
 */

import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import type { Surroundings } from '../cluster.ts'
import type { ControlPlane } from '../control-plane.ts'
import { systemPath } from '../node/command.ts'
import { argoCdNamespace, installArgoCd } from './objects.ts'

/** What is built for it. */
export const argoCdPrograms = ['argocd'] as const

/** An Argo CD that applies repositories. */
export interface ArgoCd {
  /** `http://127.0.0.1:PORT` of its API, which asks nobody who they are; webhooks go to `/api/webhook`. */
  readonly url: string
  /** What signs the webhooks of a Gitea. */
  readonly webhookSecret: string
}

/** Starts it with the configuration that it is delivered with. */
export async function startArgoCd(
  surroundings: Surroundings,
  controlPlane: ControlPlane | Promise<ControlPlane>,
): Promise<ArgoCd> {
  const stage = surroundings.progress.stage('Start Argo CD')
  const webhookSecret = randomBytes(16).toString('hex')
  const { client, kubeconfig } = await controlPlane
  await installArgoCd(surroundings, client, webhookSecret)
  const url = await startParts(surroundings, kubeconfig)
  stage.done(url)
  return { url, webhookSecret }
}

/** One program: which part of it to be, its environment says. Returns the URL of its API. */
async function startParts(surroundings: Surroundings, kubeconfig: string): Promise<string> {
  const { build, start, claims } = surroundings
  const command = await build.binary('argocd')
  // Git asks it for passwords, by its name.
  const env = { ...prepareFolders(surroundings), KUBECONFIG: kubeconfig, PATH: systemPath([dirname(command)]) }
  const part = (name: string, args: readonly string[], ready: () => Promise<boolean>) =>
    start({ name: `argocd-${name}`, command, args, env: { ...env, ARGOCD_BINARY_NAME: `argocd-${name}` }, ready })
  const claim = async () => `127.0.0.1:${await claims.port()}`

  const redis = await startRedis(surroundings)
  const [files, filesMetrics] = [await claim(), await claim()]
  await part(
    'repo-server',
    [
      ...['--redis', redis, '--disable-tls', '--revision-cache-expiration=5s'],
      ...flags('', files),
      ...flags('metrics-', filesMetrics),
    ],
    answers(filesMetrics),
  )

  const shared = ['--namespace', argoCdNamespace, '--repo-server-plaintext']
  const known = [...shared, '--redis', redis, '--repo-server', files]
  const [controller, server, serverMetrics] = [await claim(), await claim(), await claim()]
  const [sets, setsMetrics, setsWebhook] = [await claim(), await claim(), await claim()]
  await Promise.all([
    part('application-controller', [...known, '--metrics-port', portOf(controller)], answers(controller)),
    part(
      'server',
      [...known, ...flags('', server), ...flags('metrics-', serverMetrics), '--insecure', '--disable-auth'],
      answers(server),
    ),
    part(
      'applicationset-controller',
      [
        ...[...shared, '--argocd-repo-server', files, '--probe-addr', sets],
        ...['--metrics-addr', setsMetrics, '--webhook-addr', setsWebhook],
      ],
      () => isOpen(sets),
    ),
  ])
  return `http://${server}`
}

async function startRedis({ start, claims, run }: Surroundings): Promise<string> {
  const port = String(await claims.port())
  const address = `127.0.0.1:${port}`
  await start({
    name: 'argocd-redis',
    command: 'redis-server',
    args: ['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    cwd: run.path,
    ready: () => isOpen(address),
  })
  return address
}

/** Its images bring these folders along. */
function prepareFolders({ run }: Surroundings): Record<string, string> {
  const folder = (name: string) => {
    const path = join(run.path, 'argocd', name)
    mkdirSync(path, { recursive: true, mode: 0o700 })
    return path
  }
  const ssh = folder('ssh')
  writeFileSync(join(ssh, 'ssh_known_hosts'), '')
  return {
    NAMESPACE: argoCdNamespace,
    // The cluster of its kubeconfig is the one it takes for its own.
    ARGOCD_FAKE_IN_CLUSTER: 'true',
    HOSTNAME: 'argocd-application-controller-0',
    ARGOCD_CONTROLLER_REPLICAS: '1',
    HOME: folder('home'),
    TMPDIR: folder('tmp'),
    ARGOCD_APP_CONF_PATH: folder('app'),
    ARGOCD_PLUGINSOCKFILEPATH: folder('plugins'),
    ARGOCD_SSH_DATA_PATH: ssh,
    ARGOCD_TLS_DATA_PATH: folder('tls'),
    ARGOCD_GPG_ENABLED: 'false',
    // Where git's questions are answered; by default all of a machine's Argo CDs share one.
    ARGOCD_ASK_PASS_SOCK: join(folder('ask'), 'pass.sock'),
  }
}

function flags(prefix: string, address: string): string[] {
  return [`--${prefix}address`, '127.0.0.1', `--${prefix}port`, portOf(address)]
}

function portOf(address: string): string {
  return address.split(':')[1] ?? ''
}

function answers(address: string): () => Promise<boolean> {
  return async () => (await fetch(`http://${address}/healthz`)).ok
}

function isOpen(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(portOf(address)), '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
