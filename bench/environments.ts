/** The environments of a measurement, and whoever brings them: many at once, as a GitOps engine does. */
import type { Environment } from '../src/api/environment.ts'
import type { Cluster } from '../src/kube/cluster.ts'
import { environments } from '../src/kube/resources.ts'

/** How many are brought at the same time. */
export const creators = 16

/** An environment as `tronador render` writes it for a pull request of a small application. */
export function newEnvironment(name: string, number: number): Environment {
  const commit = number.toString(16).padStart(40, '0')
  return {
    apiVersion: 'tronador.stakater.com/v1alpha2',
    kind: 'Environment',
    metadata: { name, annotations: { 'kustomize.toolkit.fluxcd.io/substitute': 'disabled' } },
    spec: {
      change: {
        provider: 'gitea',
        repository: 'git.example.com/acme/shop',
        number,
        commit,
        branch: `feature-${number}`,
        url: `https://git.example.com/acme/shop/pulls/${number}`,
      },
      namespaceLabels: { team: 'shop' },
      application: {
        gitRepository: { url: 'https://git.example.com/acme/shop', ref: { branch: `feature-${number}`, commit } },
        release: {
          chart: { spec: { chart: 'deploy' } },
          values: {
            replicaCount: 1,
            image: { repository: 'registry.example.com/acme/shop', tag: commit },
            ingress: { enabled: true, host: `${name}.example.com`, className: 'nginx' },
            resources: { requests: { cpu: '50m', memory: '64Mi' } },
          },
        },
      },
    },
  } as Environment
}

/** Names `PREFIX-0001` and so on. */
export function namesOf(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${String(index + 1).padStart(4, '0')}`)
}

/**
 * Brings the environments by server-side apply, {@link creators} at a time; `onBegin` hears of each right before its
 * request is sent, `onDone` when it was answered.
 */
export async function bringEnvironments(
  admin: Cluster,
  names: readonly string[],
  options: {
    readonly fieldManager?: string
    readonly onBegin?: (name: string) => void
    readonly onDone?: (environment: Environment) => void
  } = {},
): Promise<void> {
  await forEachAtATime(creators, names, async (name) => {
    options.onBegin?.(name)
    const environment = newEnvironment(name, Number(name.slice(-4)))
    const { fieldManager = 'gitops-engine' } = options
    const brought = await admin.apply<Environment>(environments, environment, { fieldManager, force: true })
    options.onDone?.(brought)
  })
}

/** Works through the items in order, so many at a time. Rejects with the first failure. */
export async function forEachAtATime<T>(
  count: number,
  items: Iterable<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]()
  const workOn = async () => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) await work(next.value)
  }
  await Promise.all(Array.from({ length: count }, workOn))
}
