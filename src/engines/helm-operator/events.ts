/** Why a look failed: Helm Operator's conditions do not say, the events it records on the HelmRelease do. */
import type { KubeObject } from '../../api/object.ts'
import type { ClusterEvent } from '../../core/workload-trouble.ts'
import type { HelmReleaseV1 } from './objects.ts'

const ofFetching = 'failed to prepare chart for release: '

/** Why the repository or its chart could not be had, the last time; undefined where no event tells. */
export function fetchCauseOf(release: HelmReleaseV1, observed: readonly KubeObject[]): string | undefined {
  return causesOf(release, observed)
    .find((cause) => cause.startsWith(ofFetching))
    ?.slice(ofFetching.length)
}

/** Why Helm could not release it, the last time it was tried; undefined where no event tells. */
export function releaseCauseOf(release: HelmReleaseV1, observed: readonly KubeObject[]): string | undefined {
  return causesOf(release, observed).find((cause) => !cause.startsWith(ofFetching))
}

/** Newest first, without what is said around them: `synchronization of release 'a' in namespace 'b' failed: CAUSE`. */
function causesOf(release: HelmReleaseV1, observed: readonly KubeObject[]): string[] {
  return observed
    .filter((object): object is ClusterEvent => object.kind === 'Event')
    .filter(({ reason, regarding }) => reason === 'FailedReleaseSync' && regarding?.uid === release.metadata.uid)
    .sort((a, b) => timeOf(b).localeCompare(timeOf(a)))
    .map(({ note = '' }) => note.replace(/^synchronization of release '[^']*' in namespace '[^']*' failed: /, ''))
    .map((cause) => withoutContent(cause).trim().replace(/\.$/, ''))
}

/** Of values that are no YAML it quotes all there is, a Secret's too: that stays out of status and comments. */
function withoutContent(cause: string): string {
  const [before = '', quoted] = cause.split('unable to yaml.Unmarshal ', 2)
  if (quoted === undefined) return cause
  const [, where = 'what is there'] = / from (\S+ in (?:Secret|ConfigMap) \S+)$/.exec(cause) ?? []
  return `${before}${where} is no YAML`
}

function timeOf({ series, eventTime, deprecatedLastTimestamp }: ClusterEvent): string {
  return series?.lastObservedTime ?? eventTime ?? deprecatedLastTimestamp ?? ''
}
