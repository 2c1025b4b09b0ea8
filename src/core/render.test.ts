/** Golden files: `fixtures/render/<case>/tronador.yaml` becomes the objects beside it, one of each kind. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { environmentKinds } from '../api/environment-kind.ts'
import type { Change } from './change.ts'
import { type Diagnostic, formatDiagnostic } from './diagnostics.ts'
import { environmentYaml, renderEnvironment } from './render.ts'

const fixtures = new URL('fixtures/render/', import.meta.url)
const change: Change = {
  repositoryUrl: 'https://git.example.com/acme/shop.git',
  number: 7,
  branch: 'feature/login',
  commit: '4f0c7a1d9b3e5f60718293a4b5c6d7e8f9012345',
}
const image = { name: 'registry.example.com/acme/shop', tag: '1e5' }
const configText = 'application:\n  chart_path: deploy\n  value_overrides:\n    tag: {{APPLICATION_IMAGE_TAG}}\n'
const formatted = (diagnostic: Diagnostic) => formatDiagnostic('c', diagnostic)
const rendered = (over: Partial<Change> = {}, name?: string) =>
  renderEnvironment('Environment', {
    configText,
    change: { ...change, ...over },
    image,
    ...(name !== undefined && { name }),
  }).environment
const provisioned = (over: Partial<Change> = {}) =>
  renderEnvironment('EnvironmentProvisioner', { configText, change: { ...change, ...over }, image }).environment

const goldenFiles = { Environment: 'environment.yaml', EnvironmentProvisioner: 'environment-provisioner.yaml' } as const

describe.each(environmentKinds)('a config file becomes the %s beside it', (kind) => {
  test.each(readdirSync(fixtures))('%s', async (name) => {
    const folder = new URL(`${name}/`, fixtures)
    const text = readFileSync(new URL('tronador.yaml', folder), 'utf8')

    const { environment } = renderEnvironment(kind, { configText: text, change, image })

    if (environment === undefined) throw new Error('the config file was not read')
    const yaml = environmentYaml(environment)
    await expect(yaml).toMatchFileSnapshot(new URL(goldenFiles[kind], folder).pathname)
    expect(parse(yaml, { version: '1.2' })).toEqual(environment)
    expect(parse(yaml, { version: '1.1' })).toEqual(environment)
  })
})

test('an EnvironmentProvisioner carries its pull request in annotations, page and code host where they are known', () => {
  const url = 'https://git.example.com/acme/shop/pulls/7'

  expect(provisioned({ provider: 'gitea', url })?.metadata.annotations).toEqual({
    'kustomize.toolkit.fluxcd.io/substitute': 'disabled',
    'tronador.stakater.com/provider': 'gitea',
    'tronador.stakater.com/repository': 'git.example.com/acme/shop',
    'tronador.stakater.com/pull-request': '7',
    'tronador.stakater.com/branch': 'feature/login',
    'tronador.stakater.com/commit': change.commit,
    'tronador.stakater.com/pull-request-url': url,
  })
})

test('a value’s `targetPath` reaches an Environment, and is refused where Helm Operator would not know it', () => {
  const text = `${configText}  values_from:\n    - secretKeyRef: { name: tls, key: crt }\n      targetPath: ingress.tls\n`

  const environment = renderEnvironment('Environment', { configText: text, change, image })
  const provisioner = renderEnvironment('EnvironmentProvisioner', { configText: text, change, image })

  expect(environment.environment?.spec.application.release.valuesFrom).toEqual([
    { kind: 'Secret', name: 'tls', valuesKey: 'crt', targetPath: 'ingress.tls' },
  ])
  expect(provisioner.environment).toBeUndefined()
  expect(provisioner.diagnostics.map(formatted)).toEqual([
    'c:7:7: ValuesFromUnsupported: an EnvironmentProvisioner has no `targetPath`, for Helm Operator knows none; keep a whole values file under that key, or render an Environment',
  ])
})

test('a pull request’s page and code host are kept where they are known', () => {
  const url = 'https://git.example.com/acme/shop/pulls/7'

  expect(rendered({ provider: 'gitea', url })?.spec.change).toEqual({
    provider: 'gitea',
    repository: 'git.example.com/acme/shop',
    number: 7,
    branch: 'feature/login',
    commit: change.commit,
    url,
  })
})

test('Flux fills nothing in that a pull request wrote', () => {
  expect(rendered({ branch: 'a/${x' })).toMatchObject({
    metadata: { annotations: { 'kustomize.toolkit.fluxcd.io/substitute': 'disabled' } },
    spec: { change: { branch: 'a/${x' } },
  })
})

test('a name that was given replaces the one made from repository and number', () => {
  expect(rendered({}, 'pr-7-shop')?.metadata.name).toBe('pr-7-shop')
  expect(() => rendered({}, 'Not_A_Label')).toThrow(expect.objectContaining({ code: 'NameInvalid' }))
})

test('values that would grow beyond what can be read back from the GitOps repository are refused', () => {
  const values = `${'{a: '.repeat(14)}[${'1,'.repeat(9000)}1]${'}'.repeat(14)}`
  const { environment, diagnostics } = renderEnvironment('Environment', {
    configText: `application:\n  chart_path: {{APPLICATION_IMAGE_TAG}}\n  value_overrides: ${values}\n`,
    change,
    image,
  })

  expect(environment).toBeUndefined()
  expect(diagnostics.map(formatted)).toEqual([
    'c:1:1: ConfigTooLarge: the environment made of it is larger than 256 KiB; keep large values in files of the chart or in a ConfigMap named under values_from',
  ])
})

test.each([
  ['https://ann:token@git.example.com/acme/shop.git', 'https://git.example.com/acme/shop.git'],
  ['http://127.0.0.1:3000/acme/shop', 'http://127.0.0.1:3000/acme/shop'],
  ['git@git.example.com:acme/shop.git', 'ssh://git@git.example.com/acme/shop.git'],
  ['ssh://deploy:pw@git.example.com:2222/acme/shop', 'ssh://deploy@git.example.com:2222/acme/shop'],
])('%s is cloned from %s', (repositoryUrl, expected) => {
  expect(rendered({ repositoryUrl })?.spec.application.gitRepository.url).toBe(expected)
})

const shell = '$'
test.each([
  `x;touch${shell}{IFS}pwned`,
  `$(touch${shell}{IFS}x)`,
  '`id`',
  '--upload-pack=x',
  '-x',
  'a|b&c<d>e"f\'g#h{i}j!k,l',
  `${shell}{{x}}`,
  'ветка',
])('the branch %s is kept to the letter', (branch) => {
  expect(rendered({ branch })?.spec.application.gitRepository.ref).toEqual({ branch, commit: change.commit })
})

test.each([
  '',
  ' ',
  'a b',
  'a..b',
  'a~b',
  'a^b',
  'a:b',
  'a?b',
  'a*b',
  'a[b',
  'a\\b',
  '/a',
  'a/',
  'a//b',
  '.a',
  'a/.b',
  'a.lock',
  'a.',
  '@',
  'a@{b',
  'a\nb',
  'x'.repeat(256),
])('the branch %j, which git would not take, is refused', (branch) => {
  expect(() => rendered({ branch })).toThrow(expect.objectContaining({ code: 'ChangeInvalid' }))
})

test.each(['', 'main', '4f0c7a1d', 'g'.repeat(40), `${'a'.repeat(40)}\n`])('the commit %j is refused', (commit) => {
  expect(() => rendered({ commit })).toThrow(expect.objectContaining({ code: 'ChangeInvalid' }))
})

test.each([0, -1, 1.5, Number.NaN, 1e21])('the number %d is refused', (number) => {
  expect(() => rendered({ number })).toThrow(expect.objectContaining({ code: 'ChangeInvalid' }))
})

test.each([
  ['shop', '1'],
  ['acme/shop', 'v1.2_3-x'],
  ['127.0.0.1:5000/acme/shop', 'a'.repeat(128)],
  ['localhost/acme/my__shop-a.b', '1'],
])('the image %s with tag %s is taken', (name, tag) => {
  const { environment } = renderEnvironment('Environment', { configText, change, image: { name, tag } })

  expect(environment?.spec.application.release.values).toEqual({ tag })
})

test.each([
  ['', '1'],
  ['Shop', '1'],
  ['acme/shop:1', '1'],
  ['https://registry.example.com/shop', '1'],
  ['acme//shop', '1'],
  ['shop', ''],
  ['shop', 'a b'],
  ['shop', '-a'],
  ['shop', 'a'.repeat(129)],
  ['shop', '1\n'],
])('the image %j with tag %j is refused', (name, tag) => {
  expect(() => renderEnvironment('Environment', { configText, change, image: { name, tag } })).toThrow(
    expect.objectContaining({ code: 'ImageReferenceInvalid' }),
  )
})
