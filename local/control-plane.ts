/**
 * etcd, the API server and the controller manager: a Kubernetes without nodes. Certificates, tokens and keys are made
 * anew for each run and live in its folder.
 */

import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { get as getSecurely } from 'node:https'
import { join } from 'node:path'
import { type ClusterClient, createClient } from '../src/kube/client.ts'
import { loadKubeconfig } from '../src/kube/kubeconfig.ts'
import { serviceAccounts } from '../src/kube/resources.ts'
import type { Surroundings } from './cluster.ts'
import { kubeconfigText } from './kubeconfig-file.ts'
import { createPki } from './pki.ts'
import { waitUntil } from './process.ts'

/** Name of the one node, where there is one. */
export const nodeName = 'node'

/** User and groups of everyone who has a token of their own. */
const identities = {
  admin: { user: 'admin', groups: 'system:masters' },
  kubelet: { user: `system:node:${nodeName}`, groups: 'system:nodes' },
  'kube-proxy': { user: 'system:kube-proxy', groups: '' },
  'kube-scheduler': { user: 'system:kube-scheduler', groups: '' },
} as const

/** Who may speak to the API server with a token of its own. */
export type Identity = keyof typeof identities

/** A control plane that answers. */
export interface ControlPlane {
  /** `https://HOST:PORT`. */
  readonly server: string
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string
  /** Client with the administrator's rights. */
  readonly client: ClusterClient
  /** Folder of certificates and keys; its files are listed in `pki.ts`. */
  readonly pki: string
  /** Path of a kubeconfig for one of the node's programs. */
  kubeconfigOf(identity: Identity): string
}

/** Where the control plane of a cluster with a node is reached from; without it: loopback alone. */
export interface Addresses {
  /** Address of the host's end of the pair that leads to the node: the API server listens here. */
  readonly host: string
  /** The node's own address, for the kubelet's certificate. */
  readonly node: string
  /** CIDR of the cluster's Services. */
  readonly services: string
}

/** Starts etcd and the API server; resolves when it serves requests. */
export async function startApi(surroundings: Surroundings, addresses?: Addresses): Promise<ControlPlane> {
  const stage = surroundings.progress.stage('Start the API server')
  const folder = join(surroundings.run.path, 'control-plane')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const pki = await createPki(surroundings, addresses)
  const etcd = await startEtcd(surroundings, folder)
  const controlPlane = await startApiServer(surroundings, { folder, etcd, pki, addresses })
  stage.done(controlPlane.server)
  return controlPlane
}

/**
 * Returns the URL etcd is reached at: a socket in the run's folder, so that no one else on the machine can. etcd wants
 * its URLs in the form `unix://NAME:PORT` and makes the file `NAME:PORT` in its working folder of it.
 */
async function startEtcd({ build, start }: Surroundings, folder: string): Promise<string> {
  const [clients, peers] = ['clients:0', 'peers:0']
  await start({
    name: 'etcd',
    command: await build.binary('etcd'),
    cwd: folder,
    args: [
      '--data-dir=etcd',
      `--listen-client-urls=unix://${clients}`,
      `--advertise-client-urls=unix://${clients}`,
      `--listen-peer-urls=unix://${peers}`,
      `--initial-advertise-peer-urls=unix://${peers}`,
      `--initial-cluster=default=unix://${peers}`,
      // The data dies with the run: waiting for the disk would protect nothing.
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
    ready: () => isHealthy(join(folder, clients)),
  })
  return `unix://${join(folder, clients)}`
}

function isHealthy(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ socketPath, path: '/health' }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    request.once('error', () => resolve(false))
  })
}

