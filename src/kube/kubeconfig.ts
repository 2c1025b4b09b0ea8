/** Where the API server is and who we are: read from a kubeconfig file or from a pod's own service account. */
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'

/** All that is needed to talk to one API server. PEM texts, not file names. */
export interface ClusterConfig {
  /** Base URL, with scheme and port. */
  readonly server: string
  /** Certificates that may sign the server's; absent: those the machine trusts. */
  readonly ca?: string
  /** Accept any server certificate. For throw-away clusters only. */
  readonly insecure?: boolean
  /** Name to expect in the server's certificate, when it is not the URL's host. */
  readonly serverName?: string
  readonly clientCertificate?: string
  readonly clientKey?: string
  readonly token?: string
  /** File that holds the token and may change at any time: it is read again every minute and after a 401. */
  readonly tokenFile?: string
  /** Namespace the context names. */
  readonly namespace?: string
}

/** A kubeconfig that cannot be used. The message names the file, the fault and the mend. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError'
}

/** Reads a kubeconfig file: the current context, or the one named. Relative file names are relative to the file. */
export async function loadKubeconfig(given: string, contextName?: string): Promise<ClusterConfig> {
  const path = resolve(given)
  const file = asRecord(parseYaml(path, await readText(path, `the kubeconfig ${path}`)))
  const { clusterName, userName, namespace } = chooseContext(path, file, contextName)
  const cluster = asRecord(named(path, file, 'clusters', 'cluster', clusterName))
  const user = userName === undefined ? {} : asRecord(named(path, file, 'users', 'user', userName))
  refuseUnsupportedUser(path, user, userName)

  const server = text(cluster.server)
  if (server === undefined) {
    throw new KubeconfigError(`${path}: cluster "${clusterName}" has no server; add clusters[].cluster.server`)
  }
  const pem = (holder: Record<string, unknown>, key: string) => readPem(path, holder, key)
  const tokenFile = text(user.tokenFile)
  return withoutUndefined({
    server,
    ca: await pem(cluster, 'certificate-authority'),
    insecure: cluster['insecure-skip-tls-verify'] === true,
    serverName: text(cluster['tls-server-name']),
    clientCertificate: await pem(user, 'client-certificate'),
    clientKey: await pem(user, 'client-key'),
    token: text(user.token),
    tokenFile: tokenFile === undefined ? undefined : resolve(dirname(path), tokenFile),
    namespace,
  })
}

/** The folder where every pod finds its service account. */
const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount'

/** What a pod knows of its API server. The token file is rotated by the kubelet and read again by the client. */
export async function inClusterConfig(address: {
  /** `KUBERNETES_SERVICE_HOST`. */
  readonly host: string
  /** `KUBERNETES_SERVICE_PORT`. */
  readonly port: string
  readonly folder?: string
}): Promise<ClusterConfig> {
  const folder = address.folder ?? serviceAccountFolder
  const readOwn = (name: string) => readText(`${folder}/${name}`, `the pod’s own ${folder}/${name}`)
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  return {
    server: `https://${host}:${address.port}`,
    ca: await readOwn('ca.crt'),
    tokenFile: `${folder}/token`,
    namespace: (await readOwn('namespace')).trim(),
  }
}

function chooseContext(path: string, file: Record<string, unknown>, wanted: string | undefined) {
  const name = wanted ?? text(file['current-context'])
  if (name === undefined) {
    throw new KubeconfigError(`${path}: no current-context; set one with "kubectl config use-context NAME"`)
  }
  const context = asRecord(named(path, file, 'contexts', 'context', name))
  const clusterName = text(context.cluster)
  if (clusterName === undefined) throw new KubeconfigError(`${path}: context "${name}" names no cluster; add one`)
  return { clusterName, userName: text(context.user), namespace: text(context.namespace) }
}

function named(path: string, file: Record<string, unknown>, list: string, key: string, name: string): unknown {
  const entries = Array.isArray(file[list]) ? file[list] : []
  const entry = entries.map(asRecord).find((candidate) => candidate.name === name)
  if (entry === undefined) throw new KubeconfigError(`${path}: ${list} has no entry named "${name}"; add it`)
  return entry[key]
}

function refuseUnsupportedUser(path: string, user: Record<string, unknown>, name: string | undefined): void {
  for (const key of ['exec', 'auth-provider', 'username']) {
    if (user[key] !== undefined) {
      throw new KubeconfigError(
        `${path}: user "${name}" signs in by "${key}", which is not supported; use a token, a token file or a client certificate`,
      )
    }
  }
}

async function readPem(path: string, holder: Record<string, unknown>, key: string): Promise<string | undefined> {
  const data = text(holder[`${key}-data`])
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8')
  const named = text(holder[key])
  if (named === undefined) return undefined
  const file = resolve(dirname(path), named)
  return await readText(file, `${file}, the ${key} of ${path}`)
}

async function readText(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : cause
    const reason = code === 'ENOENT' ? 'there is no such file' : code
    throw new KubeconfigError(`cannot read ${what}: ${reason}; check the path and its permissions`, { cause })
  }
}

function parseYaml(path: string, content: string): unknown {
  try {
    return parse(content)
  } catch (cause) {
    throw new KubeconfigError(`${path} is not YAML: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function withoutUndefined<T extends object>(value: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T
}
