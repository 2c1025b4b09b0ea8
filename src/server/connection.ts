/** One repository, connected: its settings and what speaks to its code host, GitOps repository and registry. */
import type { Repository } from '../api/repository.ts'
import { TronadorError } from '../core/errors.ts'
import { type RepositorySettings, readRepository } from '../core/repository-settings.ts'
import type { GitCredentials, GitTarget } from '../gitops/git.ts'
import type { GitOps } from '../gitops/gitops.ts'
import type { Images } from '../images/images.ts'
import type { RegistryOptions } from '../images/registry.ts'
import type { Cluster, KubeObject } from '../kube/cluster.ts'
import { secrets } from '../kube/resources.ts'
import type { ScmApi } from '../scm/scm.ts'
import { createPipelineRuns, type PipelineRuns } from './pipeline-runs.ts'

/** How the outside is reached; tests put fakes here. */
export interface Adapters {
  readonly openScm: (settings: RepositorySettings, token: string) => ScmApi
  readonly openGitOps: (target: GitTarget) => Promise<GitOps>
  readonly openImages: (options: RegistryOptions) => Images
}

/** A repository that can be worked for. */
export interface Connection {
  readonly settings: RepositorySettings
  readonly scm: ScmApi
  readonly gitops: GitOps
  readonly images: Images
  /** Where the Repository names a pipeline that the server starts. */
  readonly pipelines: PipelineRuns | undefined
}

/** What a repository's Secrets hold. */
interface Credentials {
  readonly token: string
  readonly gitops: GitCredentials
  readonly registry: { readonly username: string; readonly password: string } | undefined
}

/** Makes connections for one repository after another, and keeps one as long as nothing it was made of changes. */
export function createConnector(cluster: Cluster, adapters: Adapters) {
  const made = new Map<string, { readonly of: string; readonly connection: Connection }>()

  return {
    /** Reads the Secrets and connects. Throws `RepositoryInvalid`, `RepositorySecretMissing`, or what the adapters say. */
    async connect(repository: Repository): Promise<Connection> {
      const key = `${repository.metadata.namespace}/${repository.metadata.name}`
      const settings = readRepository(repository)
      const credentials = await readCredentials(cluster, repository, settings)
      const of = JSON.stringify([settings, credentials])
      const existing = made.get(key)
      if (existing?.of === of) return existing.connection
      const connection = await open(cluster, settings, credentials, adapters)
      made.set(key, { of, connection })
      return connection
    },

    /** Forgets a repository that is gone. */
    forget({ metadata }: Repository): void {
      made.delete(`${metadata.namespace}/${metadata.name}`)
    },
  }
}

async function open(
  cluster: Cluster,
  settings: RepositorySettings,
  credentials: Credentials,
  adapters: Adapters,
): Promise<Connection> {
  const { gitops, image, pipeline } = settings.spec
  return {
    settings,
    scm: adapters.openScm(settings, credentials.token),
    gitops: await adapters.openGitOps({ url: gitops.url, branch: gitops.branch, credentials: credentials.gitops }),
    images: adapters.openImages({
      insecure: image.insecure,
      ...(credentials.registry === undefined ? {} : { credentials: credentials.registry }),
    }),
    pipelines: pipeline && createPipelineRuns(cluster, settings, pipeline, secretsIn(credentials)),
  }
}

/**
 * Every form in which a log may hold one of them: as it is, in a URL, in a header, as lines of a key. A key's first and
 * last line are no secret, and stand in everybody's.
 */
function secretsIn({ token, gitops, registry }: Credentials): string[] {
  const accounts = [...(gitops.kind === 'ssh' ? [] : [gitops]), ...(registry ? [registry] : [])]
  const texts = [token, ...accounts.map(({ password }) => password)]
  return [
    ...texts.flatMap((text) => [text, encodeURIComponent(text)]),
    ...accounts.map(({ username, password }) => Buffer.from(`${username}:${password}`).toString('base64')),
    ...(gitops.kind === 'ssh' ? linesOf(gitops.privateKey) : []),
  ]
}

function linesOf(privateKey: string): string[] {
  const lines = privateKey.split('\n').map((line) => line.trim())
  return lines.filter((line) => !line.startsWith('-----'))
}

async function readCredentials(
  cluster: Cluster,
  repository: Repository,
  { spec }: RepositorySettings,
): Promise<Credentials> {
  const namespace = repository.metadata.namespace ?? ''
  const code = await readSecret(cluster, namespace, spec.credentialsRef.name)
  const gitops = await readSecret(cluster, namespace, spec.gitops.credentialsRef.name)
  const registry = spec.image.credentialsRef && (await readSecret(cluster, namespace, spec.image.credentialsRef.name))
  return {
    token: code('token'),
    gitops: /^https?:/.test(spec.gitops.url)
      ? { kind: 'password', username: gitops('username'), password: gitops('password') }
      : { kind: 'ssh', privateKey: gitops('identity'), knownHosts: gitops('known_hosts') },
    registry: registry && { username: registry('username'), password: registry('password') },
  }
}

/**
 * What webhooks of this repository may be signed with: `secret`, and during a change `previous`. Throws
 * `RepositorySecretMissing`.
 */
export async function readWebhookSecrets(cluster: Cluster, repository: Repository): Promise<readonly string[]> {
  const value = await readSecret(cluster, repository.metadata.namespace ?? '', repository.spec.webhookSecretRef.name)
  return [value('secret'), value('previous', '')].filter((secret) => secret !== '')
}

interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>
}

/** Reads one Secret; the function returned gives a key's text, without the line break that editors leave. */
async function readSecret(cluster: Cluster, namespace: string, name: string) {
  const secret = await cluster.get<Secret>(secrets, { namespace, name })
  if (secret === undefined) throw missing(`The Secret ${namespace}/${name} does not exist.`)
  return (key: string, otherwise?: string): string => {
    const value = Buffer.from(secret.data?.[key] ?? '', 'base64')
      .toString('utf8')
      .replace(/\r?\n$/, '')
    if (value !== '') return value
    if (otherwise !== undefined) return otherwise
    throw missing(`The Secret ${namespace}/${name} has no key "${key}".`)
  }
}

function missing(message: string): TronadorError {
  return new TronadorError('RepositorySecretMissing', message)
}
