/**
 * One broken file per rule: `fixtures/broken/<rule>.yaml` with every fault beside it in `<rule>.txt`, as
 * `tronador lint` prints it. `vitest --update` writes the texts anew; read the difference before committing it.
 */
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lintConfigFile, readConfigFile } from './config-file.ts'
import { formatDiagnostic, hasErrors } from './diagnostics.ts'

const broken = new URL('fixtures/broken/', import.meta.url)
const image = { name: 'registry.example.com/acme/shop', tag: '1e5' }

describe('a broken file is answered with place, code and mend of every fault', () => {
  test.each(readdirSync(broken).filter((file) => file.endsWith('.yaml')))('%s', async (file) => {
    const diagnostics = lintConfigFile(readFileSync(new URL(file, broken), 'utf8'), 'Environment')

    const lines = diagnostics.map((diagnostic) => `${formatDiagnostic(file, diagnostic)}\n`).join('')

    await expect(lines).toMatchFileSnapshot(new URL(file.replace('.yaml', '.txt'), broken).pathname)
    expect(lines).not.toBe('')
  })
})

test('a file with errors gives no config, one with warnings alone does', () => {
  const reading = { image, namespace: undefined, kind: 'Environment' } as const

  expect(readConfigFile('application:\n  chart_path: ../x\n', reading).config).toBeUndefined()
  expect(readConfigFile('application:\n  chart_path: x\n', reading).config).toEqual({
    chartPath: 'x',
    values: {},
    valuesFrom: [],
    namespaceLabels: {},
    gitSecretName: undefined,
  })
})

test('values_from may name the environment’s own namespace once that is known', () => {
  const text = 'application:\n  chart_path: x\n  values_from:\n    - secretKeyRef: { name: a, namespace: shop-7 }\n'

  expect(readConfigFile(text, { image, namespace: 'shop-7', kind: 'Environment' }).config?.valuesFrom).toEqual([
    { kind: 'Secret', name: 'a' },
  ])
  expect(readConfigFile(text, { image, namespace: 'shop-8', kind: 'Environment' }).diagnostics).toContainEqual(
    expect.objectContaining({ code: 'ValuesFromForeignNamespace' }),
  )
})

describe('placeholders', () => {
  const valueFrom = (text: string, given = image): unknown =>
    readConfigFile(`application:\n  chart_path: x\n  value_overrides:\n    v: ${text}\n`, {
      image: given,
      namespace: undefined,
      kind: 'Environment',
    }).config?.values.v

  test('are never filled in twice: a value that looks like one stays text', () => {
    const tag = '{{APPLICATION_IMAGE_NAME}}'

    expect(valueFrom('{{APPLICATION_IMAGE_TAG}}', { name: 'n', tag })).toBe(tag)
  })

  test('give strings, whatever their values look like', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.constantFrom('1e5', 'no', '~', '0x1', ': ', '" # \'', '\n- a', '*a', '!!x')),
        (tag) => {
          expect(valueFrom('{{APPLICATION_IMAGE_TAG}}', { name: 'n', tag })).toBe(tag)
          expect(valueFrom('"a {{APPLICATION_IMAGE_TAG}}"', { name: 'n', tag })).toBe(`a ${tag}`)
        },
      ),
    )
  })
})

describe('hostile text', () => {
  const kib = 1024
  const wrap = (value: string): string => `application:\n  chart_path: x\n  value_overrides:\n    v: ${value}\n`

  test.each([
    ['more than 64 KiB', wrap(`"${'x'.repeat(64 * kib)}"`), 'ConfigTooLarge'],
    ['64 KiB counted in bytes, not characters', wrap(`"${'ж'.repeat(40 * kib)}"`), 'ConfigTooLarge'],
    ['thousands of open brackets', wrap('['.repeat(20 * kib)), 'ConfigTooDeep'],
    ['thousands of dashes', `${'- '.repeat(10 * kib)}x\n`, 'ConfigTooDeep'],
    ['thousands of question marks', `${'? '.repeat(10 * kib)}x\n`, 'ConfigTooDeep'],
    ['thousands of open double braces', wrap('{{ x '.repeat(4 * kib)), 'ConfigSyntax'],
    [
      'a hundred levels of indentation',
      Array.from({ length: 100 }, (_, i) => `${' '.repeat(i)}k:\n`).join(''),
      'ConfigTooDeep',
    ],
    ['thousands of commas', wrap(`[${','.repeat(60 * kib)}]`), 'ConfigTooLarge'],
    ['aliases within aliases', 'a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n', 'ConfigAliasRefused'],
    ['a tag', wrap('!!binary aGk='), 'ConfigTagRefused'],
    ['two documents', `${wrap('1')}---\n${wrap('1')}`, 'ConfigManyDocuments'],
    ['a prototype key', wrap('{ __proto__: { a: 1 } }'), 'ConfigKeyForbidden'],
    ['a NUL', wrap('"\0"'), 'ConfigSyntax'],
    ['half a surrogate pair', wrap('"\ud800"'), 'ConfigSyntax'],
    ['a token of ours', wrap('\uE000\uE100\uE100\uE100'), 'ConfigSyntax'],
    ['a token of ours, escaped', wrap('"\\uE000\\uE100\\uE100\\uE100"'), 'ConfigSyntax'],
  ])('%s is refused', (_case, text, code) => {
    expect(lintConfigFile(text, 'Environment')).toContainEqual(expect.objectContaining({ severity: 'error', code }))
  })

  test.each([
    ['many placeholders', wrap('{{APPLICATION_IMAGE_TAG}}'.repeat(2 * kib))],
    [
      'many keys of one map',
      `application:\n  chart_path: x\n  value_overrides:\n${Array.from({ length: 3000 }, (_, i) => `    k${i}: 1\n`).join('')}`,
    ],
    ['many template expressions', wrap(`[${'{{ .x }},'.repeat(3 * kib)}]`)],
  ])('%s are read', (_case, text) => {
    expect(hasErrors(lintConfigFile(text, 'Environment'))).toBe(false)
  })

  test('errors are never crowded out by warnings, nor named without end', () => {
    const ambiguous = Array.from({ length: 300 }, (_, i) => `    k${i}: no\n`).join('')
    const text = `application:\n  chart_path: x\n  value_overrides:\n${ambiguous}  more: 1\n`

    const diagnostics = lintConfigFile(text, 'Environment')

    expect(diagnostics.filter(({ severity }) => severity === 'warning')).toHaveLength(100)
    expect(diagnostics.at(-1)).toMatchObject({ severity: 'error', code: 'ConfigKeyUnknown' })
  })

  test('no text makes the reader fail otherwise than by its diagnostics', { timeout: 60_000 }, () => {
    const piece = fc.constantFrom(
      'application:',
      ' ',
      '  ',
      '\n',
      'chart_path: x',
      '- ',
      '{{',
      '}}',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      'APPLICATION_IMAGE_TAG',
      ':',
      '#',
      '&a',
      '*a',
      '!!x',
      '|',
      '>',
      '\t',
      '\r',
      '%',
      '---',
      'value_overrides:',
      'a.b=',
      '? ',
      ',',
      '\\',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(piece, { maxLength: 40 }).map((parts) => parts.join('')),
        ),
        (text) => {
          const { config, diagnostics } = readConfigFile(text, { image, namespace: 'x', kind: 'Environment' })

          expect(config === undefined).toBe(hasErrors(diagnostics))
        },
      ),
      { numRuns: 150 },
    )
  })
})
