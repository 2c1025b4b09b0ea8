/** The custom resources of the local cluster: Flux's, Helm Operator's, from their sources, and Tronador's own. */

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Cluster, KubeObject } from '../src/kube/cluster.ts'
import { customResourceDefinitions } from '../src/kube/resources.ts'
import type { Build } from './build.ts'
import type { Surroundings } from './cluster.ts'
import type { ControlPlane } from './control-plane.ts'
import { waitUntil } from './process.ts'

const controllers = ['source-controller', 'kustomize-controller', 'helm-controller']

interface CustomResourceDefinition extends KubeObject {
  readonly spec: {
    readonly group: string
    readonly scope: 'Namespaced' | 'Cluster'
    readonly names: { readonly kind: string; readonly plural: string }
    readonly versions: readonly { readonly name: string; readonly served: boolean }[]
  }
}

/** Installs all of them and waits until they are served: controllers that start earlier end at once. */
export async function installCustomResources(
  { build, progress }: Surroundings,
  { client }: ControlPlane,
): Promise<void> {
  const stage = progress.stage('Install the custom resources')
  const [flux, helmOperator] = await Promise.all([readFluxDefinitions(build), readHelmOperatorDefinitions(build)])
  const definitions = [...flux, ...helmOperator, ...readOwnDefinitions()]
  await Promise.all(
    definitions.map((crd) =>
      client.apply(customResourceDefinitions, crd, { fieldManager: 'local-cluster', force: true }),
    ),
  )
  await waitUntilServed(client, definitions)
  stage.done(`${definitions.length} kinds`)
}

/** Waits until every kind among these objects that is defined there is served. */
export async function waitUntilServed(client: Cluster, objects: readonly KubeObject[]): Promise<void> {
  await Promise.all(
    objects
      .filter((object): object is CustomResourceDefinition => object.kind === customResourceDefinitions.kind)
      .flatMap(listServed)
      .map((resource) =>
        waitUntil(`${resource.plural}.${resource.group}/${resource.version} being served`, () =>
          client.serves(resource),
        ),
      ),
  )
}

function listServed({ spec }: CustomResourceDefinition) {
  const { group, names, scope } = spec
  return spec.versions
    .filter(({ served }) => served)
    .map(({ name }) => ({
      group,
      version: name,
      plural: names.plural,
      kind: names.kind,
      namespaced: scope === 'Namespaced',
    }))
}

async function readFluxDefinitions(build: Build): Promise<CustomResourceDefinition[]> {
  const sources = await Promise.all(controllers.map((name) => build.sources('kubernetes', `github.com/fluxcd/${name}`)))
  return sources.flatMap((folder) => readDefinitions(join(folder, 'config/crd/bases')))
}

async function readHelmOperatorDefinitions(build: Build): Promise<CustomResourceDefinition[]> {
  const folder = await build.sources('helm-operator', 'github.com/fluxcd/helm-operator')
  return readDefinitions(join(folder, 'chart/helm-operator/crds'))
}

function readOwnDefinitions(): CustomResourceDefinition[] {
  return readDefinitions(join(import.meta.dirname, '../deploy/crds'))
}

function readDefinitions(folder: string): CustomResourceDefinition[] {
  return globSync('*.yaml', { cwd: folder })
    .sort()
    .map((file) => parse(readFileSync(join(folder, file), 'utf8')))
}
