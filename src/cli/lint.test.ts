import { expect, test } from 'vitest'
import { register } from './lint.ts'
import { runInMemory } from './testing.ts'

const lint = (argv: string[], files: Record<string, string | Uint8Array>) =>
  runInMemory({ lint: async () => ({ register }) }, ['lint', ...argv], files)
const sound = 'application:\n  chart_path: deploy\n  value_overrides:\n    tag: {{APPLICATION_IMAGE_TAG}}\n'
const broken = 'application:\n  chart_path: ../deploy\n  value_overrides: {}\n'

test('a sound file is said to be sound', async () => {
  expect(await lint([], { '.tronador.yaml': sound })).toEqual({
    stdout: '.tronador.yaml is sound.\n',
    stderr: '',
    exitCode: 0,
  })
})

test('a broken file’s faults go to standard error, and nothing to standard output', async () => {
  const run = await lint(['a/b.yaml'], { 'a/b.yaml': sound.replace('deploy', '/deploy') })

  expect(run).toEqual({
    stdout: '',
    stderr:
      'a/b.yaml:2:15: ChartPathInvalid: the chart path "/deploy" cannot be used: it is absolute; give a relative path with forward slashes and without `..`, such as `deploy`\n',
    exitCode: 1,
  })
})

test('for machines the report is one JSON document', async () => {
  const run = await lint(['-', '-o', 'json'], { '-': broken })

  expect(run.exitCode).toBe(1)
  expect(run.stderr).toBe('')
  expect(JSON.parse(run.stdout)).toEqual({
    file: '-',
    valid: false,
    diagnostics: [expect.objectContaining({ severity: 'error', code: 'ChartPathInvalid', line: 2, column: 15 })],
  })
})

test('warnings are shown and counted, and do not fail', async () => {
  const run = await lint([], { '.tronador.yaml': `version: v1alpha1\n${sound}` })

  expect(run).toEqual({
    stdout: '.tronador.yaml is sound, with 1 warning.\n',
    stderr: '.tronador.yaml:1:1: ConfigKeyIgnored: warning: `version` is not needed; remove the line\n',
    exitCode: 0,
  })
})

test('several warnings are counted', async () => {
  const run = await lint([], { '.tronador.yaml': 'version: v1alpha1\napplication:\n  chart_path: deploy\n' })

  expect(run).toMatchObject({ stdout: '.tronador.yaml is sound, with 2 warnings.\n', exitCode: 0 })
})

test('what one kind of object cannot say is a fault where that kind is rendered', async () => {
  const text = `${sound}  values_from:\n    - { kind: Secret, name: tls, valuesKey: crt, targetPath: ingress.tls }\n`
  const files = { '.tronador.yaml': text }

  expect(await lint([], files)).toEqual({ stdout: '.tronador.yaml is sound.\n', stderr: '', exitCode: 0 })
  expect(await lint(['--kind', 'EnvironmentProvisioner'], files)).toEqual({
    stdout: '',
    stderr:
      '.tronador.yaml:6:50: ValuesFromUnsupported: an EnvironmentProvisioner has no `targetPath`, for Helm Operator knows none; keep a whole values file under that key, or render an Environment\n',
    exitCode: 1,
  })
})

test.each([
  [
    'a file that is not there',
    {},
    'tronador: ConfigUnreadable: /here/.tronador.yaml cannot be read: there is no such file.',
  ],
  [
    'a file that is not UTF-8',
    { '.tronador.yaml': new Uint8Array([0x61, 0xff]) },
    'tronador: ConfigEncodingInvalid: .tronador.yaml is not UTF-8 text.',
  ],
  ['a file that is too large', { '.tronador.yaml': `#${'ж'.repeat(70_000)}` }, '.tronador.yaml:1:1: ConfigTooLarge:'],
])('%s fails with its code', async (_case, files, expected) => {
  const run = await lint([], files)

  expect(run).toEqual({ stdout: '', stderr: expect.stringContaining(expected), exitCode: 1 })
})

test('several files are checked each, also after one that cannot be read, and counted at the end', async () => {
  const files = { a: sound, b: sound.replace('deploy', '/deploy'), c: `version: v1alpha1\n${sound}` }

  expect(await lint(['a', 'c'], files)).toEqual({
    stdout: 'a is sound.\nc is sound, with 1 warning.\nAll 2 files are sound.\n',
    stderr: 'c:1:1: ConfigKeyIgnored: warning: `version` is not needed; remove the line\n',
    exitCode: 0,
  })
  expect(await lint(['none', 'b', 'a'], files)).toEqual({
    stdout: 'a is sound.\n',
    stderr:
      'tronador: ConfigUnreadable: /here/none cannot be read: there is no such file. Check that it exists and may be read. Its usual name is `.tronador.yaml`.\n' +
      'b:2:15: ChartPathInvalid: the chart path "/deploy" cannot be used: it is absolute; give a relative path with forward slashes and without `..`, such as `deploy`\n' +
      '1 of 3 files are sound.\n',
    exitCode: 1,
  })
})

test('for machines several files give a document each', async () => {
  const run = await lint(['a', 'b', '-o', 'json'], { a: sound, b: broken })

  expect(run).toMatchObject({ stderr: '', exitCode: 1 })
  expect(run.stdout.split(/(?<=^\}\n)/m).map((text) => JSON.parse(text))).toMatchObject([
    { file: 'a', valid: true, diagnostics: [] },
    { file: 'b', valid: false, diagnostics: [{ code: 'ChartPathInvalid' }] },
  ])
})

test.each([[['--wrong']], [['-o', 'xml']]])('%j is wrong usage', async (argv) => {
  expect(await lint(argv, { a: sound })).toEqual({
    stdout: '',
    stderr: expect.stringMatching(/^tronador: (unknown option|option '-o)/),
    exitCode: 2,
  })
})
