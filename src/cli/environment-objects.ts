/** The objects of either kind that a command names, as the cluster has them. */

import type { EnvironmentKind } from '../api/environment-kind.ts'
import { TronadorError } from '../core/errors.ts'
import type { Cluster } from '../kube/cluster.ts'
import { type AnyEnvironment, type KindOfEnvironment, kindsOfEnvironment } from '../operator/environment-kinds.ts'

/** An object and what is particular to its kind. */
export interface FoundObject {
  readonly kind: KindOfEnvironment
  readonly object: AnyEnvironment
}

/** Every object of the kinds that the cluster serves, or of the one kind. */
export async function listObjects(cluster: Cluster, only?: EnvironmentKind): Promise<FoundObject[]> {
  const kinds = kindsOfEnvironment.filter(({ kind }) => only === undefined || kind === only)
  const lists = await Promise.all(
    kinds.map(async (kind) => {
      if (!(await cluster.serves(kind.resource))) return []
      const { items } = await cluster.list<AnyEnvironment>(kind.resource)
      return items.map((object) => ({ kind, object }))
    }),
  )
  return lists.flat()
}

/** The one of that name. Throws where there is none, or one of each kind and nobody has said which. */
export function findObject(objects: readonly FoundObject[], name: string, only?: EnvironmentKind): FoundObject {
  const [found, another] = objects.filter(
    ({ kind, object }) => object.metadata.name === name && (only === undefined || kind.kind === only),
  )
  if (found === undefined) {
    const message = `There is no ${only ?? 'Environment or EnvironmentProvisioner'} ${name} in the cluster.`
    throw new TronadorError('EnvironmentMissing', message)
  }
  if (another !== undefined) {
    throw new TronadorError('EnvironmentAmbiguous', `Both an Environment and an EnvironmentProvisioner ${name} exist.`)
  }
  return found
}
