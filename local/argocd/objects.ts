/** What Argo CD finds in the cluster when it starts: its kinds and its settings, as it is delivered. */

import { randomBytes } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Cluster, KubeObject } from '../../src/kube/cluster.ts'
import { configMaps, customResourceDefinitions, namespaces, secrets } from '../../src/kube/resources.ts'
import type { Surroundings } from '../cluster.ts'
import { waitUntilServed } from '../crds.ts'

/** Namespace Argo CD calls its own. */
export const argoCdNamespace = 'argocd'

/** Installs them, and waits until the kinds are served. */
export async function installArgoCd({ build }: Surroundings, cluster: Cluster, webhookSecret: string): Promise<void> {
  const manifests = join(await build.sources('argocd', 'github.com/argoproj/argo-cd/v3'), 'manifests')
  const apply = { fieldManager: 'local-cluster', force: true }
  const definitions = readManifests(join(manifests, 'crds'), '*-crd.yaml')
  await Promise.all([
    ...definitions.map((definition) => cluster.apply(customResourceDefinitions, definition, apply)),
    cluster.apply(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: argoCdNamespace } }, apply),
  ])
  await Promise.all([
    waitUntilServed(cluster, definitions),
    ...readManifests(join(manifests, 'base/config'), '*-cm.yaml').map((map) =>
      cluster.apply(configMaps, inItsNamespace(map), apply),
    ),
    cluster.apply(secrets, inItsNamespace(secretObject(webhookSecret)), apply),
  ])
}

function readManifests(folder: string, pattern: string): KubeObject[] {
  return globSync(pattern, { cwd: folder }).map((file) => parse(readFileSync(join(folder, file), 'utf8')))
}

function inItsNamespace<T extends KubeObject>(object: T): T {
  return { ...object, metadata: { ...object.metadata, namespace: argoCdNamespace } }
}

/** What its installation makes up, with the label by which it finds it. */
function secretObject(webhookSecret: string): KubeObject & { readonly stringData: object } {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'argocd-secret', labels: { 'app.kubernetes.io/part-of': 'argocd' } },
    stringData: { 'server.secretkey': randomBytes(32).toString('hex'), 'webhook.gogs.secret': webhookSecret },
  }
}
