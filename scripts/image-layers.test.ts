import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { libraryPaths, readConfig } from './image-layers.ts'

test('The image runs what the Dockerfile’s last stage says, as the user it says', () => {
  const config = readConfig(readFileSync(join(import.meta.dirname, '../Dockerfile'), 'utf8'))

  expect(config).toEqual({
    Entrypoint: ['/nodejs/bin/node', '--max-semi-space-size=2', '/app/tronador.js'],
    Env: ['NODE_ENV=production', 'PATH=/nodejs/bin:/usr/bin', 'MALLOC_ARENA_MAX=1', 'MALLOC_TRIM_THRESHOLD_=65536'],
    User: '65532:65532',
    WorkingDir: '/tmp',
    ExposedPorts: { '8080/tcp': {}, '8081/tcp': {} },
  })
})

test('A Dockerfile without a user is not taken', () => {
  expect(() => readConfig('FROM a AS b\nUSER 1\n\nFROM c\nENV A=b\nENTRYPOINT ["/c"]\n')).toThrow(
    'The Dockerfile’s last stage has no USER.',
  )
})

describe('The libraries of a program', () => {
  test('are the loader and all that it finds', () => {
    const listing = `\tlinux-vdso.so.1 (0x00007f5a1d8e8000)
\tlibstdc++.so.6 => /lib/x86_64-linux-gnu/libstdc++.so.6 (0x00007f5a1d600000)
\tlibc.so.6 => /usr/lib/x86_64-linux-gnu/libc.so.6 (0x00007f5a1d33e000)
\t/lib64/ld-linux-x86-64.so.2 (0x00007f5a1d8ea000)
`

    expect(libraryPaths(listing)).toEqual([
      '/lib/x86_64-linux-gnu/libstdc++.so.6',
      '/lib64/ld-linux-x86-64.so.2',
      '/usr/lib/x86_64-linux-gnu/libc.so.6',
    ])
  })

  test('are not taken from where the image’s loader would not look', () => {
    expect(() => libraryPaths('\tlibc.so.6 => /nix/store/glibc/lib/libc.so.6 (0x01)\n')).toThrow(
      'The image is made on Debian or its kin; here Node loads /nix/store/glibc/lib/libc.so.6.',
    )
    expect(() => libraryPaths('\tnot a dynamic executable\n')).toThrow('here Node loads no library.')
  })
})
