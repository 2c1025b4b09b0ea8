import { expect, test } from 'vitest'
import { readRepository } from '../core/repository-settings.ts'
import { ownFiles, readOwnFile } from './own-files.ts'
import { earlierFile } from './testing/earlier-file.ts'
import { repositorySpec } from './testing/rehearsal.ts'

const settings = readRepository({
  apiVersion: 'tronador.stakater.com/v1alpha1',
  kind: 'Repository',
  metadata: { name: 'shop' },
  spec: repositorySpec({}),
})
const kind = 'EnvironmentProvisioner'
const elsewhere = 'https://git.example.com/acme/other.git'

test.each([
  ['its repository’s clone URL', 'https://git.example.com/acme/shop.git'],
  ['its repository’s URL in capitals', 'https://git.example.com/Acme/Shop'],
  ['its repository’s ssh URL', 'git@git.example.com:acme/shop.git'],
])('A file of the original Tronador is the pull request’s whose path it has, by %s', (_, url) => {
  expect(readOwnFile(earlierFile({ kind, url }), settings, 7)?.name).toBe('shop-old-7')
})

test('By the name that we would give it, too, whatever its chart', () => {
  const file = (name: string) => earlierFile({ kind, name, url: elsewhere })
  expect(readOwnFile(file('shop-7-19f53e97'), settings, 7)?.name).toBe('shop-7-19f53e97')
  expect(readOwnFile(file('shop-7-19f53e97'), settings, 8)).toBeUndefined()
  expect(readOwnFile(file('shop-7'), settings, 7)).toBeUndefined()
})

test('A file that names its pull request is that one’s alone', () => {
  const change = { repository: 'git.example.com/acme/shop', number: 8, commit: 'a'.repeat(40) }
  const text = earlierFile({ kind: 'Environment', change })
  expect(readOwnFile(text, settings, 7)).toBeUndefined()
  expect(readOwnFile(text, settings, 8)?.name).toBe('shop-old-7')
})

test('Only files at a pull request’s own path are the repository’s', () => {
  const files = new Map([
    ['acme/shop/pr-7.yaml', earlierFile({ kind })],
    ['acme/shop/pr-8.yaml', earlierFile({ kind, url: elsewhere })],
    ['acme/shop/older/pr-9.yaml', earlierFile({ kind })],
    ['acme/shop/kustomization.yaml', 'resources: [pr-7.yaml]'],
  ])
  expect([...ownFiles(files, settings).keys()]).toEqual([7])
})
