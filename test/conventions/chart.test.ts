/** What the chart says of itself is so. Helm's own view of it is in test/charts. */
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { valueRows } from '../../scripts/chart-readme.ts'
import { customResourceDefinition, kinds } from '../../src/api/crd.ts'
import { engineSettings } from '../../src/core/engine-choice.ts'
import { read } from './sources.ts'

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly enum?: readonly string[]
  readonly $ref?: string
}

const about = parse(read('charts/tronador/Chart.yaml')) as {
  readonly version: string
  readonly appVersion: string
  readonly annotations: Readonly<Record<string, string>>
}
const values = valueRows(read('charts/tronador/values.yaml'))
const schema = JSON.parse(read('charts/tronador/values.schema.json')) as Schema & {
  readonly definitions: Readonly<Record<string, Schema>>
}

test('its version and the application’s are the project’s', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string }

  expect([about.version, about.appVersion]).toEqual([version, version])
})

test('it names the image that it installs', () => {
  const repository = values.find(({ key }) => key === 'image.repository')?.fallback

  expect(parse(about.annotations['artifacthub.io/images'] ?? '')).toEqual([
    { name: 'tronador', image: `${repository}:${about.appVersion}` },
  ])
})

test('it names the kinds that it brings', () => {
  expect(parse(about.annotations['artifacthub.io/crds'] ?? '')).toEqual(
    kinds.map((kind) => ({
      kind: kind.kind,
      version: kind.version,
      name: customResourceDefinition(kind).metadata.name,
      displayName: kind.kind,
      description: kind.description,
    })),
  )
})

test('its example is a Repository as the kind has it', () => {
  const [example] = parse(about.annotations['artifacthub.io/crdsExamples'] ?? '') as { kind: string; spec: unknown }[]
  const kind = kinds.find(({ kind }) => kind === example?.kind)

  expect(kind?.spec.safeParse(example?.spec).error).toBeUndefined()
})

describe('values.yaml', () => {
  test('says of every key what it is for', () => {
    expect(values.filter(({ description }) => description === '').map(({ key }) => key)).toEqual([])
  })

  test('has the keys that values.schema.json knows, in the same order', () => {
    const known = keysOf('', schema).filter((key) => key !== 'global')

    expect(values.map(({ key }) => key)).toEqual(known)
  })
})

test('it knows the engines that there are', () => {
  expect(schema.definitions.engine?.enum).toEqual(engineSettings)
})

function keysOf(path: string, { properties }: Schema): string[] {
  if (properties === undefined) return [path]
  return Object.entries(properties).flatMap(([name, below]) => keysOf(path === '' ? name : `${path}.${name}`, below))
}
