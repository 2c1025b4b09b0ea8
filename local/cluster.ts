/**
 * The local cluster: real Kubernetes, real Flux and Helm Operator, real Gitea, real pods, started by tiers. Tests,
 * `npm run cluster` and `npm start` all go through `startCluster`.
 */

import { type ArgoCd, argoCdPrograms, startArgoCd } from './argocd/index.ts'
import { startBuild } from './build.ts'
import { type ControlPlane, startApi, startControllers } from './control-plane.ts'
import { installCustomResources } from './crds.ts'
import { type FluxController, startFlux } from './engines.ts'
import { type Gitea, startGitea } from './gitea/index.ts'
import { startHelmOperator } from './helm-operator.ts'
import { writeServiceAccountKubeconfig } from './kubeconfig-file.ts'
import { type PreparedNode, prepareNode, startNode, startSimulatedNode } from './node/index.ts'
import type { Component } from './pins.ts'
import { checkMachine } from './preflight.ts'
import type { Progress } from './progress.ts'
import { type OpenSurroundings, openSurroundings, type Surroundings } from './surroundings.ts'
import { tektonPrograms } from './tekton/images.ts'
import { startTekton } from './tekton/index.ts'

export type { Surroundings } from './surroundings.ts'

/** How much of a cluster is started. Each is a superset of the one before. */
export const tiers = ['control-plane', 'engines', 'pull-requests', 'pods', 'pipelines'] as const

/** See {@link tiers}. */
export type Tier = (typeof tiers)[number]

/** A local cluster that runs. */
export interface LocalCluster {
  readonly tier: Tier
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string
  /** `https://HOST:PORT` of the API server. */
  readonly server: string
  readonly runFolder: string
  /** From tier `engines` on: path of a kubectl of the cluster's own version. */
  readonly kubectl?: string
  /** From tier `pull-requests` on. */
  readonly gitea?: Gitea
  /** Where it was asked for. */
  readonly argocd?: ArgoCd
  /** From tier `pods` on. `address` is `HOST:PORT`, reached alike from the host and from the node, over plain HTTP. */
  readonly registry?: { readonly address: string }
  /** From tier `pods` on: `http://NAME.localhost:PORT` reaches the Ingress of that host. */
  readonly ingress?: { readonly port: number }
  /** From tier `pipelines` on: an image with Buildah in it. */
  readonly builder?: { readonly image: string }
  /** Whether pods are simulated by KWOK instead of run. */
  readonly simulatedPods: boolean
  /** Writes a kubeconfig for a service account, with a token of its own, and returns its path. */
  kubeconfigFor(namespace: string, serviceAccount: string): Promise<string>
  /** Resolves when a component ends by itself. */
  readonly died: Promise<Error>
  /** Stops everything and waits until it is gone. Leaves nothing behind. */
  stop(): Promise<void>
}

/** What to start. */
export interface ClusterOptions {
  readonly tier: Tier
  readonly progress: Progress
  /** Simulate pods even where real ones could run. */
  readonly simulatePods?: boolean
  /** Start Argo CD besides, on whichever tier. */
  readonly argocd?: boolean
  /** Breaks off the start, if it is still under way; a cluster that runs is ended by its `stop`. */
  readonly signal?: AbortSignal
}

/**
 * Starts a local cluster of that tier, building what is missing. Rejects before anything long starts when this machine
 * lacks something, and with the compiler's or the component's own lines when something fails; nothing is left then.
 */
export async function startCluster(options: ClusterOptions): Promise<LocalCluster> {
  await checkMachine(options.tier, options)
  const surroundings = await openSurroundings(options.progress, (cache) =>
    startBuild({ cache, components: componentsOf(options), progress: options.progress }),
  )
  const parts = startParts(options, surroundings)
  const breakOff = () => void surroundings.stop()
  options.signal?.addEventListener('abort', breakOff)
  try {
    options.signal?.throwIfAborted()
    return await describeCluster(options, surroundings, parts)
  } catch (error) {
    await surroundings.stop(options.signal?.aborted === true ? undefined : 'failed')
    options.progress.stopRunning()
    throw error
  } finally {
    options.signal?.removeEventListener('abort', breakOff)
  }
}

