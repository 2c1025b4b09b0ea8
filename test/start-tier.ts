/** Starts the local cluster of a test tier, once for all its tests, and tells them where it is. */

import type { TestProject } from 'vitest/node'
import { type LocalCluster, startCluster, type Tier } from '../local/cluster.ts'
import { createProgress } from '../local/progress.ts'

declare module 'vitest' {
  /** What tests get with `inject`. What their tier does not bring is not there. */
  interface ProvidedContext {
    /** Path of the administrator's kubeconfig. */
    kubeconfig: string
    server: string
    kubectl: string
    gitea: NonNullable<LocalCluster['gitea']>
    argocd: NonNullable<LocalCluster['argocd']>
    registry: NonNullable<LocalCluster['registry']>
    ingress: NonNullable<LocalCluster['ingress']>
    builder: NonNullable<LocalCluster['builder']>
    simulatedPods: boolean
  }
}

/** A Vitest global set-up that starts this tier; what it returns stops it. */
export function startTier(
  tier: Tier,
  options: { readonly argocd?: boolean } = {},
): (project: TestProject) => Promise<() => Promise<void>> {
  return async (project) => {
    const cluster = await startCluster({
      ...options,
      tier,
      progress: createProgress({ stream: process.stderr }),
      simulatePods: tier === 'pods' && process.env.TRONADOR_SIMULATE_PODS === '1',
    })
    const { kubeconfig, server, kubectl, gitea, argocd, registry, ingress, builder, simulatedPods } = cluster
    project.provide('kubeconfig', kubeconfig)
    project.provide('server', server)
    project.provide('simulatedPods', simulatedPods)
    if (kubectl !== undefined) project.provide('kubectl', kubectl)
    if (gitea !== undefined) project.provide('gitea', gitea)
    if (argocd !== undefined) project.provide('argocd', argocd)
    if (registry !== undefined) project.provide('registry', registry)
    if (ingress !== undefined) project.provide('ingress', ingress)
    if (builder !== undefined) project.provide('builder', builder)
    void cluster.died.then((error) => {
      console.error(error.message)
      process.exitCode = 1
    })
    return () => cluster.stop()
  }
}
