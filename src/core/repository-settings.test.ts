import { expect, test } from 'vitest'
import type { Repository } from '../api/repository.ts'
import { environmentPath, environmentsFolder, imageTag, pullRequestAt, readRepository } from './repository-settings.ts'

function repository(change: (spec: Record<string, unknown>) => void = () => {}): Repository {
  const spec = {
    provider: 'gitea',
    url: 'https://git.example.com/acme/shop',
    credentialsRef: { name: 'token' },
    webhookSecretRef: { name: 'webhook' },
    gitops: { url: 'https://git.example.com/acme/previews.git', credentialsRef: { name: 'gitops' } },
    image: { name: 'registry.example.com/shop' },
  }
  change(spec)
  return {
    apiVersion: 'tronador.stakater.com/v1alpha1',
    kind: 'Repository',
    metadata: { name: 'shop', namespace: 'tronador-system' },
    spec,
  } as never
}

test('what is not said has its default', () => {
  const settings = readRepository(repository())

  expect(settings).toMatchObject({
    identityText: 'git.example.com/acme/shop',
    cloneUrl: 'https://git.example.com/acme/shop.git',
    imageWait: 30 * 60_000,
    resync: 5 * 60_000,
  })
  expect(environmentPath(settings, 7)).toBe('acme/shop/pr-7.yaml')
  expect(environmentsFolder(settings)).toBe('acme/shop')
  expect(imageTag(settings, { number: 7, commit: 'a'.repeat(40), branch: 'b' })).toBe('a'.repeat(40))
})

test('a pipeline that is ours to start needs a tag of its own for each commit', () => {
  const pipeline = { namespace: 'previews', run: { pipelineRef: { name: 'build' } } }
  const withTag = (tag: string) =>
    readRepository(repository((spec) => Object.assign(spec, { pipeline, image: { name: 'shop', tag } })))

  expect(withTag('pr-{number}-{shortCommit}').spec.image.tag).toBe('pr-{number}-{shortCommit}')
  expect(() => withTag('pr-{number}')).toThrow(
    'The field spec.image.tag cannot be used: it holds neither {commit} nor {shortCommit}, so that a pipeline would build the first commit alone.',
  )
})

test('a code host on this very machine may do without TLS', () => {
  const settings = readRepository(repository((spec) => Object.assign(spec, { url: 'http://127.0.0.1:3000/acme/shop' })))
  expect(settings.cloneUrl).toBe('http://127.0.0.1:3000/acme/shop.git')
})

test.each([
  ['previews/pr-{number}.yaml', 'previews'],
  ['{name}.yaml', ''],
  ['a/{number}/b/{owner}.yaml', 'a'],
  ['a/{owner}/x-{repository}/{name}.yaml', 'a/acme/x-shop'],
])('the environments of %s lie below "%s"', (path, folder) => {
  const settings = readRepository(repository((spec) => Object.assign(spec.gitops as object, { path })))
  expect(environmentsFolder(settings)).toBe(folder)
})

test.each([
  ['{owner}/{repository}/pr-{number}.yaml', 'acme/shop/pr-7.yaml', 7],
  ['{owner}/{repository}/pr-{number}.yaml', 'acme/shop/pr-107.yaml', 107],
  ['team-2/pr2{number}/a.yaml', 'team-2/pr2107/a.yaml', 107],
  ['{name}.yaml', 'shop-7-19f53e97.yaml', 7],
  ['{name}.yaml', 'shop-7-29f53e97.yaml', undefined],
  ['{owner}/{repository}/pr-{number}.yaml', 'acme/shop/pr-07.yaml', undefined],
  ['{owner}/{repository}/pr-{number}.yaml', 'acme/other/pr-7.yaml', undefined],
  ['{owner}/{repository}/pr-{number}.yaml', 'acme/shop/kustomization.yaml', undefined],
])('with %s the file %s is that of pull request %s', (template, path, number) => {
  const settings = readRepository(repository((spec) => Object.assign(spec.gitops as object, { path: template })))
  expect(pullRequestAt(settings, path)).toBe(number)
})

