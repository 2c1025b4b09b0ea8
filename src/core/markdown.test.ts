import fc from 'fast-check'
import { expect, test } from 'vitest'
import { codeBlock, inlineCode, link, wrapWords } from './markdown.ts'

test.each([
  ['plain', '`plain`'],
  ['@everyone <b> [x](y) #12', '`@everyone <b> [x](y) #12`'],
  ['a `b` c', '``a `b` c``'],
  ['`a`', '`` `a` ``'],
  ['a | b', '`a ¦ b`'],
  ['two\nlines\t here', '`two lines here`'],
  ['hidden\u202e\u0000\u200b', '`hidden`'],
  ['', ''],
])('%j in a line is %j', (text, code) => {
  expect(inlineCode(text)).toBe(code)
})

test('long text is cut', () => {
  expect(inlineCode('x'.repeat(30), 10)).toBe(`\`${'x'.repeat(9)}…\``)
})

test('whatever a line of code holds, it stays one, and nothing ends it early', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('`', '|', '\n', '\r', 'a', '@', ' ', '\u2028') }), (text) => {
      const code = inlineCode(text)
      if (code === '') return
      const [fence = ''] = /^`+/.exec(code) ?? []
      const content = code.slice(fence.length, -fence.length)
      expect(code.endsWith(fence)).toBe(true)
      expect(content).not.toMatch(/[\n\r|\u2028]/)
      expect(Array.from(content.matchAll(/`+/g), ([run]) => run.length)).not.toContain(fence.length)
    }),
  )
})

test('a block’s fence is longer than any in it', () => {
  expect(codeBlock('a\n````\n@dana')).toBe('`````text\na\n````\n@dana\n`````')
})

test.each([
  ['http://shop.localhost:8080/', '<http://shop.localhost:8080/>'],
  ['https://shop.example.com/a/b_c~d', '<https://shop.example.com/a/b_c~d>'],
  ['javascript:alert(1)', '`javascript:alert(1)`'],
  ['https://x.example.com/> @dana <', '`https://x.example.com/> @dana <`'],
  ['https://user:pass@example.com/', '`https://user:pass@example.com/`'],
])('the URL %s is written %s', (url, written) => {
  expect(link(url)).toBe(written)
})

test('long lines break at spaces, words stay whole', () => {
  expect(wrapWords('one two three four\nfive', 9)).toBe('one two\nthree\nfour\nfive')
  expect(wrapWords('short a-word-longer-than-the-line', 10)).toBe('short\na-word-longer-than-the-line')
})
