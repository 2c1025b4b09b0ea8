import { expect, test } from 'vitest'
import { fillInPage } from './page.ts'

test('the page names commit, branch and the first line of the message, as text and not as HTML', () => {
  const template = '<b>%SHORT_COMMIT%</b> %COMMIT% <i>%BRANCH%</i> %MESSAGE% 100%'
  const facts = { commit: '0123456789abcdef', branch: 'a<b', message: 'Sell "more" & more\n\nbody' }
  expect(fillInPage(template, facts)).toBe(
    '<b>01234567</b> 0123456789abcdef <i>a&lt;b</i> Sell &quot;more&quot; &amp; more 100%',
  )
})
