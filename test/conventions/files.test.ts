/** What every file keeps to: its name, its length, its exports. */
import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { codeOf, filesMatching, read } from './sources.ts'

const maxLines = 300
/** Files that may be longer, each with its reason. */
const longer: Readonly<Record<string, string>> = {
  'src/core/errors.ts': 'a catalogue: one entry after the other',
  'src/kube/contract.ts': 'one suite that two adapters pass, sentence by sentence',
  'src/operator/runtime/controller.test.ts': 'one suite, sentence by sentence',
}

describe.each(filesMatching(/\.m?ts$|\.mjs$/))('%s', (path) => {
  test('has a name in kebab-case that says what is in it', () => {
    expect(basename(path)).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.(?:test|config|d))?\.(?:ts|mts|mjs)$/)
    expect(path).not.toMatch(/\b(?:utils?|common|helpers?|misc)\b/)
  })

  test('has one subject, hence fewer than 300 lines', () => {
    const lines = read(path).split('\n').length

    if (path in longer) expect(lines).toBeGreaterThan(maxLines)
    else expect(lines).toBeLessThanOrEqual(maxLines)
  })

  test('exports by name and leaves nothing for later', () => {
    if (path !== 'vitest.config.ts') expect(codeOf(path)).not.toMatch(/^export default/m)
    expect(read(path)).not.toMatch(new RegExp(`\\b(?:${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'].join('|')})\\b`))
  })
})

test('no exception is kept for a file that is gone', () => {
  expect(Object.keys(longer).filter((path) => !filesMatching(/./).includes(path))).toEqual([])
})

test('no file names a place on somebody’s machine', () => {
  const machine = new RegExp(['/ho' + 'me/[a-z]', '/Us' + 'ers/[a-z]', '/wo' + 'rk/', '/ro' + 'ot/'].join('|'))

  expect(
    filesMatching(/\.(?:m?ts|mjs|md|json|ya?ml|mod|go)$|file$/).filter((path) => machine.test(read(path))),
  ).toEqual([])
})

test('the lock file names no host: npm asks whichever registry its user has set', () => {
  const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { resolved?: string }> }

  expect(Object.values(lock.packages).filter(({ resolved }) => resolved !== undefined)).toEqual([])
})
