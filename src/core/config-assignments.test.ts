/** `value_overrides` of the first design. Every refusal stands in `fixtures/broken/first-design-values.txt`. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readConfigFile } from './config-file.ts'

const reading = { image: { name: 'shop', tag: '123' }, namespace: undefined, kind: 'Environment' } as const
const readList = (entries: readonly string[]) =>
  readConfigFile(
    `application:\n  chart_path: x\n  value_overrides:\n${entries.map((entry) => `    - ${JSON.stringify(entry)}\n`).join('')}`,
    reading,
  )

describe('an entry means what it means to `helm --set`', () => {
  test.each<[entry: string, values: object]>([
    ['a=b', { a: 'b' }],
    ['a.b.c=d', { a: { b: { c: 'd' } } }],
    ['nodeSelector.kubernetes\\.io/role=main', { nodeSelector: { 'kubernetes.io/role': 'main' } }],
    ['a\\=b=c', { 'a=b': 'c' }],
    ['a=', { a: '' }],
    ['a=b=c', { a: 'b=c' }],
    ['a=b.c', { a: 'b.c' }],
    ['a= b ', { a: ' b ' }],
    ['a=true', { a: true }],
    ['a=False', { a: false }],
    ['a=null', { a: null }],
    ['a=0', { a: 0 }],
    ['a=-12', { a: -12 }],
    ['a=007', { a: '007' }],
    ['a=1.10', { a: '1.10' }],
    ['a=1e5', { a: '1e5' }],
    ['a=yes', { a: 'yes' }],
    ['a={{ .Release.Name }}', { a: '{{ .Release.Name }}' }],
  ])('%s', (entry, values) => {
    expect(readList([entry]).config?.values).toEqual(values)
  })
})

test('what a placeholder stands for is text, also where it looks like a number', () => {
  expect(readList(['a={{APPLICATION_IMAGE_TAG}}', 'b=0{ { APPLICATION_IMAGE_TAG } }']).config?.values).toEqual({
    a: '123',
    b: '0123',
  })
})

test('entries that share names share maps, in the order of the file', () => {
  expect(JSON.stringify(readList(['b.x=1', 'a=2', 'b.y.z=3']).config?.values)).toBe('{"b":{"x":1,"y":{"z":3}},"a":2}')
})

test('the map that the warning shows says the same as the list', () => {
  const name = fc.stringMatching(/^[a-z"'#: -]{0,4}[a-z]$/).filter((text) => text.trim() === text)
  const value = fc.oneof(
    fc.stringMatching(/^[^,\\{\p{C}\p{Z}\uE000-\uF8FF]{0,8}$/u),
    fc.constantFrom(
      'true',
      'NULL',
      '-7',
      '1e5',
      'no',
      '~',
      '{{APPLICATION_IMAGE_TAG}}',
      'x-{{APPLICATION_IMAGE_TAG}}: y',
    ),
  )
  const entry = fc.tuple(fc.array(name, { minLength: 1, maxLength: 3 }), value)
  fc.assert(
    fc.property(fc.array(entry, { minLength: 1, maxLength: 4 }), (entries) => {
      const list = readList(entries.map(([path, text]) => `${path.join('.')}=${text}`))
      const warning = list.diagnostics.find(({ code }) => code === 'ConfigFirstDesign')
      fc.pre(list.config !== undefined)

      const map = readConfigFile(
        `application:\n  chart_path: x\n  ${warning?.mend.replace('write a map: ', '')}\n`,
        reading,
      )

      expect(map.config).toEqual(list.config)
      expect(map.diagnostics.filter(({ code }) => code !== 'PlaceholderMissing')).toEqual([])
    }),
  )
})

test('a map that is too long to be shown is cut', () => {
  const { diagnostics } = readList(Array.from({ length: 100 }, (_, i) => `some.name.${i}=value`))

  expect(diagnostics[0]?.mend).toMatch(/^write a map: value_overrides: \{ some: \{ name: \{ "0": value, .{900,}\.\.\.$/)
  expect(diagnostics[0]?.mend).toHaveLength(1013)
})
