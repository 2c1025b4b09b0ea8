import { expect, test } from 'vitest'
import { register } from './render.ts'
import { runInMemory } from './testing.ts'

const configText = 'application:\n  chart_path: deploy\n  value_overrides:\n    tag: {{APPLICATION_IMAGE_TAG}}\n'
const options = {
  '--config': 'c.yaml',
  '--repository-url': 'https://git.example.com/acme/shop',
  '--pull-request': '7',
  '--branch': 'feature/$(id)',
  '--commit': '4f0c7a1d9b3e5f60718293a4b5c6d7e8f9012345',
  '--image-name': 'registry.example.com/acme/shop',
  '--image-tag': 'v1',
}
const render = (over: Record<string, string | undefined> = {}, text = configText) => {
  const argv = Object.entries({ ...options, ...over }).flatMap(([name, value]) =>
    value === undefined ? [] : [name, value],
  )
  return runInMemory({ render: async () => ({ register }) }, ['render', ...argv], { 'c.yaml': text })
}

const expected = `apiVersion: tronador.stakater.com/v1alpha2
kind: Environment
metadata:
  name: shop-7-19f53e97
  annotations:
    kustomize.toolkit.fluxcd.io/substitute: disabled
spec:
  application:
    gitRepository:
      url: https://git.example.com/acme/shop
      ref:
        branch: "feature/$(id)"
        commit: "4f0c7a1d9b3e5f60718293a4b5c6d7e8f9012345"
      interval: "10m"
    release:
      chart:
        spec:
          chart: deploy
          reconcileStrategy: Revision
          sourceRef:
            kind: GitRepository
            name: shop
      interval: "10m"
      releaseName: shop
      values:
        tag: v1
  change:
    repository: git.example.com/acme/shop
    number: 7
    branch: "feature/$(id)"
    commit: "4f0c7a1d9b3e5f60718293a4b5c6d7e8f9012345"
`

test('prints the object and nothing else', async () => {
  expect(await render()).toEqual({ stdout: expected, stderr: '', exitCode: 0 })
})

test('prints the same object as JSON', async () => {
  const run = await render({ '-o': 'json', '--name': 'pr-7', '--kind': 'Environment' })

  expect(JSON.parse(run.stdout)).toMatchObject({
    kind: 'Environment',
    metadata: { name: 'pr-7' },
    spec: { change: { number: 7 } },
  })
})

test('prints the original kind where it is asked for', async () => {
  const { stdout, ...rest } = await render({ '--kind': 'EnvironmentProvisioner' })

  expect(rest).toEqual({ stderr: '', exitCode: 0 })
  expect(stdout).toBe(`apiVersion: tronador.stakater.com/v1alpha1
kind: EnvironmentProvisioner
metadata:
  name: shop-7-19f53e97
  annotations:
    kustomize.toolkit.fluxcd.io/substitute: disabled
    tronador.stakater.com/repository: git.example.com/acme/shop
    tronador.stakater.com/pull-request: "7"
    tronador.stakater.com/commit: "4f0c7a1d9b3e5f60718293a4b5c6d7e8f9012345"
    tronador.stakater.com/branch: "feature/$(id)"
spec:
  application:
    release:
      chart:
        git: https://git.example.com/acme/shop
        path: deploy
        ref: "4f0c7a1d9b3e5f60718293a4b5c6d7e8f9012345"
      releaseName: shop
      values:
        tag: v1
`)
})

test('names the code host and the pull request’s page where they are given', async () => {
  const page = 'https://git.example.com/acme/shop/pulls/7'
  const { stdout } = await render({ '--provider': 'gitea', '--pull-request-url': page })

  expect(stdout).toBe(expected.replace('  change:\n', '  change:\n    provider: gitea\n').concat(`    url: ${page}\n`))
})

test('takes an empty code host and page, which a pipeline may give, for none', async () => {
  expect((await render({ '--provider': '', '--pull-request-url': '' })).stdout).toBe(expected)
})

test('prints nothing on standard output where the config file is broken', async () => {
  const text = configText.replace('deploy', '..')

  expect(await render({}, text)).toEqual({
    stdout: '',
    stderr: expect.stringMatching(/^c\.yaml:2:15: ChartPathInvalid: /),
    exitCode: 1,
  })
  const run = await render({ '-o': 'json' }, text)
  expect(run).toMatchObject({ stdout: '', exitCode: 1 })
  expect(JSON.parse(run.stderr)).toMatchObject({
    file: 'c.yaml',
    valid: false,
    diagnostics: [{ code: 'ChartPathInvalid' }],
  })
})

test.each([
  ['--repository-url', 'file:///etc', 'RepositoryUrlInvalid'],
  ['--repository-url', undefined, 'required option'],
  ['--pull-request', '07', 'ChangeInvalid'],
  ['--pull-request', '-1', 'ChangeInvalid'],
  ['--branch', 'a..b', 'ChangeInvalid'],
  ['--commit', 'main', 'ChangeInvalid'],
  ['--provider', 'Git Hub', 'ChangeInvalid'],
  ['--pull-request-url', 'javascript:alert(1)', 'ChangeInvalid'],
  ['--pull-request-url', 'https://ann:canary@git.example.com/7', 'ChangeInvalid'],
  ['--image-name', 'a b', 'ImageReferenceInvalid'],
  ['--image-tag', '', 'ImageReferenceInvalid'],
  ['--name', 'Kube_System', 'NameInvalid'],
  ['--kind', 'Pod', 'Allowed choices are Environment, EnvironmentProvisioner'],
  ['-o', 'xml', 'Allowed choices are yaml, json'],
])('%s %j is wrong usage', async (option, value, said) => {
  expect(await render({ [option]: value })).toEqual({ stdout: '', stderr: expect.stringContaining(said), exitCode: 2 })
})

test('a token in a URL that is refused is not repeated', async () => {
  const run = await render({ '--repository-url': 'https://ann:canary@git.example.com/acme/shop?x=1' })

  expect(run).toEqual({
    stdout: '',
    stderr: expect.stringMatching(
      /^tronador: RepositoryUrlInvalid: The repository URL https:\/\/git\.example\.com\/acme\/shop\?x=1 /,
    ),
    exitCode: 2,
  })
  expect(run.stderr).not.toContain('canary')
})
