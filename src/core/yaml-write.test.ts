import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { isAmbiguous } from './yaml-versions.ts'
import { type Plain, writeYaml } from './yaml-write.ts'

const nasty = [
  ...['on', 'off', 'yes', 'no', 'y', 'n', 'Yes', 'NO', 'true', 'False', 'null', 'Null', '~', ''],
  ...[
    '2024-01-01',
    '2024-01-01T10:00:00Z',
    '1_000',
    '0b11',
    '12:30:45',
    '1:30',
    '1e5',
    '1E5',
    '1.5e3',
    '1.0',
    '.5',
    '5.',
  ],
  ...[
    '007',
    '0755',
    '0o17',
    '0x1F',
    '+1',
    '-1',
    '.inf',
    '-.inf',
    '.nan',
    '.NaN',
    '12e03',
    '4f0c7a1',
    '123e4567',
    '685_230.15',
  ],
  ...[
    '<<',
    '=',
    '-',
    '- a',
    '?',
    '? a',
    ':',
    ': a',
    'a: b',
    'a:',
    'a #b',
    '#a',
    '&a',
    '*a',
    '!a',
    '!!str a',
    '|',
    '>',
    '%a',
    '@a',
    '`a',
  ],
  ...[
    '{a}',
    '[a]',
    '{{ .x }}',
    ',',
    "'a'",
    '"a"',
    '---',
    '...',
    '--- a',
    ' a',
    'a ',
    'a\n',
    '\na',
    'a\tb',
    'a\rb',
    '\u0085',
    '\u2028',
    '\uFEFF',
  ],
]

const text = fc.oneof(
  fc.constantFrom(...nasty),
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  fc.double().map(String),
  fc.date().map(String),
)
const plain = fc.letrec<{ value: Plain }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    text,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      text.filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
})).value

test.each(nasty)('the text %j is read as itself by readers of both versions, as value, item and key', (value) => {
  const yaml = writeYaml({ [value]: value, list: [value] })

  expect(parse(yaml, { version: '1.1' })).toEqual({ [value]: value, list: [value] })
  expect(parse(yaml, { version: '1.2' })).toEqual({ [value]: value, list: [value] })
})

test.each(['e0', 'E12', 'e-1', 'e1234567'])('an exponent without its number, %s, stays text', (value) => {
  const yaml = writeYaml({ [value]: value })

  expect(yaml).toBe(`"${value}": "${value}"\n`)
  expect(parse(yaml, { version: '1.1' })).toEqual({ [value]: value })
  expect(parse(yaml, { version: '1.2' })).toEqual({ [value]: value })
})

test('anything JSON can hold is read as itself by readers of both versions', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(plain, (value) => {
      const expected: unknown = JSON.parse(JSON.stringify(value))
      const yaml = writeYaml(value)

      expect(parse(yaml, { version: '1.1' })).toEqual(expected)
      expect(parse(yaml, { version: '1.2', schema: 'core' })).toEqual(expected)
    }),
    { numRuns: 300 },
  )
})

test('plain words stay without quotes, for people', () => {
  expect(
    writeYaml({
      chart: 'deploy/chart',
      url: 'https://git.example.com/a',
      message: 'two words',
      empty: {},
      list: [{ a: 1 }],
    }),
  ).toBe('chart: deploy/chart\nurl: https://git.example.com/a\nmessage: two words\nempty: {}\nlist:\n  - a: 1\n')
})

test('whatever the two versions read differently is called ambiguous', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.constantFrom(...nasty),
        fc.stringMatching(/^[-+]?[0-9][0-9a-fxob_:.eE]{0,7}[0-9]$/),
        fc.stringMatching(/^[a-z]{1,5}$/),
      ),
      (word) => {
        const [old, current] = (['1.1', '1.2'] as const).map((version) => {
          try {
            return parse(`v: ${word}`, {
              version,
              logLevel: 'silent',
              schema: version === '1.1' ? 'yaml-1.1' : 'core',
            }) as { v: unknown }
          } catch {
            return undefined
          }
        })
        if (old === undefined || current === undefined || typeof current !== 'object' || !('v' in (current ?? {})))
          return
        if (JSON.stringify(old) !== JSON.stringify(current)) expect(word).toSatisfy(isAmbiguous)
      },
    ),
    { numRuns: 500 },
  )
})