async function startApiServer(
  { build, start, claims, onStop }: Surroundings,
  at: {
    readonly folder: string
    readonly etcd: string
    readonly pki: string
    readonly addresses: Addresses | undefined
  },
): Promise<ControlPlane> {
  const host = at.addresses?.host ?? '127.0.0.1'
  const port = await claims.port()
  const server = `https://${host}:${port}`
  const kubeconfigs = writeIdentities(at.folder, at.pki, server)
  const client = createClient(await loadKubeconfig(kubeconfigs.admin), { userAgent: 'local-cluster' })
  onStop(() => client.close())
  await start({
    name: 'kube-apiserver',
    command: await build.binary('kube-apiserver'),
    args: [
      `--etcd-servers=${at.etcd}`,
      `--bind-address=${host}`,
      `--secure-port=${port}`,
      // Published as the endpoint of Service `kubernetes`; must not be loopback, and without a node no one goes there.
      `--advertise-address=${at.addresses?.host ?? '192.0.2.1'}`,
      `--service-cluster-ip-range=${at.addresses?.services ?? '10.96.0.0/16'}`,
      `--cert-dir=${at.pki}`,
      `--tls-cert-file=${join(at.pki, 'apiserver.crt')}`,
      `--tls-private-key-file=${join(at.pki, 'apiserver.key')}`,
      `--client-ca-file=${join(at.pki, 'ca.crt')}`,
      `--token-auth-file=${join(at.folder, 'tokens.csv')}`,
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      '--allow-privileged=true',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${join(at.pki, 'sa.pub')}`,
      `--service-account-signing-key-file=${join(at.pki, 'sa.key')}`,
      ...(at.addresses === undefined ? [] : kubeletFlags(at.pki)),
    ],
    ready: async () => (await client.get(serviceAccounts, { namespace: 'default', name: 'none' })) === undefined,
  })
  return {
    server,
    client,
    pki: at.pki,
    kubeconfig: kubeconfigs.admin,
    kubeconfigOf: (identity) => kubeconfigs[identity],
  }
}

function kubeletFlags(pki: string): string[] {
  return [
    `--kubelet-client-certificate=${join(pki, 'kubelet-client.crt')}`,
    `--kubelet-client-key=${join(pki, 'kubelet-client.key')}`,
    `--kubelet-certificate-authority=${join(pki, 'ca.crt')}`,
    '--kubelet-preferred-address-types=InternalIP',
  ]
}

/** Gives everyone a token: the API server's list of them, and one kubeconfig each. Returns the kubeconfigs' paths. */
function writeIdentities(folder: string, pki: string, server: string): Record<Identity, string> {
  const lines: string[] = []
  const paths = Object.entries(identities).map(([name, { user, groups }]) => {
    const token = randomBytes(24).toString('hex')
    const path = join(folder, `${name}.kubeconfig`)
    lines.push(`${token},${user},${user},"${groups}"`)
    writeFileSync(path, kubeconfigText({ server, caFile: join(pki, 'ca.crt'), token }), { mode: 0o600 })
    return [name, path]
  })
  writeFileSync(join(folder, 'tokens.csv'), `${lines.join('\n')}\n`, { mode: 0o600 })
  return Object.fromEntries(paths) as Record<Identity, string>
}

function isReady(server: string, ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = getSecurely(`${server}/readyz`, { ca: readFileSync(ca) }, (answer) => {
      answer.resume()
      resolve(answer.statusCode === 200)
    })
    request.once('error', () => resolve(false))
  })
}

/**
 * Starts the controller manager; resolves when its controllers work. Only ever after the API server is ready: one that
 * finds none waits for seconds before it looks again.
 */
export async function startControllers(
  { build, start, progress }: Surroundings,
  { server, kubeconfig, pki, client }: ControlPlane,
): Promise<void> {
  const stage = progress.stage('Start the controller manager')
  // It gives up after ten seconds, and on a busy machine the API server answers requests long before it is complete.
  await waitUntil('The API server’s readiness', () => isReady(server, join(pki, 'ca.crt')))
  await start({
    name: 'kube-controller-manager',
    command: await build.binary('kube-controller-manager'),
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--authentication-kubeconfig=${kubeconfig}`,
      `--authorization-kubeconfig=${kubeconfig}`,
      `--service-account-private-key-file=${join(pki, 'sa.key')}`,
      `--root-ca-file=${join(pki, 'ca.crt')}`,
      '--use-service-account-credentials=false',
      '--controllers=*,-nodeipam',
      '--leader-elect=false',
      '--secure-port=0',
    ],
    // Every namespace gets this account from it: once the first one is there, its controllers run.
    ready: async () => (await client.get(serviceAccounts, { namespace: 'default', name: 'default' })) !== undefined,
  })
  stage.done()
}
