/** Which engines the cluster serves. Asked once, when the operator starts. */
import type { EngineName } from '../core/engine-choice.ts'
import type { Cluster } from '../kube/cluster.ts'
import { gitRepositories, helmReleases, helmReleasesV1 } from '../kube/resources.ts'

/** The engines whose kinds are all served. */
export async function findServedEngines(cluster: Cluster): Promise<Set<EngineName>> {
  const [sources, releases, releasesV1] = await Promise.all(
    [gitRepositories, helmReleases, helmReleasesV1].map((resource) => cluster.serves(resource)),
  )
  return new Set([
    ...(sources && releases ? (['flux'] as const) : []),
    ...(releasesV1 ? (['helm-operator'] as const) : []),
  ])
}
