/**
 * What one service account asks of the API server, by verb and resource, counted by the API server itself: a
 * FlowSchema for each of them makes it a line of `apiserver_flowcontrol_dispatched_requests_total`. The schemas name
 * the priority level that service accounts have anyway, so that nothing is served otherwise than without them.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { ClusterClient } from '../src/kube/client.ts'
import type { KubeObject, Resource } from '../src/kube/cluster.ts'
import { samplesOf } from './metrics-text.ts'

/** Requests by `verb resource`: `create namespaces`, `patch environments/status`, `watch`, `lease`. */
export type RequestCount = Readonly<Record<string, number>>

/** Counts the requests of one account. */
export interface RequestCounter {
  /** All of them, since the counter was installed. */
  read(): Promise<RequestCount>
}

const flowSchemas: Resource = {
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  plural: 'flowschemas',
  kind: 'FlowSchema',
  namespaced: false,
}

/** Resources whose writes are told apart, with their groups. All others are counted as `write other`. */
const toldApart: readonly (readonly [group: string, resource: string])[] = [
  ['tronador.stakater.com', 'environments'],
  ['tronador.stakater.com', 'environments/status'],
  ['tronador.stakater.com', 'environmentprovisioners'],
  ['tronador.stakater.com', 'environmentprovisioners/status'],
  ['', 'namespaces'],
  ['', 'serviceaccounts'],
  ['', 'resourcequotas'],
  ['', 'limitranges'],
  ['rbac.authorization.k8s.io', 'rolebindings'],
  ['networking.k8s.io', 'networkpolicies'],
  ['source.toolkit.fluxcd.io', 'gitrepositories'],
  ['helm.toolkit.fluxcd.io', 'helmreleases'],
  ['events.k8s.io', 'events'],
]
const writingVerbs = ['create', 'patch', 'update', 'delete', 'deletecollection']

/** What one FlowSchema counts. */
interface Counted {
  readonly label: string
  readonly verbs: readonly string[]
  readonly groups: readonly string[]
  readonly resources: readonly string[]
}

const counted: readonly Counted[] = [
  { label: 'lease', verbs: ['*'], groups: ['coordination.k8s.io'], resources: ['leases'] },
  ...toldApart.flatMap(([group, resource]) =>
    ['create', 'patch', 'delete'].map((verb) => ({
      label: `${verb} ${resource}`,
      verbs: [verb],
      groups: [group],
      resources: [resource],
    })),
  ),
  { label: 'write other', verbs: writingVerbs, groups: ['*'], resources: ['*'] },
  ...['get', 'list', 'watch'].map((verb) => ({ label: verb, verbs: [verb], groups: ['*'], resources: ['*'] })),
]

/** Everything else: discovery and whatever nobody has thought of. */
const remainder = 'other'
const firstPrecedence = 500

/**
 * Installs the counter for a service account. `probe` sends one request as that account; the counter is ready when it
 * has seen one.
 */
export async function installCounter(
  admin: ClusterClient,
  options: {
    readonly account: { readonly namespace: string; readonly name: string }
    readonly metrics: () => Promise<string>
    readonly probe: () => Promise<unknown>
  },
): Promise<RequestCounter> {
  const labels = new Map<string, string>()
  const schemas = [...counted.map((each) => schemaOf(each, options.account)), remainderOf(options.account)]
  for (const [index, { label, rules }] of schemas.entries()) {
    const name = `bench-${options.account.name}-${index}`
    labels.set(name, label)
    await admin.apply(flowSchemas, flowSchema(name, firstPrecedence + index, rules), { fieldManager: 'bench' })
  }
  const read = async () => {
    const count: Record<string, number> = {}
    for (const { labels: of, value } of samplesOf(
      await options.metrics(),
      'apiserver_flowcontrol_dispatched_requests_total',
    )) {
      const label = labels.get(of.flow_schema ?? '')
      if (label !== undefined && value > 0) count[label] = (count[label] ?? 0) + value
    }
    return count
  }
  // The API server takes the schemas in one after the other, the last one last.
  for (let seen = false; !seen; ) {
    await options.probe()
    seen = (await read())[remainder] !== undefined
    if (!seen) await delay(100)
  }
  return { read }
}

/** What was asked between two readings; what was not asked is not in it. */
export function requestsBetween(before: RequestCount, after: RequestCount): RequestCount {
  const differences = Object.entries(after).map(([label, count]) => [label, count - (before[label] ?? 0)] as const)
  return Object.fromEntries(differences.filter(([, count]) => count > 0))
}

/** The writes among them: no reads, no watches, no lease. */
export function writesAmong(count: RequestCount): RequestCount {
  return Object.fromEntries(
    Object.entries(count).filter(
      ([label]) => writingVerbs.includes(label.split(' ')[0] ?? '') || label === 'write other',
    ),
  )
}

/** What an operator with nothing to do must not ask: all but its watches and its lease. */
export function beyondWatching(count: RequestCount): RequestCount {
  return Object.fromEntries(Object.entries(count).filter(([label]) => label !== 'watch' && label !== 'lease'))
}

/** The sum of a count. */
export function totalOf(count: RequestCount): number {
  return Object.values(count).reduce((sum, each) => sum + each, 0)
}

interface Account {
  readonly namespace: string
  readonly name: string
}

function schemaOf({ label, verbs, groups, resources }: Counted, account: Account) {
  const rule = { verbs, apiGroups: groups, resources, namespaces: ['*'], clusterScope: true }
  return { label, rules: [{ subjects: [subjectOf(account)], resourceRules: [rule] }] }
}

function remainderOf(account: Account) {
  const resourceRules = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true }]
  const nonResourceRules = [{ verbs: ['*'], nonResourceURLs: ['*'] }]
  return { label: remainder, rules: [{ subjects: [subjectOf(account)], resourceRules, nonResourceRules }] }
}

function subjectOf(account: Account): object {
  return { kind: 'ServiceAccount', serviceAccount: account }
}

function flowSchema(name: string, matchingPrecedence: number, rules: object): KubeObject {
  return {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    metadata: { name },
    spec: {
      priorityLevelConfiguration: { name: 'workload-low' },
      matchingPrecedence,
      distinguisherMethod: { type: 'ByUser' },
      rules,
    },
  } as KubeObject
}
