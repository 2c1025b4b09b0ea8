/** The image that `npm run image` makes. That it works in a pod is in install.test.ts. */
import { beforeAll, expect, test } from 'vitest'
import { buildImage, type Image, packLayer } from '../../local/node/images.ts'
import { collectImage, type ImageParts } from '../../scripts/image-layers.ts'

let parts: ImageParts
let image: Image
beforeAll(async () => {
  parts = await collectImage()
  image = await pack(parts)
})

test('is the same, to the digest, when it is made again', async () => {
  expect((await pack(await collectImage())).manifest.digest).toBe(image.manifest.digest)
})

test('holds no shell and no package manager, and nothing that is more for its user than for others', () => {
  const entries = parts.layers.flat()
  const programs = entries.filter((entry) => entry.kind === 'file' && entry.mode === 0o755).map(({ path }) => path)

  expect(programs.filter((path) => !/\.so(?:\.|$)/.test(path)).toSorted()).toEqual([
    'app/tronador.js',
    'nodejs/bin/node',
    'usr/bin/git',
    'usr/bin/ssh',
    'usr/lib/git-core/git-remote-http',
  ])
  expect(
    entries.filter((entry) => 'mode' in entry && ((entry.mode ?? 0) & 0o7022) !== 0).map(({ path }) => path),
  ).toEqual(['tmp'])
})

test('is fetched in less than 70 MiB, of which a new version of Tronador is less than one', () => {
  const sizes = image.layers.map(({ bytes }) => bytes.length / 2 ** 20)

  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(70)
  expect(sizes.at(-1)).toBeLessThan(1)
})

async function pack({ layers, config }: ImageParts): Promise<Image> {
  return buildImage(await Promise.all(layers.map(packLayer)), config)
}
