/** What `tronador abandon` does: finds the objects, and where it is meant takes Tronador's finalizer off them. */

import type { EnvironmentKind } from '../api/environment-kind.ts'
import { finalizer } from '../api/labels.ts'
import { TronadorError } from '../core/errors.ts'
import { type Cluster, isKubeError, type KubeObject } from '../kube/cluster.ts'
import { leases } from '../kube/resources.ts'
import { operatorLease } from '../operator/lease-name.ts'
import { hasFinalizer, removeFinalizer } from '../operator/runtime/finalizer.ts'
import { type FoundObject, findObject, listObjects } from './environment-objects.ts'

/** Who asks for what. */
export interface AbandonRequest {
  /** Undefined: all. */
  readonly names: readonly string[] | undefined
  readonly kind: EnvironmentKind | undefined
  /** The operator's own namespace. */
  readonly namespace: string
  /** Whether it shall be done, or only shown. */
  readonly isMeant: boolean
  readonly now: Date
}

/** Returns what there is to say. Throws a TronadorError where an object is not there or an operator is at work. */
export async function abandonObjects(cluster: Cluster, request: AbandonRequest): Promise<string> {
  const { names, kind, isMeant } = request
  const all = await listObjects(cluster, kind)
  const asked = names === undefined ? all : [...new Set(names)].map((name) => findObject(all, name, kind))
  const held = asked.filter(({ object }) => hasFinalizer(object, finalizer))
  const holder = await leaseHolder(cluster, request)
  const atWork = `${holder} holds the lease ${operatorLease} in namespace ${request.namespace}.`
  if (isMeant && holder !== undefined) throw new TronadorError('OperatorAtWork', atWork)
  if (held.length === 0) return `None of ${asked.length} ${plural(asked.length)} has Tronador’s finalizer.\n`
  if (isMeant) for (const { kind, object } of held) await letGo(cluster, { kind, object })
  const lines = held.map(({ kind, object }) => `  ${kind.kind} ${object.metadata.name}${afterwards(object)}`)
  const count = `${held.length} ${plural(held.length)}`
  const begin = isMeant ? `Tronador’s finalizer is off ${count}:` : `Tronador’s finalizer would be taken off ${count}:`
  const end = isMeant
    ? ['What they made stays and runs on.']
    : [
        'What they made would stay and run on. Nothing was changed. Run it again with --yes to do it.',
        ...(holder === undefined ? [] : [`That will be refused while an operator is at work: ${atWork}`]),
      ]
  return [begin, ...lines, ...end, ''].join('\n')
}

/** Once more from what stands then, where somebody has written to the object meanwhile. */
async function letGo(cluster: Cluster, { kind, object }: FoundObject, attempts = 3): Promise<void> {
  try {
    await removeFinalizer(cluster, kind.resource, object, finalizer)
  } catch (error) {
    if (!isKubeError(error, 'Conflict') || attempts <= 1) throw error
    const { name, uid } = object.metadata
    const now = await cluster.get<KubeObject>(kind.resource, { name })
    if (now?.metadata.uid === uid && now) await letGo(cluster, { kind, object: now }, attempts - 1)
  }
}

function afterwards({ metadata }: KubeObject): string {
  const others = (metadata.finalizers ?? []).filter((name) => name !== finalizer)
  if (metadata.deletionTimestamp === undefined) return ''
  return others.length > 0 ? `, which goes after ${others.join(', ')}` : ', which is being deleted and goes at once'
}

function plural(count: number): string {
  return count === 1 ? 'object' : 'objects'
}

interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string | null
    readonly leaseDurationSeconds?: number
    readonly renewTime?: string
  }
}

/** Who holds the operator's lease; undefined where nobody does, or has let it run out. */
async function leaseHolder(cluster: Cluster, { namespace, now }: AbandonRequest): Promise<string | undefined> {
  const { spec = {} } = (await cluster.get<Lease>(leases, { name: operatorLease, namespace })) ?? {}
  const { holderIdentity, renewTime, leaseDurationSeconds = 15 } = spec
  if (!holderIdentity || renewTime === undefined) return undefined
  return now.getTime() < Date.parse(renewTime) + leaseDurationSeconds * 1000 ? holderIdentity : undefined
}
