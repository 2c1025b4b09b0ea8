/** One catalogue: what the code says, what it means, what the docs explain are the same list. */
import { describe, expect, test } from 'vitest'
import { catalogue } from '../../src/core/errors.ts'
import { codeOf, filesMatching, isForTests, read } from './sources.ts'

const codes = Object.keys(catalogue)

test('the catalogue is sorted', () => {
  expect(codes).toEqual(codes.toSorted())
})

test('docs/errors.md has a heading for every code and for nothing else', () => {
  expect([...read('docs/errors.md').matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)).toEqual(codes)
})

describe('each code', () => {
  const code = filesMatching(/^src\/.*\.ts$/)
    .filter((path) => !isForTests(path) && path !== 'src/core/errors.ts')
    .map(codeOf)
    .join('\n')

  test.each(codes)('%s is used, and its words are whole sentences', (name) => {
    const { meaning, mend } = catalogue[name as keyof typeof catalogue]

    expect(name).toMatch(/^[A-Z][A-Za-z0-9]+$/)
    expect(code).toContain(`'${name}'`)
    expect(meaning).toMatch(/^[A-Z`].*\.$/s)
    expect(mend).toMatch(/^[A-Z`].*[.:]$|`\.?$/s)
  })
})
