/**
 * A registry that speaks the OCI distribution protocol (Docker Registry API v2): `HEAD` of the tag's manifest, and
 * where the registry asks for it a bearer token from its token service, or basic auth.
 */
import { TronadorError } from '../core/errors.ts'
import { createHttpHost, type HttpAnswer, HttpFailure, type HttpHost } from '../http/bounded-http.ts'
import { parseChallenge } from './challenge.ts'
import type { ImageReference, Images } from './images.ts'
import { locateImage } from './reference.ts'

/** How registries are asked. */
export interface RegistryOptions {
  /** Plain HTTP. */
  readonly insecure: boolean
  readonly credentials?: { readonly username: string; readonly password: string }
}

const limits = { timeout: 15_000, maxBytes: 256 * 1024 } as const

/** Every kind of manifest: a registry may deny a tag whose manifest is of a kind that was not asked for. */
const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

/** Asks registries with one set of credentials. */
export function createRegistry(options: RegistryOptions): Images {
  return {
    async exists(image) {
      const { host, repository, tag } = locateImage(image)
      const registry = hostAt(`${options.insecure ? 'http' : 'https'}://${host}`)
      const path = `/v2/${repository}/manifests/${tag}`
      const first = await head(registry, path, undefined)
      if (first.status !== 401) return judge(image, first)
      const authorization = await authorize(registry, first, options, image)
      return judge(image, await head(registry, path, authorization))
    },
  }
}

function hostAt(baseUrl: string): HttpHost {
  return createHttpHost({ baseUrl, headers: { 'user-agent': 'tronador' }, ...limits })
}

function head(host: HttpHost, path: string, authorization: string | undefined): Promise<HttpAnswer> {
  const headers = { accept: manifestTypes, ...(authorization === undefined ? {} : { authorization }) }
  return send(host, () => host.send({ method: 'HEAD', path, headers }))
}

function judge(image: ImageReference, answer: HttpAnswer): boolean {
  if (answer.status === 200) return true
  if (answer.status === 404) return false
  if (answer.status === 401 || answer.status === 403) throw unauthorized(image, `it answered ${answer.status}`)
  throw new TronadorError('RegistryUnavailable', `The registry of ${image.name} answered ${answer.status}.`)
}

/** The `Authorization` that the registry's challenge asks for. */
async function authorize(
  registry: HttpHost,
  answer: HttpAnswer,
  options: RegistryOptions,
  image: ImageReference,
): Promise<string> {
  const challenge = parseChallenge(answer.headers['www-authenticate'] ?? '')
  const basic = options.credentials && basicAuthorization(options.credentials)
  if (challenge?.scheme === 'basic' && basic !== undefined) return basic
  if (challenge?.scheme !== 'bearer') throw unauthorized(image, 'it wants credentials, and none that fit are given')
  const { repository } = locateImage(image)
  return fetchToken(registry, challenge.parameters, repository, basic, image)
}

/**
 * Asks the token service that the registry names. Credentials go there over TLS, or where it is the registry
 * itself; a registry without TLS, which anybody on the way can speak for, cannot send them elsewhere at all.
 */
async function fetchToken(
  registry: HttpHost,
  parameters: Readonly<Record<string, string>>,
  repository: string,
  basic: string | undefined,
  image: ImageReference,
): Promise<string> {
  const realm = URL.parse(parameters.realm ?? '')
  const isOwn = realm !== null && realm.origin === registry.origin
  if (!isOwn && (realm?.protocol !== 'https:' || !registry.origin.startsWith('https:'))) {
    throw unauthorized(image, 'its token service is elsewhere, and one of the two has no https address')
  }
  const service = hostAt(realm.origin)
  const query = {
    ...Object.fromEntries(realm.searchParams),
    ...(parameters.service === undefined ? {} : { service: parameters.service }),
    scope: `repository:${repository}:pull`,
  }
  const headers = basic === undefined ? {} : { authorization: basic }
  const answer = await send(service, () => service.send({ method: 'GET', path: realm.pathname, query, headers }))
  if (answer.status !== 200) throw unauthorized(image, `its token service answered ${answer.status}`)
  return `Bearer ${tokenIn(answer.body, image)}`
}

function tokenIn(body: Buffer, image: ImageReference): string {
  try {
    const answer = JSON.parse(body.toString('utf8')) as { token?: unknown; access_token?: unknown } | null
    const token = answer?.token ?? answer?.access_token
    if (typeof token === 'string' && token !== '') return token
  } catch {
    // No JSON is no token: said below.
  }
  throw unauthorized(image, 'its token service gave no token')
}

function basicAuthorization({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

async function send(host: HttpHost, ask: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
  try {
    return await ask()
  } catch (cause) {
    if (!(cause instanceof HttpFailure)) throw cause
    throw new TronadorError('RegistryUnavailable', `The registry at ${host.origin} cannot be used: ${cause.message}.`, {
      cause,
    })
  }
}

function unauthorized(image: ImageReference, why: string): TronadorError {
  return new TronadorError('RegistryUnauthorized', `The registry of ${image.name} refuses: ${why}.`)
}
