/** How an environment goes: one look at what still stands, and the next step of the plan. */
import { environmentLabel, managedByLabel, managedByValue } from '../api/labels.ts'
import { TronadorError } from '../core/errors.ts'
import type { DesiredEnvironment } from '../core/model.ts'
import { isEarlierTronadors, type Owner, provenOwnership } from '../core/ownership.ts'
import { planAdoptionToRemove } from '../core/plan/environment-plan.ts'
import { planTeardown } from '../core/plan/teardown-plan.ts'
import { newsBetween, reportRemoval } from '../core/report/environment-report.ts'
import { isReservedNamespace, releaseNameIn } from '../core/translation.ts'
import type { HelmRecord, Removal } from '../engines/engine.ts'
import { isKubeError, type KubeObject } from '../kube/cluster.ts'
import { namespaces, secrets } from '../kube/resources.ts'
import { applyPlan } from './apply-plan.ts'
import type { EnvironmentReconcilerOptions } from './environment.ts'
import type { AnyEnvironment } from './environment-kinds.ts'
import { contentResources } from './environment-watches.ts'
import { observeRelease, readEngineObjectsNow } from './observe-environment.ts'
import type { CleanupOutcome } from './runtime/reconciler.ts'

/** What the teardown is made with. */
export interface TeardownOptions extends EnvironmentReconcilerOptions {
  /** RFC 3339, whole seconds. */
  readonly now: () => string
  readonly remember: (object: KubeObject) => void
}

const teardownInterval = 15_000
const storageInterval = 1_000

/** Makes the cleanup of the kind. */
export function createTeardown(options: TeardownOptions): (environment: AnyEnvironment) => Promise<CleanupOutcome> {
  const { kind, observer, engines, settings, identity, clock, now, remember } = options
  const { cluster, watches } = observer

  return async (environment) => {
    const { name, uid = '' } = environment.metadata
    if (isReservedNamespace(name, settings)) return { done: true }
    const owner = { kind: environment.kind, name, uid }
    const namespace = await cluster.get<KubeObject>(namespaces, { name })
    if (namespace === undefined) return { done: true }
    const proven = provenOwnership(namespace, owner, observer.isLiving)
    const asked = tryToTranslate(environment)
    const ownership =
      proven === 'foreign' && (await adoptEarlier(environment, owner, namespace, asked)) ? 'ours' : proven
    if (ownership === 'foreign') return { done: true }

    const objects = await engineObjectsNow(name)
    // In a namespace that is going nothing can be proven any more: the right to look goes with all else in it.
    const isGoing = namespace.metadata.deletionTimestamp !== undefined
    const { releases, records } = await removal(environment, asked, objects, isGoing)
    const teardown = planTeardown(
      { namespace: name, profile: asked?.profile ?? 'confined' },
      {
        ownership,
        namespace,
        contents: watches.inNamespace(name, contentResources),
        releases,
        sources: engines.removeSources(objects),
        storage: releases.remaining.length > 0 ? [] : records?.map((record) => record.name),
      },
      identity,
    )
    if (teardown.done) return { done: true }
    await applyPlan({ cluster, clock }, teardown.plan, remember)
    const status = kind.say(reportRemoval(environment, teardown, now()))
    // Secrets that go send no event: they are looked for often, until it is clear that something holds them.
    const looksForRecords = records?.length !== 0 && status.conditions?.[0]?.reason !== 'RemovalBlocked'
    return {
      done: false,
      status: { ...status },
      events: newsBetween(environment.status, status),
      againAfter: looksForRecords ? storageInterval : teardownInterval,
    }
  }

  /** What an earlier Tronador made for an object that goes before it was adopted becomes ours now, to go with it. */
  async function adoptEarlier(
    environment: AnyEnvironment,
    owner: Owner,
    namespace: KubeObject,
    asked: DesiredEnvironment | undefined,
  ): Promise<boolean> {
    const release = asked?.release.name ?? releaseNameIn(environment)
    if (release === undefined) return false
    const standing = await readEngineObjectsNow(observer, owner.name)
    if (!isEarlierTronadors(namespace, release, standing)) return false
    await applyPlan({ cluster, clock }, planAdoptionToRemove(owner, namespace, standing), remember)
    return true
  }

  /** What removes the releases; Helm's records are looked at only where they are needed for it. */
  async function removal(
    environment: AnyEnvironment,
    desired: DesiredEnvironment | undefined,
    objects: readonly KubeObject[],
    isGoing: boolean,
  ): Promise<{ releases: Removal; records: readonly HelmRecord[] | undefined }> {
    const waited = clock.now() - Date.parse(environment.metadata.deletionTimestamp ?? now())
    const without = engines.removeReleases(objects, { desired, records: undefined, waited })
    if (isGoing) return { releases: without, records: [] }
    if (without.remaining.length > 0 && !without.needsRecords) return { releases: without, records: [] }
    const records = await helmRecords(environment.metadata.name, desired?.release.name)
    return { releases: engines.removeReleases(objects, { desired, records, waited }), records }
  }

  /** From the copies while they show something; that nothing is left is asked of the API server. */
  async function engineObjectsNow(namespace: string): Promise<readonly KubeObject[]> {
    const known = observeRelease(observer, namespace).engine
    const circumstances = { desired: undefined, records: undefined, waited: 0 }
    if (engines.removeReleases(known, circumstances).remaining.length > 0) return known
    const standing = await readEngineObjectsNow(observer, namespace)
    // With the first label alone where an adoption was cut short; with neither what a trusted preview's chart made.
    return standing.filter(
      ({ metadata: { labels } }) =>
        labels?.[managedByLabel] === managedByValue || labels?.[environmentLabel] === namespace,
    )
  }

  /**
   * The Secrets in which Helm keeps the release, or any release where its name is not known; undefined while the
   * right to look is not there yet.
   */
  async function helmRecords(namespace: string, release: string | undefined): Promise<HelmRecord[] | undefined> {
    try {
      const labelSelector = release === undefined ? 'owner=helm' : `owner=helm,name=${release}`
      const { items } = await cluster.list<KubeObject>(secrets, { namespace, labelSelector, metadataOnly: true })
      return items.map(({ metadata }) => ({ name: metadata.name, status: metadata.labels?.status }))
    } catch (error) {
      if (isKubeError(error, 'Forbidden')) return undefined
      throw error
    }
  }

  function tryToTranslate(environment: AnyEnvironment): DesiredEnvironment | undefined {
    try {
      return kind.translate(environment, settings)
    } catch (error) {
      if (error instanceof TronadorError) return undefined
      throw error
    }
  }
}