test.each([
  ['pr-{number}-{shortCommit}', 'pr-7-12345678'],
  ['{branch}', 'Feature-one-x'],
  ['.{branch}', 'Feature-one-x'],
])('the tag %s becomes %s', (tag, expected) => {
  const settings = readRepository(repository((spec) => Object.assign(spec.image as object, { tag })))
  const change = { number: 7, commit: '1234567890'.repeat(4), branch: 'Feature/one x' }
  expect(imageTag(settings, change)).toBe(expected)
})

test.each([
  ['{branch}-{commit}', `${'b'.repeat(87)}-${'1234567890'.repeat(4)}`],
  ['{branch}-{shortCommit}-{branch}', `${'b'.repeat(59)}-12345678-${'b'.repeat(59)}`],
  ['{branch}', 'b'.repeat(128)],
])('of a long branch the tag %s keeps what tells the commit', (tag, expected) => {
  const settings = readRepository(repository((spec) => Object.assign(spec.image as object, { tag })))
  expect(imageTag(settings, { number: 7, commit: '1234567890'.repeat(4), branch: 'b'.repeat(200) })).toBe(expected)
})

test.each<[string, (spec: Record<string, unknown>) => void, string, string]>([
  ['a URL that is none', (spec) => Object.assign(spec, { url: 'git.example.com' }), 'RepositoryInvalid', 'spec.url'],
  [
    'a URL without owner',
    (spec) => Object.assign(spec, { url: 'https://git.example.com/shop' }),
    'RepositoryUrlInvalid',
    'shop',
  ],
  [
    'a URL of another scheme',
    (spec) => Object.assign(spec, { url: 'ssh://git@x.example.com/a/b' }),
    'RepositoryInvalid',
    'spec.url',
  ],
  [
    'plain http to another machine',
    (spec) => Object.assign(spec, { url: 'http://git.example.com/acme/shop' }),
    'RepositoryInvalid',
    'spec.url',
  ],
  [
    'a config file outside the repository',
    (spec) => Object.assign(spec, { configFile: 'a/../../user' }),
    'RepositoryInvalid',
    'spec.configFile',
  ],
  [
    'an image that none can be',
    (spec) => Object.assign(spec.image as object, { name: 'registry.example.com/Shop' }),
    'ImageReferenceInvalid',
    'registry.example.com/Shop',
  ],
  ['no duration', (spec) => Object.assign(spec, { resync: '5 minutes' }), 'RepositoryInvalid', 'spec.resync'],
  ['too short a duration', (spec) => Object.assign(spec, { resync: '1s' }), 'RepositoryInvalid', '10s'],
  [
    'a path shared by all',
    (spec) => Object.assign(spec.gitops as object, { path: 'a.yaml' }),
    'RepositoryInvalid',
    '{number}',
  ],
  [
    'an unknown placeholder',
    (spec) => Object.assign(spec.gitops as object, { path: '{team}/{number}' }),
    'RepositoryInvalid',
    '{team}',
  ],
  [
    'a lone brace',
    (spec) => Object.assign(spec.image as object, { tag: '{commit' }),
    'RepositoryInvalid',
    'lone brace',
  ],
  [
    'a pipeline beside the tokens',
    (spec) =>
      Object.assign(spec, { pipeline: { namespace: 'tronador-system', run: { pipelineRef: { name: 'build' } } } }),
    'RepositoryInvalid',
    'spec.pipeline.namespace',
  ],
  [
    'a pipeline in a namespace that none can be',
    (spec) => Object.assign(spec, { pipeline: { namespace: '../x', run: { pipelineRef: { name: 'build' } } } }),
    'RepositoryInvalid',
    'spec.pipeline.namespace',
  ],
  [
    'a run of no pipeline',
    (spec) => Object.assign(spec, { pipeline: { namespace: 'previews', run: { params: [] } } }),
    'RepositoryInvalid',
    'spec.pipeline.run',
  ],
  ['a missing field', (spec) => Object.assign(spec, { image: undefined }), 'RepositoryInvalid', 'spec.image'],
])('%s is refused', (_, change, code, text) => {
  expect(() => readRepository(repository(change))).toThrowError(
    expect.objectContaining({ code, message: expect.stringContaining(text) }),
  )
})
