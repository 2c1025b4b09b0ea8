/**
 * Leader election over a Lease: of several processes one works. The leader renews every 2 s; if it has not
 * succeeded for 10 s it must stop, and after 15 s without renewal another takes over, so there is never a second.
 */
import { type Clock, type Random, sleep } from '../../kube/clock.ts'
import { type Cluster, isKubeError, type KubeObject } from '../../kube/cluster.ts'
import { leases } from '../../kube/resources.ts'
import { describeError, type Log, silentLog } from './log.ts'

/** Seconds and milliseconds of Kubernetes' own controllers. */
const leaseSeconds = 15
const renewDeadline = 10_000
const retryPeriod = 2_000

interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string | null
    readonly leaseDurationSeconds?: number
    readonly acquireTime?: string
    readonly renewTime?: string
    readonly leaseTransitions?: number
  }
}

/** Which lease, and who asks for it. */
export interface LeaderElectionOptions {
  readonly cluster: Cluster
  readonly namespace: string
  readonly name: string
  /** Names this process; no other may have the same. */
  readonly identity: string
  readonly clock: Clock
  readonly random: Random
  readonly log?: Log
}

/** See {@link electLeader}. */
export interface LeaderElection {
  /** Resolves when this process leads. */
  readonly acquired: Promise<void>
  /** Resolves when it leads no more, though it did not give the lease back: stop all work at once. */
  readonly lost: Promise<void>
  isLeading(): boolean
  /** Gives the lease back (or the candidacy up), so that another need not wait. Call it after the work has stopped. */
  release(): Promise<void>
}

/** Stands for election at once. */
export function electLeader(options: LeaderElectionOptions): LeaderElection {
  const { cluster, namespace, name, identity, clock, random, log = silentLog } = options
  const acquired = Promise.withResolvers<void>()
  const lost = Promise.withResolvers<void>()
  const stopping = new AbortController()
  /** The lease as last seen, and when by our own clock: other machines' clocks are not trusted. */
  let seen: { readonly lease: Lease; readonly at: number } | undefined
  /** Whether `seen` is our own last write; otherwise the lease is read before it is written. */
  let isCurrent = false
  let isLeading = false

  /** One try; true when the lease is ours afterwards. */
  async function acquireOrRenew(): Promise<boolean> {
    if (!isCurrent) await look()
    if (seen === undefined) return hold(await cluster.create<Lease>(leases, newLease()))
    if (isHeldByAnother(seen)) return false
    const { uid, resourceVersion } = seen.lease.metadata
    const patch = { metadata: { uid, resourceVersion }, spec: claim(seen.lease) }
    return hold(await cluster.patch<Lease>(leases, { name, namespace }, patch))
  }

  async function look(): Promise<void> {
    const lease = await cluster.get<Lease>(leases, { name, namespace })
    if (lease === undefined) seen = undefined
    else if (lease.metadata.resourceVersion !== seen?.lease.metadata.resourceVersion) {
      seen = { lease, at: clock.now() }
    }
  }

  function hold(lease: Lease): true {
    seen = { lease, at: clock.now() }
    isCurrent = true
    return true
  }

  function isHeldByAnother({ lease, at }: { readonly lease: Lease; readonly at: number }): boolean {
    const { holderIdentity, leaseDurationSeconds = leaseSeconds } = lease.spec ?? {}
    if (!holderIdentity || holderIdentity === identity) return false
    return clock.now() < at + leaseDurationSeconds * 1000
  }

  function claim({ spec }: Lease): object {
    const renewTime = microTime()
    if (spec?.holderIdentity === identity) return { renewTime, leaseDurationSeconds: leaseSeconds }
    return {
      holderIdentity: identity,
      leaseDurationSeconds: leaseSeconds,
      acquireTime: renewTime,
      renewTime,
      leaseTransitions: (spec?.leaseTransitions ?? 0) + 1,
    }
  }

  const newLease = (): Lease => ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace },
    spec: {
      holderIdentity: identity,
      leaseDurationSeconds: leaseSeconds,
      acquireTime: microTime(),
      renewTime: microTime(),
      leaseTransitions: 0,
    },
  })

  const microTime = () => new Date(clock.now()).toISOString().replace('Z', '000Z')

  /** A try that hangs must not outlast the deadline: silence counts as failure. */
  async function tryWithin(milliseconds: number): Promise<boolean> {
    const giveUp = new AbortController()
    const timeout = sleep(clock, milliseconds, giveUp.signal).then(() => false)
    const attempt = acquireOrRenew().catch((error: unknown) => {
      if (!isKubeError(error, 'Conflict', 'AlreadyExists')) {
        log.warn({ lease: name, error: describeError(error) }, 'lease cannot be renewed')
      }
      isCurrent = false
      return false
    })
    const result = await Promise.race([attempt, timeout])
    giveUp.abort()
    return result
  }

  async function run(): Promise<void> {
    let renewedAt = clock.now()
    while (!stopping.signal.aborted) {
      const startedAt = clock.now()
      const left = isLeading ? renewedAt + renewDeadline - startedAt : renewDeadline
      if (await tryWithin(left)) {
        renewedAt = startedAt
        if (!isLeading) {
          isLeading = true
          log.info({ lease: name, identity }, 'leading')
          acquired.resolve()
        }
      } else if (isLeading && clock.now() >= renewedAt + renewDeadline) {
        isLeading = false
        log.error({ lease: name, identity }, 'lease was lost')
        lost.resolve()
        return
      }
      await sleep(clock, retryPeriod * (isLeading ? 1 : 1 + random() / 5), stopping.signal)
    }
  }

  const finished = run()
  return {
    acquired: acquired.promise,
    lost: lost.promise,
    isLeading: () => isLeading,
    async release() {
      stopping.abort()
      await finished
      if (!isLeading || seen === undefined) return
      isLeading = false
      const { uid, resourceVersion } = seen.lease.metadata
      const spec = { holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime() }
      try {
        await cluster.patch(leases, { name, namespace }, { metadata: { uid, resourceVersion }, spec })
      } catch (error) {
        log.warn({ lease: name, error: describeError(error) }, 'lease was not given back; it runs out by itself')
      }
    },
  }
}
