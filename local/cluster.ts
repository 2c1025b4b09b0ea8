/**
 * The local cluster: real Kubernetes, real Flux, real Gitea, real pods, started by tiers. Tests, `npm run cluster`
 * and `npm start` all go through `startCluster`.
 */

import type { Build } from './build.ts'
import type { Cache } from './cache.ts'
import type { Claims } from './ports.ts'
import type { ProcessOptions, RunningProcess } from './process.ts'
import type { Progress } from './progress.ts'
import type { RunFolder } from './run-folder.ts'

/** How much of a cluster is started. Each is a superset of the one before. */
export const tiers = ['control-plane', 'engines', 'pull-requests', 'pods'] as const

/** See {@link tiers}. */
export type Tier = (typeof tiers)[number]

/** What every part of a cluster is handed when it starts. */
export interface Surroundings {
  readonly cache: Cache
  readonly run: RunFolder
  readonly build: Build
  readonly progress: Progress
  readonly claims: Claims
  /** Starts a component of this cluster; it is stopped with the cluster, and its death is the cluster's. */
  start(options: Omit<ProcessOptions, 'logs'>): Promise<RunningProcess>
  /** Has something done when the cluster stops. Last come, first served. */
  onStop(work: () => Promise<void> | void): void
}

/**
 * The seams to the larger parts, which register their processes and clean-up with the surroundings:
 *
 * - `local/gitea/index.ts`: `startGitea(surroundings)` → `{ url, adminUser, adminToken, … }`
 * - `local/node/index.ts`: `prepareNode(surroundings)` → `{ addresses: Addresses, … }`, before the control plane, which
 *   then listens on `addresses.host`; `startNode(surroundings, controlPlane, prepared)` → `{ registry, ingress }`;
 *   `startSimulatedNode(surroundings, controlPlane)`; `sweepNode(run)`, which removes what a dead run left in the system.
 */

/** A local cluster that runs. */
export interface LocalCluster {
  readonly tier: Tier
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string
  /** `https://HOST:PORT` of the API server. */
  readonly server: string
  readonly runFolder: string
  /** From tier `pull-requests` on. */
  readonly gitea?: { readonly url: string; readonly adminUser: string; readonly adminToken: string }
  /** From tier `pods` on. `address` is `HOST:PORT`, reached alike from the host and from the node, over plain HTTP. */
  readonly registry?: { readonly address: string }
  /** From tier `pods` on: `http://NAME.localhost:PORT` reaches the Ingress of that host. */
  readonly ingress?: { readonly port: number }
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
}

/** Starts a local cluster of that tier, building what is missing. */
export async function startCluster(options: ClusterOptions): Promise<LocalCluster> {
  throw new Error(`not built yet: ${options.tier}`)
}
