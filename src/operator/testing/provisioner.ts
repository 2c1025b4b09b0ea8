/** An EnvironmentProvisioner over a cluster in memory, and Helm Operator, which says what the test has it say. */
import type { EnvironmentProvisioner } from '../../api/environment-provisioner.ts'
import type { Workload } from '../../core/workloads.ts'
import type { Cluster, KubeObject } from '../../kube/cluster.ts'
import { deployments, environmentProvisioners, events, helmReleasesV1 } from '../../kube/resources.ts'
import { prepareCluster, second } from './operator.ts'

export const commit = 'b'.repeat(40)
export const shop = { name: 'shop', namespace: 'shop-7' }
/** The annotation by which an engine is asked to look again. */
export const requested = 'reconcile.tronador.stakater.com/requestedAt'
/** What Ready says of Helm Operator. */
export const unconfined = 'Helm Operator runs it with its own rights, so nothing confines it.'

/** The operator, with both engines. */
export async function setUpProvisioner() {
  const { startOperator, ...stage } = await prepareCluster()
  const { clock, cluster } = stage
  const { stop } = await startOperator({ Environment: 'flux', EnvironmentProvisioner: 'helm-operator' })

  /** What Helm Operator writes after a look at the newest generation. */
  async function say(status: object): Promise<void> {
    const { generation } = (await cluster.get(helmReleasesV1, shop))?.metadata ?? {}
    await cluster.patchStatus(helmReleasesV1, shop, { status: { observedGeneration: generation, ...status } })
    await clock.advance(second / 10)
  }

  /** A Deployment of the chart's, without any label of ours; its controller has seen it. */
  async function deploy(availableReplicas: number): Promise<void> {
    const labels = { app: 'shop' }
    const spec = { replicas: 1, template: { metadata: { labels } } }
    if ((await cluster.get(deployments, shop)) === undefined) {
      const workload: Workload = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: shop, spec }
      await cluster.create(deployments, workload)
    }
    const status = { observedGeneration: 1, replicas: 1, updatedReplicas: 1, availableReplicas }
    await cluster.patchStatus(deployments, shop, { status })
  }

  const read = async () =>
    (await cluster.get<EnvironmentProvisioner>(environmentProvisioners, { name: 'shop-7' }))?.status
  return {
    ...stage,
    stop,
    say,
    deploy,
    read,
    ready: async () => (await read())?.conditions?.[0],
    release: () => cluster.get<KubeObject & { spec: object }>(helmReleasesV1, shop),
    released: () => say(success),
    async create(valuesFrom: object[] = [], metadata: object = {}) {
      await cluster.create(environmentProvisioners, provisioner(valuesFrom, metadata))
      await clock.advance(second / 10)
    },
    /** Requests since so many, reads of single namespaces and writes: `list deployments`. */
    requestsSince: (before: number) =>
      cluster.requests.slice(before).map(({ verb, resource }) => `${verb} ${resource.plural}`),
  }
}

function provisioner(valuesFrom: object[], metadata: object): EnvironmentProvisioner {
  const chart = { git: 'https://git.example.test/acme/shop', path: 'deploy', ref: commit }
  return {
    apiVersion: 'tronador.stakater.com/v1alpha1',
    kind: 'EnvironmentProvisioner',
    metadata: { name: 'shop-7', ...metadata },
    spec: {
      application: { release: { chart, releaseName: 'shop', values: { tag: 'a' }, valuesFrom } },
      namespaceLabels: { team: 'gabbar' },
    },
  } as EnvironmentProvisioner
}

/** A condition of Helm Operator’s. */
export const at = (type: string, status: string, reason: string, message: string) => ({
  ...{ type, status, reason, message },
  lastTransitionTime: '2026-01-01T12:00:00Z',
})
/** What Helm Operator says once all is released. */
export const success = {
  phase: 'Succeeded',
  lastAttemptedRevision: commit,
  revision: commit,
  conditions: [
    at('Deployed', 'True', 'Deployed', 'Installation or upgrade succeeded.'),
    at('Released', 'True', 'Succeeded', 'Release was successful.'),
  ],
}
/** What it says where it had no chart to look at. */
export const notFetched = {
  phase: 'ChartFetchFailed',
  conditions: [at('Released', 'False', 'ChartFetchFailed', 'Chart fetch failed.')],
}
/** What it says where values are missing. */
export const noValues = { phase: 'Failed', conditions: [at('Released', 'False', 'Failed', 'Release failed.')] }
/** What it says where Helm could not install it. */
export const deployFailed = {
  phase: 'DeployFailed',
  lastAttemptedRevision: commit,
  conditions: [
    at('Deployed', 'False', 'DeployFailed', 'Installation or upgrade failed.'),
    at('Released', 'False', 'DeployFailed', 'Installation or upgrade failed.'),
  ],
}

/** The event by which it tells why the release with that UID failed. */
export async function tellFailure(cluster: Cluster, uid: string | undefined, cause: string): Promise<void> {
  const note = `synchronization of release 'shop' in namespace 'shop-7' failed: ${cause}`
  await cluster.create<KubeObject>(events, {
    ...{ apiVersion: 'events.k8s.io/v1', kind: 'Event', metadata: { name: 'shop.1', namespace: 'shop-7' } },
    ...{ type: 'Warning', reason: 'FailedReleaseSync', note, regarding: { uid } },
  } as KubeObject)
}
