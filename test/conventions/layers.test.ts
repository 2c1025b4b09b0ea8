/** The arrows between the folders point one way, and the inner folders touch nothing but their arguments. */
import { describe, expect, test } from 'vitest'
import { codeOf, filesMatching, importsOf, isForTests } from './sources.ts'

/** From the outside in. A folder may import from any line below its own, and from itself; never from its own line. */
const layers: readonly (readonly string[])[] = [
  ['main.ts'],
  ['cli'],
  ['operator', 'server'],
  ['operator/runtime'],
  ['kube', 'scm', 'gitops', 'images'],
  ['engines', 'http'],
  ['core'],
  ['api'],
]
const rank = (area: string): number => layers.findIndex((areas) => areas.includes(area))
/** The runtime is a library of its own, which happens to live with the operator. */
const areaOf = (path: string): string =>
  path.startsWith('src/operator/runtime/') ? 'operator/runtime' : (path.split('/')[1] ?? '')

const sources = filesMatching(/^src\/.*\.ts$/).filter((path) => !isForTests(path))

test('every folder of src has its place', () => {
  expect([...new Set(sources.map(areaOf))].filter((area) => rank(area) === -1)).toEqual([])
})

describe.each(sources)('%s', (path) => {
  const imports = importsOf(path)

  test('imports inwards alone', () => {
    const outside = imports.filter((target) => /^(?:local|test|scripts|bench)\//.test(target))
    const wrong = imports.filter((target) => {
      const area = areaOf(target)
      return target.startsWith('src/') && area !== areaOf(path) && rank(area) <= rank(areaOf(path))
    })

    expect([...outside, ...wrong]).toEqual([])
  })

  test('does not import what serves tests', () => {
    expect(imports.filter((target) => target.startsWith('src/') && isForTests(target))).toEqual([])
  })
})

describe('the runtime knows nothing of Tronador', () => {
  test.each(sources.filter((path) => path.startsWith('src/operator/runtime/')))('%s', (path) => {
    const foreign = importsOf(path).filter(
      (target) => target.startsWith('src/') && !/^src\/(?:kube|operator\/runtime)\//.test(target),
    )

    expect(foreign).toEqual([])
    expect(codeOf(path)).not.toMatch(/tronador/i)
  })
})

describe('the pure folders', () => {
  const impure =
    /\b(?:async|await|process|console|fetch|crypto|performance|setTimeout|setInterval|setImmediate|queueMicrotask)\b(?!['":])|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b/

  test.each(sources.filter((path) => /^src\/(?:api|core|engines)\//.test(path)))('%s', (path) => {
    const packages = importsOf(path).filter((target) => !target.startsWith('src/'))

    expect(packages.filter((name) => name !== 'zod' && name !== 'yaml')).toEqual([])
    expect(withoutStrings(codeOf(path)).match(impure)?.[0]).toBeUndefined()
  })
})

test('clock, randomness, arguments and environment are read in main.ts and handed on', () => {
  const readers = sources.filter((path) => /\bprocess\.(?:argv|env)\b/.test(withoutStrings(codeOf(path))))

  expect(readers).toEqual(['src/main.ts'])
})

function withoutStrings(code: string): string {
  return code.replace(/'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g, "''")
}
