/** Whose pods a chart's version reaches: another engine gives the same chart another version, and they would restart. */
import type { KubeObject } from '../api/object.ts'
import type { Workload } from '../core/workloads.ts'

/** The first workload whose pods carry the chart's version, in a sentence; undefined where none does. */
export function restartedPods(observed: readonly KubeObject[]): string | undefined {
  const carrier = observed.find(carriesChartVersion)
  return carrier && `the pods of ${carrier.kind} ${carrier.metadata.name} carry the chart’s version and would restart`
}

/** By the usual labels, or by a checksum over a template that may have them. */
function carriesChartVersion(object: KubeObject & Pick<Workload, 'spec'>): boolean {
  const { labels = {}, annotations = {} } = object.spec?.template?.metadata ?? {}
  const keys = [...Object.keys(labels), ...Object.keys(annotations)]
  return keys.some((key) => key === 'helm.sh/chart' || key === 'chart' || key.startsWith('checksum/'))
}