/** Each part starts as soon as what it stands on is there; all of them wait for their programs by themselves. */
function startParts(options: ClusterOptions, surroundings: OpenSurroundings) {
  const includes = (tier: Tier) => tiers.indexOf(options.tier) >= tiers.indexOf(tier)
  const realPods = includes('pods') && options.simulatePods !== true
  const node = realPods ? prepareNode(surroundings) : Promise.resolve(undefined)
  const api = node.then((prepared) => startApi(surroundings, prepared?.addresses))
  const customResources = api.then((started) => installCustomResources(surroundings, started))
  return {
    node,
    api,
    customResources,
    controllers: api.then((started) => startControllers(surroundings, started)),
    flux: includes('engines')
      ? customResources.then(async () => startFlux(surroundings, await api, fluxOf(includes)))
      : undefined,
    helmOperator: includes('engines')
      ? customResources.then(async () => startHelmOperator(surroundings, await api))
      : undefined,
    gitea: includes('pull-requests') ? startGiteaStage(surroundings) : undefined,
    argocd: options.argocd === true ? startArgoCd(surroundings, api) : undefined,
    services: includes('pods')
      ? api.then(async (started) => startNodeStage(surroundings, started, await node))
      : undefined,
    tekton: includes('pipelines') ? startTekton(surroundings, api, node.then(registryOf)) : undefined,
  }
}

async function describeCluster(
  options: ClusterOptions,
  surroundings: OpenSurroundings,
  parts: ReturnType<typeof startParts>,
): Promise<LocalCluster> {
  await Promise.all(Object.values(parts))
  const kubectl = options.tier === 'control-plane' ? undefined : await surroundings.build.binary('kubectl')
  const [started, gitea, argocd, services, tekton] = await Promise.all([
    parts.api,
    parts.gitea,
    parts.argocd,
    parts.services,
    parts.tekton,
  ])
  return {
    tier: options.tier,
    kubeconfig: started.kubeconfig,
    server: started.server,
    runFolder: surroundings.run.path,
    ...(kubectl && { kubectl }),
    ...(gitea && { gitea }),
    ...(argocd && { argocd }),
    ...services,
    ...tekton,
    simulatedPods: options.tier === 'pods' && options.simulatePods === true,
    kubeconfigFor: (namespace, serviceAccount) =>
      writeServiceAccountKubeconfig(started.kubeconfig, { namespace, serviceAccount }),
    died: surroundings.died,
    stop: () => surroundings.stop(),
  }
}

function fluxOf(includes: (tier: Tier) => boolean): FluxController[] {
  return [
    'source-controller',
    'helm-controller',
    ...(includes('pull-requests') ? ['kustomize-controller' as const] : []),
  ]
}

function registryOf(node: PreparedNode | undefined): Promise<string> {
  if (node === undefined) throw new Error('Pipelines run in real pods alone.')
  return node.registry
}

async function startGiteaStage(surroundings: Surroundings): Promise<Gitea> {
  const stage = surroundings.progress.stage('Start Gitea')
  const gitea = await startGitea(surroundings)
  stage.done(gitea.url)
  return gitea
}

async function startNodeStage(surroundings: Surroundings, controlPlane: ControlPlane, node: PreparedNode | undefined) {
  const stage = surroundings.progress.stage(
    node === undefined ? 'Start a simulated node' : 'Start a node for real pods',
  )
  const services = await (node === undefined
    ? startSimulatedNode(surroundings, controlPlane)
    : startNode(surroundings, controlPlane, node))
  stage.done(`registry ${services.registry.address}, http://NAME.localhost:${services.ingress.port}`)
  return services
}

/**
 * Programs of a tier, in the order in which they are needed; but those that share the control plane's module come
 * before all others, so that one run compiles them.
 */
export function componentsOf({
  tier,
  simulatePods,
  argocd,
}: Pick<ClusterOptions, 'tier' | 'simulatePods' | 'argocd'>): Component[] {
  const kubernetes: Record<Tier, Component[]> = {
    'control-plane': ['etcd', 'kube-apiserver', 'kube-controller-manager'],
    engines: ['source-controller', 'helm-controller', 'kubectl'],
    'pull-requests': ['kustomize-controller'],
    pods: simulatePods ? ['kube-scheduler'] : ['kube-scheduler', 'kubelet', 'kube-proxy'],
    pipelines: [],
  }
  const runtime: Component[] = [
    'runc',
    'runc-without-seccomp',
    'containerd',
    'containerd-shim-runc-v2',
    'bridge',
    'host-local',
    'loopback',
    'coredns',
  ]
  const others: Record<Tier, Component[]> = {
    'control-plane': [],
    engines: ['helm-operator'],
    'pull-requests': ['gitea'],
    pods: ['registry', ...(simulatePods ? (['kwok'] as const) : runtime)],
    pipelines: [...tektonPrograms, 'buildah'],
  }
  const included = tiers.slice(0, tiers.indexOf(tier) + 1)
  return [
    'pki',
    ...included.flatMap((each) => kubernetes[each]),
    ...included.flatMap((each) => others[each]),
    ...(argocd === true ? argoCdPrograms : []),
  ]
}
