/** `tronador render` with real files: where the object goes, and what a checkout's links may not lead to. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { processFiles } from './process-files.ts'
import { register } from './render.ts'
import { runInMemory } from './testing.ts'

const configText = 'application:\n  chart_path: deploy\n  value_overrides:\n    tag: {{APPLICATION_IMAGE_TAG}}\n'
const commit = '4f0c7a1d9b3e5f60718293a4b5c6d7e8f9012345'

let checkout: string
let outside: string
beforeEach(() => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'render-')))
  checkout = join(folder, 'checkout')
  outside = join(folder, 'outside')
  mkdirSync(join(checkout, '.git'), { recursive: true })
  mkdirSync(outside)
  writeFileSync(join(checkout, '.git/HEAD'), `${commit}\n`)
  writeFileSync(join(checkout, '.tronador.yaml'), configText)
})
afterEach(() => rmSync(join(checkout, '..'), { recursive: true }))

const output = () => join(checkout, 'environment/environment.yaml')
const render = (...more: string[]) =>
  runInMemory(
    { render: async () => ({ register }) },
    [
      ...['render', '--config', join(checkout, '.tronador.yaml')],
      ...['--repository-url', 'https://git.example.com/acme/shop', '--pull-request', '7', '--branch', 'feature/$(id)'],
      ...['--image-name', 'registry.example.com/acme/shop', '--image-tag', 'v1'],
      ...more,
    ],
    {},
    processFiles,
  )
const toFile = (...more: string[]) => render('--output-file', output(), '--within', checkout, ...more)

describe('the object', () => {
  test('goes to the file, whose folder is made, and nowhere else', async () => {
    expect(await toFile()).toEqual({ stdout: '', stderr: '', exitCode: 0 })
    expect(readFileSync(output(), 'utf8')).toBe((await render()).stdout)
    expect(readdirSync(join(checkout, 'environment'))).toEqual(['environment.yaml'])
  })

  test('goes to the file as JSON', async () => {
    await toFile('-o', 'json')

    expect(JSON.parse(readFileSync(output(), 'utf8'))).toMatchObject({ kind: 'Environment' })
  })

  test('takes the place of what stood there, be it a link to somewhere else', async () => {
    mkdirSync(join(checkout, 'environment'))
    writeFileSync(join(outside, 'precious'), 'kept')
    symlinkSync(join(outside, 'precious'), output())

    expect(await toFile()).toEqual({ stdout: '', stderr: '', exitCode: 0 })
    expect(readFileSync(output(), 'utf8')).toContain('kind: Environment')
    expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('kept')
  })

  test('is not written where the config file is broken: what stood there stays', async () => {
    await toFile()
    const before = readFileSync(output(), 'utf8')
    writeFileSync(join(checkout, '.tronador.yaml'), configText.replace('deploy', '..'))

    expect(await toFile()).toEqual({ stdout: '', stderr: expect.stringContaining('ChartPathInvalid'), exitCode: 1 })
    expect(readFileSync(output(), 'utf8')).toBe(before)
  })

  test('cannot be written below a file', async () => {
    const path = join(checkout, '.tronador.yaml/environment.yaml')

    expect(await render('--output-file', path)).toEqual({
      stdout: '',
      stderr: `tronador: OutputRefused: ${path} cannot be written: a folder above it is a file. Give a path that may be written to, inside the folder given with \`--within\` where there is one.\n`,
      exitCode: 1,
    })
  })
})

describe('the commit', () => {
  const commitIn = (text: string) => parse(text).spec.change.commit

  test('is the one checked out where none is given, or an empty one', async () => {
    expect(commitIn((await render()).stdout)).toBe(commit)
    expect(commitIn((await render('--commit', '')).stdout)).toBe(commit)
    expect(commitIn((await render(`--commit=${'a'.repeat(40)}`)).stdout)).toBe('a'.repeat(40))
  })

  test('must be given where there is no checkout', async () => {
    rmSync(join(checkout, '.git'), { recursive: true })
    const config = join(checkout, '.tronador.yaml')

    expect(await toFile()).toEqual({
      stdout: '',
      stderr: `tronador: CheckoutUnreadable: ${config} lies in no checkout: no folder above it holds \`.git\`. Give the commit with \`--commit\`, or check the repository out with git, at that commit, before.\n`,
      exitCode: 1,
    })
    expect(existsSync(output())).toBe(false)
  })
})

describe('a link that a pull request may hold', () => {
  test('in place of the config file is not followed out of the checkout', async () => {
    const config = join(checkout, '.tronador.yaml')
    writeFileSync(join(outside, 'token'), 'canary')
    rmSync(config)
    symlinkSync(join(outside, 'token'), config)

    const run = await toFile()

    expect(run).toEqual({
      stdout: '',
      stderr: `tronador: ConfigUnreadable: ${config} lies outside ${checkout}, symbolic links followed. Check that it exists and may be read. Its usual name is \`.tronador.yaml\`.\n`,
      exitCode: 1,
    })
  })

  test('is followed inside the checkout', async () => {
    writeFileSync(join(checkout, 'config.yaml'), configText)
    rmSync(join(checkout, '.tronador.yaml'))
    symlinkSync('config.yaml', join(checkout, '.tronador.yaml'))

    expect((await toFile()).exitCode).toBe(0)
  })

  test.each([
    ['of a folder that is there', 'outside'],
    ['of a folder that is not', 'outside/gone/further'],
  ])('in place of the output’s folder, %s, leads to nothing written', async (_, target) => {
    symlinkSync(join(checkout, '..', target), join(checkout, 'environment'))

    const run = await toFile()

    expect(run).toMatchObject({ stdout: '', stderr: expect.stringContaining('OutputRefused: '), exitCode: 1 })
    expect(readdirSync(outside)).toEqual([])
  })

  test('in place of the output’s folder, to a folder of the checkout, is followed', async () => {
    mkdirSync(join(checkout, 'build'))
    symlinkSync('build', join(checkout, 'environment'))

    expect((await toFile()).exitCode).toBe(0)
    expect(existsSync(join(checkout, 'build/environment.yaml'))).toBe(true)
  })
})
