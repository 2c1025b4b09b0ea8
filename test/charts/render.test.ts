/** What the chart is made of, and what each switch changes. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { chart, type Manifest, namesOf, openHelm, parseManifests, render, type Values } from './helm.ts'

const helm = openHelm(inject('helm'))

test('Helm’s own lint finds nothing to warn of', async () => {
  expect(await helm('lint', '--strict', chart)).toContain('1 chart(s) linted, 0 chart(s) failed')
})

describe('The rights', () => {
  test('are those of deploy/, each in its place', async () => {
    const rendered = (await render(helm)).filter(({ kind }) => /Role|ServiceAccount|ValidatingAdmission/.test(kind))
    const written = ['operator', 'server', 'confined']
      .flatMap((file) => parseManifests(readFileSync(join(chart, `../../deploy/${file}.yaml`), 'utf8')))
      .filter(({ kind }) => kind !== 'Namespace')

    const byName = (one: Manifest, other: Manifest) => (namesOf([one]).join() < namesOf([other]).join() ? -1 : 1)
    expect(rendered.map(withoutOwnLabels).toSorted(byName)).toEqual(written.map(withoutOwnLabels).toSorted(byName))
  })

  test('follow the release into its namespace', async () => {
    const text = JSON.stringify(await render(helm, {}, 'previews'))

    expect(text).toContain('system:serviceaccount:previews:tronador-operator')
    expect(text).toContain('flux-system|previews|kube-.*')
    expect(text).not.toContain('tronador-system')
  })

  test('of the server go with it', async () => {
    const without = await render(helm, { server: { enabled: false } })

    expect(namesOf(without).filter((name) => name.includes('server'))).toEqual([])
  })
})

describe('What live environments stand on', () => {
  test('outlasts the release: definitions, and the confinement of previews', async () => {
    const kept = (await render(helm)).filter(
      ({ metadata }) => metadata.annotations?.['helm.sh/resource-policy'] === 'keep',
    )

    expect(namesOf(kept)).toEqual([
      'ClusterRole tronador-confined',
      'ClusterRole tronador-confined-base',
      'CustomResourceDefinition environmentprovisioners.tronador.stakater.com',
      'CustomResourceDefinition environments.tronador.stakater.com',
      'CustomResourceDefinition repositories.tronador.stakater.com',
      'ValidatingAdmissionPolicy tronador-previews-keep-their-confinement',
      'ValidatingAdmissionPolicyBinding tronador-previews-keep-their-confinement',
    ])
  })

  test('are the definitions of deploy/crds', async () => {
    const definitions = (await render(helm)).filter(({ kind }) => kind === 'CustomResourceDefinition')
    const written = definitions.map(({ metadata }) => {
      const [plural, ...group] = metadata.name.split('.')
      return readFileSync(join(chart, `../../deploy/crds/${group.join('.')}_${plural}.yaml`), 'utf8')
    })

    expect(definitions.map(({ spec }) => spec)).toEqual(written.map((text) => parseManifests(text)[0]?.spec))
    expect(definitions).toHaveLength(3)
  })
})

describe('Every object', () => {
  test('carries the conventional labels', async () => {
    const everything = await render(helm, everySwitch)

    const lacking = everything.filter(
      ({ metadata }) => !Object.keys(conventionalLabels).every((key) => metadata.labels?.[key] !== undefined),
    )
    expect(namesOf(lacking)).toEqual([])
    expect(everything.find(({ kind }) => kind === 'Deployment')?.metadata.labels).toEqual(conventionalLabels)
  })
})

const conventionalLabels = {
  'app.kubernetes.io/name': 'tronador',
  'app.kubernetes.io/instance': 'tronador',
  'app.kubernetes.io/component': 'operator',
  'app.kubernetes.io/part-of': 'tronador',
  'app.kubernetes.io/version': '0.1.0',
  'app.kubernetes.io/managed-by': 'Helm',
  'helm.sh/chart': 'tronador-0.1.0',
}

const everySwitch: Values = {
  server: { ingress: { enabled: true, host: 'tronador.example.com' } },
  serviceMonitor: { enabled: true },
}

describe('A switch adds or leaves out exactly what is its own:', () => {
  const monitors = ['operator', 'server'].flatMap((of) => [
    `Service tronador-${of}-metrics`,
    `ServiceMonitor tronador-${of}`,
  ])
  test.each<[string, Values, { more?: string[]; less?: string[] }]>([
    [
      'crds.install',
      { crds: { install: false } },
      {
        less: ['environmentprovisioners', 'environments', 'repositories'].map(
          (plural) => `CustomResourceDefinition ${plural}.tronador.stakater.com`,
        ),
      },
    ],
    [
      'networkPolicy.enabled',
      { networkPolicy: { enabled: false } },
      { less: ['NetworkPolicy tronador-operator', 'NetworkPolicy tronador-server'] },
    ],
    [
      'podDisruptionBudget.enabled',
      { podDisruptionBudget: { enabled: false } },
      { less: ['PodDisruptionBudget tronador-operator'] },
    ],
    ['one operator', { operator: { replicas: 1 } }, { less: ['PodDisruptionBudget tronador-operator'] }],
    ['serviceMonitor.enabled', { serviceMonitor: { enabled: true } }, { more: monitors.toSorted() }],
    [
      'server.ingress.enabled',
      { server: { ingress: { enabled: true, host: 'tronador.example.com' } } },
      { more: ['Ingress tronador-server'] },
    ],
  ])('%s', async (_, values, { more = [], less = [] }) => {
    const [usual, changed] = (await Promise.all([render(helm), render(helm, values)])).map(namesOf)

    expect(changed?.filter((name) => !usual?.includes(name))).toEqual(more)
    expect(usual?.filter((name) => !changed?.includes(name))).toEqual(less)
  })
})

/** An object as `deploy/` and the chart both have it. */
function withoutOwnLabels(manifest: Manifest): Manifest {
  const { labels = {}, annotations: _, ...metadata } = manifest.metadata
  const others = Object.entries(labels).filter(([key]) => !/^(?:app\.kubernetes\.io|helm\.sh)\//.test(key))
  return { ...manifest, metadata: { ...metadata, ...(others.length > 0 && { labels: Object.fromEntries(others) }) } }
}
