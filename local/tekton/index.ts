/** Tekton as pods of the node: Pipelines with its resolvers, and Triggers. Its images come from the local registry. */

import { join } from 'node:path'
import type { ClusterClient } from '../../src/kube/client.ts'
import type { KubeObject } from '../../src/kube/cluster.ts'
import { customResourceDefinitions, deployments } from '../../src/kube/resources.ts'
import type { Surroundings } from '../cluster.ts'
import type { ControlPlane } from '../control-plane.ts'
import { waitUntilServed } from '../crds.ts'
import { waitUntil } from '../process.ts'
import { pushBuildah, pushTektonImages, tektonImage } from './images.ts'
import { type Manifest, readManifests, resourceOf } from './manifests.ts'

/** What pipelines run with. */
export interface Tekton {
  /** An image with Buildah in it. */
  readonly builder: { readonly image: string }
}

/** Starts Tekton beside the node; resolves when it takes pipelines. */
export async function startTekton(
  surroundings: Surroundings,
  controlPlane: Promise<ControlPlane>,
  registry: Promise<string>,
): Promise<Tekton> {
  const address = await registry
  const stage = surroundings.progress.stage('Start Tekton')
  const [image, manifests] = await Promise.all([
    pushBuildah(surroundings, address),
    readTekton(surroundings, address),
    pushTektonImages(surroundings, address),
  ])
  const { client } = await controlPlane
  await install(client, manifests)
  stage.update('waiting for its pods')
  await Promise.all(manifests.map((manifest) => waitUntilReady(client, manifest)))
  stage.done('Pipelines and Triggers')
  return { builder: { image } }
}

async function readTekton({ build }: Surroundings, registry: string): Promise<Manifest[]> {
  const projects = ['github.com/tektoncd/pipeline', 'github.com/tektoncd/triggers']
  const folders = await Promise.all(projects.map((path) => build.sources('tekton', path)))
  return folders.flatMap((folder) => readManifests(join(folder, 'config'), (program) => tektonImage(registry, program)))
}

/** Kinds before what is of these kinds; namespaces before what is in them. */
async function install(client: ClusterClient, manifests: readonly Manifest[]): Promise<void> {
  const apply = (manifest: Manifest) =>
    client.apply(resourceOf(manifest), manifest, { fieldManager: 'local-cluster', force: true })
  const isFirst = ({ kind }: Manifest) => ['Namespace', customResourceDefinitions.kind].includes(kind)
  const first = manifests.filter(isFirst)
  await Promise.all(first.map(apply))
  await waitUntilServed(client, first)
  await Promise.all(manifests.filter((manifest) => !isFirst(manifest)).map(apply))
}

interface Webhooks extends KubeObject {
  readonly webhooks?: readonly { readonly clientConfig: { readonly caBundle?: string } }[]
}

interface Deployment extends KubeObject {
  readonly status?: { readonly availableReplicas?: number }
}

/** Deployments are ready with their pods, webhooks once their server has written its authority into them. */
async function waitUntilReady(client: ClusterClient, manifest: Manifest): Promise<void> {
  const { kind, metadata } = manifest
  const ref = { name: metadata.name, ...(metadata.namespace && { namespace: metadata.namespace }) }
  const asked = `${kind} ${metadata.name} being ready`
  if (kind === deployments.kind)
    await waitUntil(
      asked,
      async () => (await client.get<Deployment>(deployments, ref))?.status?.availableReplicas === 1,
      180,
    )
  if (kind.endsWith('WebhookConfiguration'))
    await waitUntil(asked, async () => {
      const found = await client.get<Webhooks>(resourceOf(manifest), ref)
      return found?.webhooks?.every(({ clientConfig }) => clientConfig.caBundle !== undefined) ?? false
    })
}
