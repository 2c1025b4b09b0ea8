/** Helm Operator's object for tests of this engine, with the status that version 1.4 gives it in each of its phases. */
import type { DesiredEnvironment } from '../../core/model.ts'
import type { ClusterEvent } from '../../core/workload-trouble.ts'
import { commit, desired } from '../testing.ts'
import type { HelmOperatorCondition, HelmReleaseV1 } from './objects.ts'
import { wantedRelease } from './wanted.ts'

/** What is asked for of Helm Operator. */
export function wish(change: Partial<DesiredEnvironment> = {}, tag = 'new'): DesiredEnvironment {
  return desired({ engine: 'helm-operator', profile: 'trusted', ...change }, tag)
}

/** A release of the second generation with that status; without one Helm Operator has not looked at it. */
export function release(status?: HelmReleaseV1['status'], of = wish()): HelmReleaseV1 {
  const { object } = wantedRelease(of)
  return {
    ...object,
    metadata: { ...object.metadata, uid: 'r1', generation: 2 },
    ...(status !== undefined && { status }),
  } as HelmReleaseV1
}

type Status = NonNullable<HelmReleaseV1['status']>

/** How a first look at a repository ends, or one at a repository or chart that cannot be had. */
export const notFetched: Status = {
  observedGeneration: 2,
  phase: 'ChartFetchFailed',
  conditions: [
    condition('ChartFetched', 'False', 'ChartFetchFailed', 'Chart fetch failed'),
    condition('Released', 'False', 'ChartFetchFailed', 'Chart fetch failed'),
  ],
}

/** While Helm installs it the first time. */
export const installing: Status = {
  phase: 'Installing',
  lastAttemptedRevision: commit,
  conditions: [condition('Deployed', 'Unknown', 'Installing', 'Running installation')],
}

/** After Helm has installed it. */
export const released: Status = {
  observedGeneration: 2,
  phase: 'Succeeded',
  lastAttemptedRevision: commit,
  revision: commit,
  releaseStatus: 'deployed',
  conditions: [
    condition('Deployed', 'True', 'Deployed', 'Installation or upgrade succeeded'),
    condition('Released', 'True', 'Succeeded', 'Release was successful'),
  ],
}

/** After Helm has failed with it. */
export const deployFailed: Status = {
  observedGeneration: 2,
  phase: 'DeployFailed',
  lastAttemptedRevision: commit,
  conditions: [
    condition('Deployed', 'False', 'DeployFailed', 'Installation or upgrade failed'),
    condition('Released', 'False', 'DeployFailed', 'Installation or upgrade failed'),
  ],
}

/** After what failed between fetching the chart and Helm: of the attempt itself nothing is written down. */
export const failed: Status = {
  observedGeneration: 2,
  phase: 'Failed',
  conditions: [condition('Released', 'False', 'Failed', 'Release failed')],
}

/** A condition in Helm Operator's sentence; those of one look bear the same second. */
export function condition(
  type: string,
  status: HelmOperatorCondition['status'],
  reason: string,
  what: string,
  lastTransitionTime = '2026-01-01T12:00:00Z',
): HelmOperatorCondition {
  return { type, status, reason, message: `${what} for Helm release 'shop' in 'shop-7'.`, lastTransitionTime }
}

/** The event that Helm Operator records after a look that failed. */
export function failedSync(cause: string, at = '2026-01-01T12:00:00Z'): ClusterEvent {
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: `shop.${at}`, namespace: 'shop-7' },
    type: 'Warning',
    reason: 'FailedReleaseSync',
    note: `synchronization of release 'shop' in namespace 'shop-7' failed: ${cause}`,
    regarding: { kind: 'HelmRelease', name: 'shop', uid: 'r1' },
    eventTime: null,
    deprecatedLastTimestamp: at,
  }
}

/** An event of a look that ended before there was a chart. */
export function failedFetch(cause: string, at?: string): ClusterEvent {
  return failedSync(`failed to prepare chart for release: ${cause}`, at)
}

/** A first look at a repository. */
export const noMirror = failedFetch('chart not ready: no existing git mirror found')
/** A code host that does not answer. */
export const unreachable = failedFetch('chart not ready: git clone --mirror: could not resolve host')
/** What is said of that. */
export const cannotFetch = {
  code: 'SourceFailed',
  message:
    'https://git.example.com/acme/shop cannot be fetched: chart not ready: git clone --mirror: could not resolve host.',
}
/** A wish that follows a branch. */
export const following = wish({ source: { ...wish().source, ref: { branch: 'feature' } } })
