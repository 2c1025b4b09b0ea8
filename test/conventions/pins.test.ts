/** Everything the local cluster is built from is pinned, with its sums, and known to `local/pins.ts`. */
import { describe, expect, test } from 'vitest'
import { modules } from '../../local/pins.ts'
import { filesMatching, read } from './sources.ts'

const folders = [...new Set(filesMatching(/^local\/modules\/[^/]+\//).map((path) => path.split('/')[2] ?? ''))]

test('each folder of local/modules is a module of local/pins.ts, and the other way round', () => {
  expect(folders.toSorted()).toEqual(modules.map(({ name }) => name).toSorted())
})

describe.each(modules)('$name', ({ name, programs }) => {
  const goMod = read(`local/modules/${name}/go.mod`)

  test('builds what its go.mod names as tools, or holds itself', () => {
    const tools = [...goMod.matchAll(/^(?:tool\s+|\t)([^\s()]+)(?:\s*\/\/.*)?$/gm)].map(([, tool]) => tool)
    const own = /^module (\S+)/m.exec(goMod)?.[1] ?? ''
    const unknown = Object.values(programs).filter((program) => !tools.includes(program) && !program.startsWith(own))

    expect(unknown).toEqual([])
  })

  test('knows the sum of every module it requires', () => {
    if (!/^\s*require\b/m.test(goMod)) return
    const sums = read(`local/modules/${name}/go.sum`)
    const replaced = [...goMod.matchAll(/^\s*(?:replace )?(\S+)(?: \S+)? => /gm)].map(([, module]) => module)
    const required = [...goMod.matchAll(/^(?:require )?\t?(\S+\.\S+) (v\S+)/gm)].filter(
      ([line]) => !line.includes('=>'),
    )

    expect(
      required
        .filter(([, module, version]) => !replaced.includes(module) && !sums.includes(`${module} ${version}`))
        .map(([, module]) => module),
    ).toEqual([])
  })
})
