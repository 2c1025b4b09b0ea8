/** The commands of `docs/guides/from-the-original.md`, as they stand, over definitions and an operator of a Helm chart. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { stringify } from 'yaml'
import { startBuild } from '../../local/build.ts'
import { componentsOf } from '../../local/cluster.ts'
import { startApi, startControllers } from '../../local/control-plane.ts'
import { silentProgress } from '../../local/progress.ts'
import { openSurroundings } from '../../local/surroundings.ts'
import type { ClusterClient } from '../../src/kube/client.ts'
import type { KubeObject } from '../../src/kube/cluster.ts'
import { customResourceDefinitions, deployments, environmentProvisioners } from '../../src/kube/resources.ts'
import { connectAsAdmin, eventually } from '../environment-operator.ts'
import { blocksOf, openShell, type Shell } from '../page-commands.ts'
import { openHelm } from './helm.ts'

let admin: ClusterClient
let kubeconfig: string
let run: Shell
let folder: string
let stop: () => Promise<unknown> = async () => {}
beforeAll(async () => {
  const components = [...componentsOf({ tier: 'control-plane' }), 'kubectl'] as const
  const surroundings = await openSurroundings(silentProgress, (cache) =>
    startBuild({ cache, components, progress: silentProgress }),
  )
  stop = () => surroundings.stop()
  const controlPlane = await startApi(surroundings)
  await startControllers(surroundings, controlPlane)
  kubeconfig = controlPlane.kubeconfig
  admin = await connectAsAdmin(kubeconfig)
  folder = await mkdtemp(join(tmpdir(), 'tronador-original-'))
  const programs = [await surroundings.build.binary('kubectl'), inject('helm')]
  run = openShell({ programs, kubeconfig, home: folder })
})
afterAll(async () => {
  await admin?.close()
  await stop()
  await rm(folder, { recursive: true, force: true })
})

const environment = {
  apiVersion: 'tronador.stakater.com/v1alpha1',
  kind: 'EnvironmentProvisioner',
  metadata: { name: 'stakater-nordmart-inventory-74' },
  spec: {
    application: {
      release: {
        chart: {
          git: 'https://github.com/stakater-lab/stakater-nordmart-inventory',
          path: 'deploy',
          ref: 'run-pipeline',
        },
        releaseName: 'run-pipeline',
        valuesFrom: null,
      },
    },
    namespaceLabels: { kind: 'pr' },
  },
} as KubeObject

/** The original as a chart: definitions that keep what they do not know, and a Deployment. */
async function original(): Promise<string> {
  await mkdir(join(folder, 'templates'))
  const definitions = ['Environment', 'EnvironmentProvisioner'].map(earlierDefinition)
  const labels = { app: 'original' }
  const operator = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'tronador-controller-manager' },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'manager', image: 'original' }] } },
    },
  }
  await writeFile(join(folder, 'Chart.yaml'), 'apiVersion: v2\nname: tronador-original\nversion: 0.0.1\n')
  const texts = [...definitions, operator].map((object) => stringify(object))
  await writeFile(join(folder, 'templates/all.yaml'), texts.join('---\n'))
  return folder
}

function earlierDefinition(kind: string): object {
  const plural = `${kind.toLowerCase()}s`
  const version = {
    name: kind === 'Environment' ? 'v1alpha2' : 'v1alpha1',
    served: true,
    storage: true,
    subresources: { status: {} },
    schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
  }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.tronador.stakater.com` },
    spec: {
      group: 'tronador.stakater.com',
      scope: 'Cluster',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      versions: [version],
    },
  }
}

/** The guide’s commands for the shell that hold this text. */
async function commandsWith(text: string): Promise<string> {
  const found = (await blocksOf('guides/from-the-original.md', 'sh')).filter((block) => block.includes(text))
  expect(found).toHaveLength(1)
  return found[0] ?? ''
}

test('Tronador is installed over the original’s definitions, which goes, and every object stays', async () => {
  const helm = openHelm(inject('helm'), kubeconfig)
  // As Helm 3 did, whose fields Helm 4 finds in other hands.
  const asBefore = ['--server-side=false', '--namespace', 'tronador', '--create-namespace']
  await helm('install', 'original', await original(), ...asBefore)
  const before = await eventually('the definition being served', () =>
    admin.create(environmentProvisioners, environment).catch(() => undefined),
  )
  const objects = () => admin.list<KubeObject>(environmentProvisioners, {})

  await run(await commandsWith('scale deployment'))
  const stopped = await admin.get<KubeObject & { spec: { replicas: number } }>(deployments, {
    namespace: 'tronador',
    name: 'tronador-controller-manager',
  })
  expect(stopped?.spec.replicas).toBe(0)

  const install = await commandsWith('helm install')
  await expect(run(install.replace(' --take-ownership', ''))).rejects.toThrow(/cannot be imported|invalid ownership/)
  await run(install)
  const { metadata } = (await admin.get<KubeObject>(customResourceDefinitions, {
    name: 'environmentprovisioners.tronador.stakater.com',
  })) as KubeObject
  expect(metadata.annotations).toMatchObject({ 'meta.helm.sh/release-name': 'tronador' })
  expect((await objects()).items).toEqual([before])
  expect(await run(await commandsWith('HELD-BY'))).toMatch(/stakater-nordmart-inventory-74 +<none>/)

  await run(await commandsWith('delete secret'))
  expect(await helm('list', '--namespace', 'tronador', '--short')).toBe('')
  expect(await admin.get(deployments, { namespace: 'tronador', name: 'tronador-controller-manager' })).toBeUndefined()
  expect((await objects()).items).toEqual([before])
  expect(await helm('list', '--namespace', 'tronador-system', '--short')).toBe('tronador\n')
})
