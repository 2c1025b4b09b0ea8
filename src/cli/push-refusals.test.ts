import { expect, test } from 'vitest'
import { register } from './push.ts'
import { runInMemory } from './testing.ts'

/** What `tronador render` prints, with what these tests change in it. */
function environment(name = 'shop-7-1a2b3c4d'): string {
  return `apiVersion: tronador.stakater.com/v1alpha2
kind: Environment
metadata:
  name: ${name}
spec:
  application:
    gitRepository:
      url: https://git.example.com/acme/shop
    release:
      chart:
        spec:
          chart: deploy
      values:
        image: "v1"
        mode: "off"
`
}

/** The same of the original kind. */
const provisioner = `apiVersion: tronador.stakater.com/v1alpha1
kind: EnvironmentProvisioner
metadata:
  name: shop-7-1a2b3c4d
  annotations:
    tronador.stakater.com/pull-request: "7"
spec:
  application:
    release:
      chart:
        git: https://git.example.com/acme/shop
        path: deploy
`

const where = ['--gitops-url', 'https://git.example.com/a/b', '--branch', 'm', '--path', 'x.yaml']
const push = (argv: string[], files: Record<string, string>) =>
  runInMemory({ push: async () => ({ register }) }, ['push', ...where, ...argv], files)

test.each([
  ['', 'it is empty'],
  ['hello', 'it is no object with `apiVersion`, `kind`, `metadata` and `spec`'],
  [environment().replace('kind: Environment\n', ''), 'kind: it is absent or not text'],
  ['a: [', 'it is no plain YAML'],
  [`${environment()}---\na: 1\n`, 'it holds more than one document'],
  ['a: &a 1\nb: *a\n', 'it uses anchors, aliases or tags'],
  ['a: !!binary aGk=\n', 'it uses anchors, aliases or tags'],
  [environment().replace('"off"', 'off'), 'YAML 1.1 readers would take it for something else'],
  [environment().replace('kind: Environment', 'kind: Secret'), '"tronador.stakater.com/v1alpha2 Secret" is none of'],
  [environment('kube_system'), '"kube_system" cannot be an environment’s name'],
  [
    environment().replace('chart: deploy', 'chart: 3'),
    'spec.application.release.chart.spec.chart: it is absent or not text',
  ],
  [provisioner.replace('path: deploy', 'ref: main'), 'spec.application.release.chart.path: it is absent or not text'],
  [
    provisioner.replace('pull-request: "7"', 'pull-request: 7'),
    'metadata.annotations.tronador.stakater.com/pull-request: it is absent or not text',
  ],
  [environment().replace('image: "v1"', `image: "${'x'.repeat(300_000)}"`), 'larger than 262144 bytes'],
  ['['.repeat(20_000), 'it '],
])('refuses to push %.20j…', async (text, fault) => {
  const run = await push([], { '-': text })

  expect(run).toMatchObject({ stdout: '', exitCode: 1 })
  expect(run.stderr).toMatch(/^tronador: GitObjectRefused: /)
  expect(run.stderr).toContain(fault)
})

test('says that a file to push is not there', async () => {
  expect(await push(['--file', 'nope'], {})).toEqual({
    stdout: '',
    stderr:
      'tronador: GitObjectRefused: nope cannot be read: there is no such file. Give a file that exists and may be read, or `-` for standard input.\n',
    exitCode: 1,
  })
})
