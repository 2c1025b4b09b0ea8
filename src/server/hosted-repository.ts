/** One `Repository` as the server holds it: its connection, its pull requests, its webhook's secrets. */
import type { Repository } from '../api/repository.ts'
import { identityText, type RepositoryIdentity, repositoryIdentity } from '../core/identity.ts'
import type { Connection } from './connection.ts'
import { createPullRequestMemory, type PullRequestMemory } from './pull-request-memory.ts'

export interface HostedRepository {
  /** `namespace/name`. */
  readonly key: string
  /** The object as last seen. */
  object: Repository
  /** Whose pull requests these are; undefined where the object's URL is none. */
  identity: RepositoryIdentity | undefined
  /** Undefined until connected, and again after a credential was refused or the object changed. */
  connection: Connection | undefined
  readonly pulls: Map<number, PullRequestMemory>
  /** Numbers of the pull requests that are being prepared now: each holds a place. */
  readonly rising: Set<number>
  /** What the sweep before held back. */
  heldBefore: readonly number[] | undefined
  /** The webhook's secrets and when they were read, in milliseconds since 1970. */
  webhookSecrets: { readonly values: Promise<readonly string[]>; readonly at: number } | undefined
}

export function createHostedRepository(key: string, object: Repository): HostedRepository {
  return {
    key,
    object,
    identity: identityOf(object),
    connection: undefined,
    pulls: new Map(),
    rising: new Set(),
    heldBefore: undefined,
    webhookSecrets: undefined,
  }
}

/** Takes a newer object over: what was made of the old one is made again. */
export function replaceObject(hosted: HostedRepository, object: Repository): void {
  const identity = identityOf(object)
  // Another repository's pull requests are others, though their numbers are the same.
  if (pullKey({ identity }, 0) !== pullKey(hosted, 0)) hosted.pulls.clear()
  hosted.object = object
  hosted.identity = identity
  hosted.connection = undefined
  hosted.webhookSecrets = undefined
}

/**
 * The repository's connection, made where there is none. It is kept only while the object is the one it was made of:
 * connecting takes time, and a newer object may have come meanwhile.
 */
export async function connectionOf(
  hosted: HostedRepository,
  connect: (repository: Repository) => Promise<Connection>,
): Promise<Connection> {
  if (hosted.connection !== undefined) return hosted.connection
  const { generation } = hosted.object.metadata
  const connection = await connect(hosted.object)
  if (hosted.object.metadata.generation === generation) hosted.connection = connection
  return connection
}

function identityOf({ spec }: Repository): RepositoryIdentity | undefined {
  try {
    return repositoryIdentity(spec.url)
  } catch {
    // The sweep says what is wrong with it.
    return undefined
  }
}

/** By what a pull request and its environment find each other; code hosts ignore case, and so does this. */
export function pullKey({ identity }: Pick<HostedRepository, 'identity'>, number: number): string | undefined {
  return identity && changeKey(identityText(identity), number)
}

/** The same for the `spec.change` of an environment. */
export function changeKey(repository: string, number: number): string {
  return `${repository.toLowerCase()}#${number}`
}

/** The memory of one pull request, made where there is none. */
export function memoryOf(hosted: HostedRepository, number: number): PullRequestMemory {
  const known = hosted.pulls.get(number)
  if (known !== undefined) return known
  const memory = createPullRequestMemory()
  hosted.pulls.set(number, memory)
  return memory
}

/** Where the code host's webhook points. */
export function webhookPath({ metadata }: Repository): string {
  return `/webhooks/${metadata.namespace}/${metadata.name}`
}
