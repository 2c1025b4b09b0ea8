/** Where an image lies, by the rules of the OCI distribution protocol. */
import { checkImage } from '../core/change.ts'
import type { ImageReference } from './images.ts'

/** An image's place: which host to ask, for which repository and tag. All three are safe in a URL. */
export interface ImageLocation {
  /** Host with port. */
  readonly host: string
  readonly repository: string
  readonly tag: string
}

const dockerHub = 'registry-1.docker.io'

/**
 * Where to ask for the image. A name without a registry's host is Docker Hub's (`acme/shop`, `nginx`). Throws
 * `ImageReferenceInvalid`.
 */
export function locateImage(image: ImageReference): ImageLocation {
  const { name, tag } = checkImage(image)
  const [first = '', ...rest] = name.split('/')
  const namesHost = rest.length > 0 && /[.:]|^localhost$|[A-Z]/.test(first)
  if (namesHost && first !== 'docker.io') return { host: first, repository: rest.join('/'), tag }
  const repository = namesHost ? rest.join('/') : name
  return { host: dockerHub, repository: repository.includes('/') ? repository : `library/${repository}`, tag }
}
