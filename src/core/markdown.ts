/**
 * Foreign text in Markdown that a code host renders. Everything a pull request, a chart or a cluster can say goes
 * through here: as code it mentions nobody, links nothing and formats nothing.
 */

/** One line of code, cut to `max` characters. Safe in a paragraph and in a table's cell. */
export function inlineCode(text: string, max = 200): string {
  const line = cut(clean(text).replace(/\s+/g, ' ').trim(), max)
  if (line === '') return ''
  // A table's cell ends at `|` even within code; a mark that looks alike does not.
  const cell = line.replaceAll('|', '¦')
  const fence = '`'.repeat(longestRun(cell) + 1)
  const pad = cell.startsWith('`') || cell.endsWith('`') ? ' ' : ''
  return `${fence}${pad}${cell}${pad}${fence}`
}

/** A block of code, cut to `max` characters. Stands on lines of its own. */
export function codeBlock(text: string, max = 4000): string {
  const body = cut(clean(text).trimEnd(), max)
  const fence = '`'.repeat(Math.max(3, longestRun(body) + 1))
  return `${fence}text\n${body}\n${fence}`
}

/** Breaks long lines at spaces: a block of code does not wrap, and the cause stands at the end of most messages. */
export function wrapWords(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => line.split(' ').reduce((wrapped, word) => appendWord(wrapped, word, width)))
    .join('\n')
}

function appendWord(wrapped: string, word: string, width: number): string {
  const room = width - (wrapped.length - wrapped.lastIndexOf('\n') - 1)
  return `${wrapped}${word.length < room ? ' ' : '\n'}${word}`
}

const plainUrl = /^https?:\/\/[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?(?:\/[A-Za-z0-9._~/%-]*)?$/i

/** A link to a URL of plain letters; any other comes as code, where nothing follows it. */
export function link(url: string): string {
  return plainUrl.test(url) && url.length <= 500 ? `<${url}>` : inlineCode(url)
}

/** Whether a URL may stand where a code host makes a link of it. */
export function isPlainUrl(url: string): boolean {
  return plainUrl.test(url) && url.length <= 500
}

function longestRun(text: string): number {
  return Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length))
}

/** Without control and invisible characters (they hide what is really said); line breaks and tabs stay. */
function clean(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/[^\P{C}\n\t]/gu, '')
}

function cut(text: string, max: number): string {
  const characters = [...text]
  return characters.length <= max ? text : `${characters.slice(0, max - 1).join('')}…`
}
