import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { buildImage, packLayer } from './images.ts'
import { type LayerEntry, packTar } from './tar.ts'

const long = `${'deep/'.repeat(25)}file`
const entries: LayerEntry[] = [
  { kind: 'directory', path: 'srv' },
  { kind: 'file', path: 'srv/hello', content: 'hello\n', mode: 0o755 },
  { kind: 'symlink', path: 'srv/same', target: 'hello' },
  { kind: 'file', path: long, content: 'far down' },
]

test('tar reads what was packed: names, modes, owners, dates and long paths', () => {
  const listing = execFileSync('tar', ['-tv', '--numeric-owner', '--utc'], {
    input: packTar(entries),
    encoding: 'utf8',
  })
  expect(listing.split('\n').map((line) => line.replace(/ +/g, ' '))).toEqual([
    'drwxr-xr-x 0/0 0 1970-01-01 00:00 srv/',
    '-rwxr-xr-x 0/0 6 1970-01-01 00:00 srv/hello',
    'lrwxrwxrwx 0/0 0 1970-01-01 00:00 srv/same -> hello',
    `-rw-r--r-- 0/0 8 1970-01-01 00:00 ${long}`,
    '',
  ])
  const content = execFileSync('tar', ['-xO', long], { input: packTar(entries), encoding: 'utf8' })
  expect(content).toBe('far down')
})

test('the same entries give the same layer', async () => {
  const [once, again] = [await packLayer(entries), await packLayer(entries)]
  expect(again.digest).toBe(once.digest)
  expect(once.diffId).toBe(`sha256:${createHash('sha256').update(gunzipSync(once.bytes)).digest('hex')}`)
})

test('the manifest names its configuration and its layers by digest and size', async () => {
  const layer = await packLayer(entries)
  const image = buildImage([layer], { Entrypoint: ['/srv/hello'] })
  expect(JSON.parse(image.manifest.bytes.toString())).toEqual({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: image.config.digest,
      size: image.config.bytes.length,
    },
    layers: [
      { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: layer.digest, size: layer.bytes.length },
    ],
  })
  expect(JSON.parse(image.config.bytes.toString())).toMatchObject({
    os: 'linux',
    config: { Entrypoint: ['/srv/hello'] },
    rootfs: { type: 'layers', diff_ids: [layer.diffId] },
  })
})
