/** Where an image lies, by the rules of the OCI distribution protocol. */
import { TronadorError } from '../core/errors.ts'
import type { ImageReference } from './images.ts'

/** An image's place: which host to ask, for which repository and tag. All three are safe in a URL. */
export interface ImageLocation {
  /** Host with port. */
  readonly host: string
  readonly repository: string
  readonly tag: string
}

const hostPattern = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/
const repositoryPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/

/**
 * Where to ask for the image. A name without a registry's host is Docker Hub's (`acme/shop`, `nginx`). Throws
 * `ImageReferenceInvalid`.
 */
export function locateImage({ name, tag }: ImageReference): ImageLocation {
  const [first = '', ...rest] = name.split('/')
  const namesHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost')
  const host = namesHost && first !== 'docker.io' ? first : 'registry-1.docker.io'
  const path = namesHost ? rest.join('/') : name
  const repository = host === 'registry-1.docker.io' && !path.includes('/') ? `library/${path}` : path
  if (!hostPattern.test(host)) throw invalid(`"${first.slice(0, 100)}" is no registry's host`)
  if (!repositoryPattern.test(repository)) throw invalid(`"${path.slice(0, 200)}" is no image's name`)
  if (!tagPattern.test(tag)) throw invalid(`"${tag.slice(0, 150)}" is no tag`)
  return { host, repository, tag }
}

function invalid(why: string): TronadorError {
  return new TronadorError('ImageReferenceInvalid', `The image cannot be looked for: ${why}.`)
}
