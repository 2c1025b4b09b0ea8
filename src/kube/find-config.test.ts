import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findUsersClusterConfig } from './find-config.ts'

let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'find-config-'))
  await mkdir(join(home, '.kube'))
  for (const [file, server] of [
    ['.kube/config', 'https://home.example.com'],
    ['given', 'https://given.example.com'],
    ['first', 'https://first.example.com'],
  ] as const) {
    const config = {
      'current-context': 'a',
      contexts: [{ name: 'a', context: { cluster: 'a' } }],
      clusters: [{ name: 'a', cluster: { server } }],
    }
    await writeFile(join(home, file), JSON.stringify(config))
  }
})
afterAll(() => rm(home, { recursive: true }))

test.each<[string, string | undefined, (home: string) => Record<string, string>, string]>([
  ['the file that is given', 'given', (home) => ({ KUBECONFIG: `${home}/first`, HOME: home }), 'https://given'],
  [
    'the first file of KUBECONFIG',
    undefined,
    (home) => ({ KUBECONFIG: `:${home}/first:/x`, HOME: home }),
    'https://first',
  ],
  ['the file in the home folder', undefined, (home) => ({ HOME: home }), 'https://home'],
])('A person’s cluster is that of %s', async (_, given, env, server) => {
  const file = given === undefined ? undefined : join(home, given)
  expect((await findUsersClusterConfig(file, env(home))).server).toBe(`${server}.example.com`)
})

test('Where there is none the message says what to give', async () => {
  await expect(findUsersClusterConfig(undefined, { HOME: join(home, 'nowhere') })).rejects.toThrow('--kubeconfig FILE')
})
