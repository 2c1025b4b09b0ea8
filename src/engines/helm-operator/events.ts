/** Why a release failed: Helm Operator's conditions do not say, the events it records on the HelmRelease do. */
import type { KubeObject } from '../../api/object.ts'
import type { ClusterEvent } from '../../core/workload-trouble.ts'
import type { HelmReleaseV1 } from './objects.ts'

/** The newest cause, without what is said around it; undefined where no event tells. */
export function lastCauseOf(release: HelmReleaseV1, observed: readonly KubeObject[]): string | undefined {
  const events = observed
    .filter((object): object is ClusterEvent => object.kind === 'Event')
    .filter(({ reason, regarding }) => reason === 'FailedReleaseSync' && regarding?.uid === release.metadata.uid)
    .sort((a, b) => timeOf(b).localeCompare(timeOf(a)))
  const note = events[0]?.note
  return note === undefined ? undefined : withoutFrame(note)
}

function timeOf({ series, eventTime, deprecatedLastTimestamp }: ClusterEvent): string {
  return series?.lastObservedTime ?? eventTime ?? deprecatedLastTimestamp ?? ''
}

/** `synchronization of release 'shop' in namespace 'shop-7' failed: failed to prepare chart for release: CAUSE`. */
function withoutFrame(note: string): string {
  return note
    .replace(/^synchronization of release '[^']*' in namespace '[^']*' failed: /, '')
    .replace(/^failed to prepare chart for release: /, '')
    .trim()
    .replace(/\.$/, '')
}
