/** Tekton's own manifests, as its sources bring them, for a cluster whose images come from the local registry. */

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { KubeObject, Resource } from '../../src/kube/cluster.ts'

/** An object of a manifest, with whatever its kind holds. */
export type Manifest = KubeObject & Readonly<Record<string, unknown>>

/** Left out: a webhook that scales, and events for those who asked to be told. */
const leftOut = ['events.yaml', 'webhook-hpa.yaml']

/** All objects below a folder of configuration, file by file. Images that were to be built are named by `imageOf`. */
export function readManifests(folder: string, imageOf: (program: string) => string): Manifest[] {
  return globSync('**/*.yaml', { cwd: folder, exclude: leftOut })
    .sort()
    .flatMap((file) => parseAllDocuments(nameImages(readFileSync(join(folder, file), 'utf8'), imageOf)))
    .map((document) => document.toJS() as Manifest | null)
    .filter((object) => object !== null)
    .map(quicken)
}

/**
 * Names the images in a manifest. Tekton's build tool puts an image in place of each `ko://PACKAGE`; here
 * `ko://github.com/tektoncd/pipeline/cmd/webhook` is the program `pipeline-webhook`.
 */
export function nameImages(text: string, imageOf: (program: string) => string): string {
  return text.replaceAll(/ko:\/\/github\.com\/tektoncd\/(\w+)\/cmd\/(\w+)/g, (_, project, command) =>
    imageOf(`${project}-${command}`),
  )
}

/** Where an object is served. Kinds with an irregular plural are not among Tekton's. */
export function resourceOf({ apiVersion, kind, metadata }: Manifest): Resource {
  const [version = '', group = ''] = apiVersion.split('/').reverse()
  return { group, version, kind, plural: `${kind.toLowerCase()}s`, namespaced: metadata.namespace !== undefined }
}

interface Container {
  readonly command?: readonly string[]
  readonly readinessProbe?: object
}

/** Asks for readiness each second, and waits for no sidecar that nobody injects here. */
function quicken(object: Manifest): Manifest {
  if (object.kind === 'ConfigMap' && object.metadata.name === 'feature-flags') {
    const data = object.data as Record<string, string>
    return { ...object, data: { ...data, 'running-in-environment-with-injected-sidecars': 'false' } }
  }
  if (object.kind !== 'Deployment') return object
  const copy = structuredClone(object) as Manifest & {
    spec: { template: { spec: { containers: Container[] } } }
  }
  const { spec } = copy.spec.template
  spec.containers = spec.containers.map(({ command: _, ...container }) => ({
    // A command is only ever the small init that its image does not hold here.
    ...container,
    ...(container.readinessProbe && {
      readinessProbe: { ...container.readinessProbe, initialDelaySeconds: 0, periodSeconds: 1 },
    }),
  }))
  return copy
}
