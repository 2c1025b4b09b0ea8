/**
 * A cluster as a user has it who is about to install Tronador: a node with real pods, Flux, a code host, and nothing of
 * Tronador's. The cluster that the files of this tier share has its kinds and operators already.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startBuild } from '../../local/build.ts'
import { componentsOf } from '../../local/cluster.ts'
import { startApi, startControllers } from '../../local/control-plane.ts'
import { installCustomResources } from '../../local/crds.ts'
import { startFlux } from '../../local/engines.ts'
import { type Gitea, startGitea } from '../../local/gitea/index.ts'
import { prepareNode, startNode } from '../../local/node/index.ts'
import { silentProgress } from '../../local/progress.ts'
import { openSurroundings, type Surroundings } from '../../local/surroundings.ts'
import { customResourceDefinition, kinds } from '../../src/api/crd.ts'
import type { ClusterClient } from '../../src/kube/client.ts'
import { customResourceDefinitions } from '../../src/kube/resources.ts'
import { gone } from '../environment-operator.ts'

/** See {@link startInstallCluster}. */
export interface InstallCluster {
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string
  readonly admin: ClusterClient
  readonly registry: { readonly address: string }
  readonly ingress: { readonly port: number }
  readonly gitea: Gitea
  /** Where pods reach this machine, with a certificate of the cluster's own authority for that address. */
  readonly host: { readonly address: string; readonly certificate: { readonly cert: string; readonly key: string } }
  /** Folder that lives as long as the cluster. */
  readonly folder: string
  /** Path of a program that was built. */
  program(name: 'helm' | 'kubectl' | 'shop'): Promise<string>
  /** Ends all of it. */
  stop(): Promise<void>
}

/** Starts it. Helm and kubectl are built where they are not there yet. */
export async function startInstallCluster(): Promise<InstallCluster> {
  const components = [...componentsOf({ tier: 'pods' }), 'helm', 'kubectl', 'shop'] as const
  const surroundings = await openSurroundings(silentProgress, (cache) =>
    startBuild({ cache, components, progress: silentProgress }),
  )
  try {
    const prepared = await prepareNode(surroundings)
    const controlPlane = await startApi(surroundings, prepared.addresses)
    const [services, gitea] = await Promise.all([
      startNode(surroundings, controlPlane, prepared),
      startGitea(surroundings),
      startControllers(surroundings, controlPlane),
      installCustomResources(surroundings, controlPlane),
    ])
    const authority = join(controlPlane.pki, 'ca.crt')
    await Promise.all([
      removeOwnDefinitions(controlPlane.client),
      startFlux(trusting(authority, surroundings), controlPlane, [
        'source-controller',
        'helm-controller',
        'kustomize-controller',
      ]),
    ])
    const pem = (name: string) => readFileSync(join(controlPlane.pki, name), 'utf8')
    return {
      kubeconfig: controlPlane.kubeconfig,
      admin: controlPlane.client,
      ...services,
      gitea,
      host: {
        address: prepared.addresses.host,
        certificate: { cert: pem('apiserver.crt'), key: pem('apiserver.key') },
      },
      folder: surroundings.run.path,
      program: (name) => surroundings.build.binary(name),
      stop: () => surroundings.stop(),
    }
  } catch (error) {
    await surroundings.stop('failed')
    throw error
  }
}

/** Surroundings whose programs trust that authority, as those do into which an administrator has mounted it. */
export function trusting(authority: string, surroundings: Surroundings): Surroundings {
  const trust = { SSL_CERT_FILE: authority, GIT_SSL_CAINFO: authority }
  return {
    ...surroundings,
    start: (options) => surroundings.start({ ...options, env: { ...options.env, ...trust } }),
  }
}

/** The local cluster brings Tronador's kinds along; the chart shall. */
export async function removeOwnDefinitions(admin: ClusterClient): Promise<void> {
  for (const kind of kinds) {
    const { name } = customResourceDefinition(kind).metadata
    const uid = (await admin.get(customResourceDefinitions, { name }))?.metadata.uid
    if (uid !== undefined) await admin.delete(customResourceDefinitions, { name }, { uid })
    await gone(admin, customResourceDefinitions, name)
  }
}
