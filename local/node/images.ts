/** Builds OCI images from files and pushes them to a registry over plain HTTP: all the tool a local image needs. */

import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type LayerEntry, packTar } from './tar.ts'

/** What a container of the image runs, in the words of the OCI image configuration. */
export interface ImageConfig {
  readonly Entrypoint?: readonly string[]
  readonly Cmd?: readonly string[]
  /** `NAME=value`. */
  readonly Env?: readonly string[]
  readonly User?: string
  readonly WorkingDir?: string
  readonly ExposedPorts?: Readonly<Record<string, Record<string, never>>>
  readonly Labels?: Readonly<Record<string, string>>
}

/** One blob of an image, with the digest it is known by. */
export interface Blob {
  /** `sha256:…` of the bytes. */
  readonly digest: string
  readonly bytes: Buffer
}

/** An image that is ready to be pushed. */
export interface Image {
  readonly manifest: Blob
  readonly config: Blob
  readonly layers: readonly Blob[]
}

/** Digest and bytes of a packed layer: keep it to push the same base many times without packing it again. */
export interface Layer extends Blob {
  /** Digest of the archive before compression. */
  readonly diffId: string
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json'

/** Packs one layer. */
export function packLayer(entries: readonly LayerEntry[]): Promise<Layer> {
  return pack(entries, 1)
}

/** The same without compressing it: for what is large and goes no further than this machine. */
export function storeLayer(entries: readonly LayerEntry[]): Promise<Layer> {
  return pack(entries, 0)
}

async function pack(entries: readonly LayerEntry[], level: 0 | 1): Promise<Layer> {
  const archive = packTar(entries)
  const bytes = await promisify(gzip)(archive, { level })
  return { digest: digestOf(bytes), diffId: digestOf(archive), bytes }
}

/** Puts layers together: the lowest first. */
export function buildImage(layers: readonly Layer[], config: ImageConfig): Image {
  const configBlob = jsonBlob({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config,
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
  })
  const manifest = jsonBlob({
    schemaVersion: 2,
    mediaType: manifestType,
    config: describe('application/vnd.oci.image.config.v1+json', configBlob),
    layers: layers.map((layer) => describe('application/vnd.oci.image.layer.v1.tar+gzip', layer)),
  })
  return { manifest, config: configBlob, layers }
}

/**
 * Builds an image and pushes it, sending only the blobs that the registry lacks.
 * @returns the image by digest, `REGISTRY/NAME@sha256:…`.
 * @throws when the registry refuses, with its answer.
 */
export async function pushImage(options: {
  /** `host:port`. */
  readonly registry: string
  readonly name: string
  readonly tag: string
  readonly layers: readonly (Layer | readonly LayerEntry[])[]
  readonly config: ImageConfig
}): Promise<string> {
  const layers = await Promise.all(options.layers.map((layer) => ('digest' in layer ? layer : packLayer(layer))))
  const image = buildImage(layers, options.config)
  const repository = `http://${options.registry}/v2/${options.name}`
  await Promise.all([...image.layers, image.config].map((blob) => pushBlob(repository, blob)))
  // The manifest goes last: the registry takes none whose blobs it does not have.
  await request(`${repository}/manifests/${options.tag}`, 'PUT', image.manifest.bytes, manifestType)
  return `${options.registry}/${options.name}@${image.manifest.digest}`
}

async function pushBlob(repository: string, blob: Blob): Promise<void> {
  const known = await fetch(`${repository}/blobs/${blob.digest}`, { method: 'HEAD' })
  if (known.ok) return
  const upload = await request(`${repository}/blobs/uploads/`, 'POST')
  const place = new URL(upload.headers.get('location') ?? '', repository)
  place.searchParams.set('digest', blob.digest)
  await request(place.href, 'PUT', blob.bytes, 'application/octet-stream')
}

async function request(url: string, method: string, body?: Buffer, type?: string): Promise<Response> {
  const response = await fetch(url, {
    method,
    ...(body === undefined ? {} : { body: new Uint8Array(body) }),
    ...(type === undefined ? {} : { headers: { 'content-type': type } }),
  })
  if (response.ok) return response
  throw new Error(`The registry answered ${response.status} to ${method} ${url}: ${await response.text()}`)
}

function jsonBlob(value: unknown): Blob {
  const bytes = Buffer.from(JSON.stringify(value))
  return { digest: digestOf(bytes), bytes }
}

function describe(mediaType: string, blob: Blob): { mediaType: string; digest: string; size: number } {
  return { mediaType, digest: blob.digest, size: blob.bytes.length }
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
