/** What the tests of every engine ask for, and what they say of a plan. */
import type { KubeObject } from '../api/object.ts'
import type { DesiredEnvironment } from '../core/model.ts'
import type { PlannedStage } from '../core/plan/plan.ts'

/** The commit that ran before. */
export const old = 'a'.repeat(40)
/** The commit that is asked for. */
export const commit = 'b'.repeat(40)

/** What is asked for. */
export function desired(change: Partial<DesiredEnvironment> = {}, tag = 'new'): DesiredEnvironment {
  return {
    owner: { kind: 'Environment', name: 'shop-7', uid: 'u1', generation: 1 },
    namespace: 'shop-7',
    namespaceLabels: {},
    engine: 'flux',
    profile: 'confined',
    repositoryProfile: 'confined',
    source: {
      name: 'shop',
      url: 'https://git.example.com/acme/shop',
      ref: { branch: 'feature', commit },
      interval: '1h',
      timeout: '60s',
    },
    release: {
      name: 'shop',
      chartPath: 'deploy',
      reconcileStrategy: 'Revision',
      interval: '10m',
      values: { tag },
      valuesFrom: [{ kind: 'Secret', name: 'db', valuesKey: 'values.yaml' }],
    },
    change: undefined,
    suspended: false,
    requestedAt: undefined,
    ...change,
  }
}

/** Each stage that has steps, and what they come to: `release: apply HelmRelease shop`. */
export function told(stages: readonly PlannedStage[]): string[] {
  return stages.flatMap(({ name, steps }) =>
    steps.map((step) => {
      const { kind, metadata } = 'of' in step ? step.of : step.object
      const patch = step.do === 'patch' ? ` ${JSON.stringify(step.patch)}` : ''
      return `${name}: ${step.do} ${kind} ${metadata.name}${patch}`
    }),
  )
}

/** A Deployment whose pods carry these labels. */
export function deployment(labels: Record<string, string>): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'shop', namespace: 'shop-7' },
    spec: { template: { metadata: { labels } } },
  } as KubeObject
}

/** The object as the chart of a trusted preview makes one: with our environment’s label, and Helm’s own besides. */
export function byChart(object: KubeObject): KubeObject {
  const labels = { 'app.kubernetes.io/managed-by': 'Helm', 'tronador.stakater.com/environment': 'shop-7' }
  return { ...object, metadata: { ...object.metadata, name: 'inner', uid: 'x1', labels } }
}
