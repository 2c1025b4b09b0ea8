/** Each numbered sentence of a decision is a test before a real API server, whose name carries the number. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const decision = readFileSync(join(root, 'docs/decisions/0001-ownership-adoption-names.md'), 'utf8')
const sentences = [...decision.matchAll(/^(\d+)\. /gm)].map(([, number = '']) => Number(number))

const folder = join(root, 'test/cluster')
const titles = readdirSync(folder)
  .filter((file) => /^environment.*\.test\.ts$/.test(file))
  .flatMap((file) => [...readFileSync(join(folder, file), 'utf8').matchAll(/['"](\d+(?:, \d+)*): /g)])
const tested = new Set(titles.flatMap(([, numbers = '']) => numbers.split(', ').map(Number)))

test('the sentences are numbered from one, without a gap', () => {
  expect(sentences).toEqual(sentences.map((_, index) => index + 1))
})

test.each(sentences)('sentence %d has a test', (number) => {
  expect(tested).toContain(number)
})
