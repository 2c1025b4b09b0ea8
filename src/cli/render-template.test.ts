// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of that form are what is tested.
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { register } from './render.ts'
import { runInMemory } from './testing.ts'

const configText = 'application:\n  chart_path: deploy\n  value_overrides:\n    tag: {{APPLICATION_IMAGE_TAG}}\n'
const template = `apiVersion: tronador.stakater.com/v1alpha1
kind: EnvironmentProvisioner
metadata:
  name: $ENVIRONMENT_NAME
spec:
  application:
    release:
      chart: { git: $GIT_URL, ref: $GIT_BRANCH, path: $CHART_PATH }
      values:
    \${VALUES_OVERRIDE}
`
const render = (files: Record<string, string | Uint8Array>, ...more: string[]) =>
  runInMemory(
    { render: async () => ({ register }) },
    [
      ...['render', '--config', 'c.yaml', '--repository-url', 'https://git.example.com/acme/shop'],
      ...['--pull-request', '7', '--branch', 'feature/$(id)', '--commit', '4f0c7a1d9b3e5f60718293a4b5c6d7e8f9012345'],
      ...['--image-name', 'registry.example.com/acme/shop', '--image-tag', 'v1', '--template', 't.yaml', ...more],
    ],
    { 'c.yaml': configText, ...files },
  )

test('the template shapes the object, and its kind is the kind', async () => {
  expect(await render({ 't.yaml': template }, '--kind', 'Environment')).toEqual({
    stdout: `apiVersion: tronador.stakater.com/v1alpha1
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
        ref: "feature/$(id)"
        path: deploy
      values:
        tag: v1
`,
    stderr: '',
    exitCode: 0,
  })
})

test('where there is no template the usual object is rendered, and standard error says so', async () => {
  const run = await render({})

  expect(run).toMatchObject({ stderr: 'There is no template t.yaml; the usual object is rendered.\n', exitCode: 0 })
  expect(parse(run.stdout)).toMatchObject({ kind: 'Environment', metadata: { name: 'shop-7-19f53e97' } })
})

test('the faults of a template are said of its file, and nothing is rendered', async () => {
  expect(await render({ 't.yaml': template.replace('$GIT_URL', '$GIT_URI') })).toEqual({
    stdout: '',
    stderr: 't.yaml:8:21: PlaceholderUnknown: there is no placeholder $GIT_URI; write $GIT_URL\n',
    exitCode: 1,
  })
})

test('what comes out wrong is said of the template', async () => {
  const run = await render({ 't.yaml': template.replace('path: $CHART_PATH', 'path: ..') }, '-o', 'json')

  expect(run).toMatchObject({ stdout: '', exitCode: 1 })
  expect(run.stderr).toContain('"ChartPathInvalid"')
  expect(run.stderr).toContain('"file": "t.yaml"')
})

test('a template that is no text is refused', async () => {
  expect(await render({ 't.yaml': new Uint8Array([0xff, 0xfe]) })).toEqual({
    stdout: '',
    stderr:
      'tronador: TemplateInvalid: t.yaml is not UTF-8 text. Correct the place that the message names; `docs/config-file.md` shows a whole template.\n',
    exitCode: 1,
  })
})
