/**
 * The stage of a measurement: a control plane of its own with the operator's rights and a counter of its requests.
 * Everything that is started on it ends with it.
 */
import { Agent, request } from 'undici'
import { startCluster } from '../local/cluster.ts'
import { applyManifests } from '../local/demo/manifests.ts'
import type { Progress } from '../local/progress.ts'
import { type ClusterClient, createClient } from '../src/kube/client.ts'
import { type ClusterConfig, loadKubeconfig } from '../src/kube/kubeconfig.ts'
import { environments } from '../src/kube/resources.ts'
import { installCounter, type RequestCounter } from './request-count.ts'

/** Where everything of one measurement happens. */
export interface Stage {
  /** The administrator's client: the person or GitOps engine that brings environments. */
  readonly admin: ClusterClient
  /** Path of the operator's kubeconfig, with its own rights. */
  readonly operatorKubeconfig: string
  /** The same as values, for a loader that takes the operator's place. */
  readonly operatorAccess: ClusterConfig
  /** Writes a kubeconfig for another service account of the operator's namespace and returns its path. */
  kubeconfigFor(serviceAccount: string): Promise<string>
  /** Folder for the logs of processes. */
  readonly logs: string
  /** What the operator's account asks of the API server. */
  readonly requests: RequestCounter
  /** The API server's own metrics. */
  metrics(): Promise<string>
  /** Has something done at the end. Last come, first served. */
  onEnd(work: () => Promise<void> | void): void
  end(): Promise<void>
}

/** Where the operator lives. */
export const ownNamespace = 'tronador-system'
export const operatorAccount = { namespace: ownNamespace, name: 'tronador-operator' }

/** Starts a cluster and prepares it. Nothing is left when it rejects. */
export async function openStage(options: {
  readonly progress: Progress
  readonly signal: AbortSignal
}): Promise<Stage> {
  const cluster = await startCluster({ tier: 'control-plane', ...options })
  const endings: (() => Promise<void> | void)[] = [() => cluster.stop()]
  const end = async () => {
    for (let work = endings.pop(); work !== undefined; work = endings.pop()) await work()
  }
  try {
    const config = await loadKubeconfig(cluster.kubeconfig)
    const admin = createClient(config, { userAgent: 'bench' })
    endings.push(() => admin.close())
    await applyManifests(admin, ['deploy/operator.yaml', 'deploy/confined.yaml', 'deploy/server.yaml'])
    const operatorKubeconfig = await cluster.kubeconfigFor(ownNamespace, operatorAccount.name)
    const operatorAccess = await loadKubeconfig(operatorKubeconfig)
    const asOperator = createClient(operatorAccess, { userAgent: 'bench-probe' })
    const metrics = metricsReader(config, endings)
    const requests = await installCounter(admin, {
      account: operatorAccount,
      metrics,
      // Discovery is not told apart: it reaches the schema that is taken in last.
      probe: () => asOperator.serves(environments),
    })
    await asOperator.close()
    return {
      admin,
      operatorKubeconfig,
      operatorAccess,
      kubeconfigFor: (serviceAccount) => cluster.kubeconfigFor(ownNamespace, serviceAccount),
      logs: `${cluster.runFolder}/logs`,
      requests,
      metrics,
      onEnd: (work) => void endings.push(work),
      end,
    }
  } catch (error) {
    await end()
    throw error
  }
}

function metricsReader(config: ClusterConfig, endings: (() => Promise<void> | void)[]): () => Promise<string> {
  const dispatcher = new Agent({ connect: { ...(config.ca !== undefined && { ca: config.ca }) } })
  endings.push(() => dispatcher.close())
  return async () => {
    const headers = { authorization: `Bearer ${config.token}` }
    const { statusCode, body } = await request(`${config.server}/metrics`, { dispatcher, headers })
    const text = await body.text()
    if (statusCode !== 200) throw new Error(`The API server answers ${statusCode} to a look at its metrics.`)
    return text
  }
}
