/** What the documentation says is there is there, and what is there it says. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { staleFiles } from '../../scripts/generate.ts'
import { kinds, structuralSchema } from '../../src/api/crd.ts'
import { lintConfigFile } from '../../src/core/config-file.ts'
import { fieldRows } from '../../src/core/reference-docs.ts'
import { filesMatching, read, root } from './sources.ts'

test('everything generated is up to date: npm run generate', () => {
  expect(staleFiles()).toEqual([])
})

describe.each(kinds)('docs/kinds: $kind', ({ kind, spec, status }) => {
  const page = read(`docs/kinds/${kind.toLowerCase()}.md`)

  test('has the sections every kind has, in their order', () => {
    const sections = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)

    expect(sections).toEqual([
      'Example',
      'Writing a spec',
      `Working with ${kind}s`.replace('ys', 'ies'),
      'Status',
      'Fields',
    ])
  })

  test('explains every field', () => {
    const rows = [...fieldRows('spec', structuralSchema(spec)), ...fieldRows('status', structuralSchema(status))]

    expect(rows.filter(({ description }) => description === '')).toEqual([])
    expect(rows.filter(({ path }) => !page.includes(`| \`${path}\` |`))).toEqual([])
  })
})

describe('examples work as they stand', () => {
  const blocks = (page: string): string[] =>
    [...read(page).matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, text = '']) => text)

  test.each(kinds)('docs/kinds: $kind', ({ kind, spec }) => {
    const objects = blocks(`docs/kinds/${kind.toLowerCase()}.md`).map((text): { spec: unknown } => parse(text))

    expect(objects.map((object) => spec.safeParse(object.spec).error)).toEqual([undefined])
  })

  test.each(['README.md', 'docs/config-file.md'])('%s', (page) => {
    expect(blocks(page).map((text) => lintConfigFile(text, 'Environment'))).toEqual([[]])
  })
})

const pages = filesMatching(/^(?:[^/]+|docs\/.+|src\/.+|local\/.+)\.md$/)

test.each(pages)('%s links to what exists', (page) => {
  const links = [...read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g)].map(
    ([, link = '']) => link,
  )

  expect(links.filter((link) => !existsSync(join(root, dirname(page), link)))).toEqual([])
})

test('every command of `tronador` that the docs or a message name exists', () => {
  const texts = [...pages, 'src/core/errors.ts'].map(read).join('\n')
  const named = [...texts.matchAll(/(?:`|^\$ |^ *)tronador ([a-z]+(?:-[a-z]+)*)\b/gm)].map(
    ([, command]) => command ?? '',
  )

  expect([...new Set(named)].filter((command) => !existsSync(join(root, `src/cli/${command}.ts`)))).toEqual([])
})

test.each(pages)('%s names scripts that exist', (page) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const named = [...read(page).matchAll(/\bnpm (?:run ([a-z:]+)|(start|test))\b/g)].map(
    ([, run, own]) => run ?? own ?? '',
  )

  expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([])
})
