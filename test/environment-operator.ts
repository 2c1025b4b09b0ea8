/**
 * The environment operator as tests run it: in this process, with the rights of its own service account and not the
 * administrator's, every request counted.
 */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, inject } from 'vitest'
import { applyManifests } from '../local/demo/manifests.ts'
import { writeServiceAccountKubeconfig } from '../local/kubeconfig-file.ts'
import type { Environment } from '../src/api/environment.ts'
import type { OperatorSettings } from '../src/core/translation.ts'
import { type ClusterClient, createClient } from '../src/kube/client.ts'
import { systemClock, systemRandom } from '../src/kube/clock.ts'
import type { Cluster, KubeObject, Resource } from '../src/kube/cluster.ts'
import { loadKubeconfig } from '../src/kube/kubeconfig.ts'
import { environments, namespaces } from '../src/kube/resources.ts'
import { startEnvironmentControllers } from '../src/operator/environment-controller.ts'
import type { AnyEnvironment } from '../src/operator/environment-kinds.ts'
import { checkConditions } from '../src/operator/runtime/conditions-check.ts'
import type { Log } from '../src/operator/runtime/log.ts'
import { findServedEngines } from '../src/operator/served-engines.ts'

/** A request that changes something. */
export interface Write {
  readonly verb: 'create' | 'apply' | 'patch' | 'patchStatus' | 'delete'
  readonly kind: string
  readonly name: string
  readonly namespace?: string
}

/** A running operator and what it did. */
export interface TestOperator {
  /** Writes so far, in order; clear it with `length = 0`. */
  readonly writes: Write[]
  /** Reads so far that went to the API server, watches aside. */
  readonly reads: string[]
  /** Failed passes so far. */
  readonly failures: string[]
  stop(): Promise<void>
}

const ownNamespace = 'tronador-system'
/** Test files run side by side: each one's operator works on that file's environments alone. */
export const ownEnvironments = { 'example.com/test-file': randomBytes(4).toString('hex') }

/** The administrator's client. */
export async function connectAsAdmin(kubeconfig = inject('kubeconfig')): Promise<ClusterClient> {
  return createClient(await loadKubeconfig(kubeconfig))
}

/** How a test's operator differs from the usual one. */
export interface TestOperatorOptions {
  readonly trusted?: readonly string[]
  /** Engine of each kind; where absent, Flux for Environments and Helm Operator for EnvironmentProvisioners. */
  readonly engines?: Partial<OperatorSettings['engines']>
  /** The administrator's kubeconfig of another cluster than the tier's. */
  readonly kubeconfig?: string
}

/** Installs the operator's rights as `deploy/` has them and starts it. */
export async function startOperator(options: TestOperatorOptions = {}): Promise<TestOperator> {
  const { kubeconfig = inject('kubeconfig') } = options
  const admin = await connectAsAdmin(kubeconfig)
  await applyManifests(admin, ['deploy/operator.yaml', 'deploy/confined.yaml'])
  await admin.close()
  const own = await writeServiceAccountKubeconfig(kubeconfig, {
    namespace: ownNamespace,
    serviceAccount: 'tronador-operator',
  })
  const client = createClient(await loadKubeconfig(own))
  const writes: Write[] = []
  const reads: string[] = []
  const failures: string[] = []
  const controller = await startEnvironmentControllers({
    cluster: watchOver(client, writes, reads),
    settings: {
      ownNamespace,
      trustedRepositories: options.trusted ?? [],
      engines: { Environment: 'flux', EnvironmentProvisioner: 'helm-operator', ...options.engines },
    },
    served: await findServedEngines(client),
    identity: { namespace: ownNamespace, serviceAccount: 'tronador-operator' },
    clock: systemClock,
    random: systemRandom,
    selection: { labelSelector: `example.com/test-file=${ownEnvironments['example.com/test-file']}` },
    instance: 'test',
    log: collectFailures(failures),
  })
  await controller.ready
  return {
    writes,
    reads,
    failures,
    async stop() {
      await controller.stop()
      await client.close()
    },
  }
}

/** What the tests of a file work with. An operator that a test stops it must replace. */
export interface Stage {
  readonly admin: ClusterClient
  operator: TestOperator
}

/** Starts both before the tests of this file, and ends them afterwards. */
export function setStage(options: TestOperatorOptions = {}): Stage {
  const stage = {} as { -readonly [Key in keyof Stage]: Stage[Key] }
  beforeAll(async () => {
    stage.admin = await connectAsAdmin()
    stage.operator = await startOperator(options)
  })
  afterAll(async () => {
    await stage.operator?.stop()
    await stage.admin?.close()
  })
  return stage
}

/** A name that no other test uses. */
export function uniqueName(stem: string): string {
  return `${stem}-${randomBytes(4).toString('hex')}`
}

/** An environment as `tronador render` writes it, with what a test says of its spec. */
export function newEnvironment(
  name: string,
  change: { application?: object } & Record<string, unknown> = {},
): Environment {
  const { application, ...rest } = change
  return {
    apiVersion: 'tronador.stakater.com/v1alpha2',
    kind: 'Environment',
    metadata: { name, labels: ownEnvironments },
    spec: {
      application: {
        gitRepository: {
          url: 'http://git.example.test/acme/shop',
          ref: { branch: 'feature', commit: '0123456789abcdef0123456789abcdef01234567' },
        },
        release: { chart: { spec: { chart: 'deploy' } }, releaseName: 'shop', values: { replicas: 1 } },
        ...application,
      },
      ...rest,
    },
  } as Environment
}

/** Waits until `look` gives something, and gives it. The last look's failure is what a time-out shows. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  seconds = 60,
): Promise<T> {
  const end = Date.now() + seconds * 1000
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/**
 * Waits for an environment whose status is as the predicate wants it; its conditions must be sound. A time-out shows
 * the status instead.
 */
export async function environmentWhere<T extends AnyEnvironment = Environment>(
  cluster: Cluster,
  name: string,
  isRight: (environment: T) => boolean,
  seconds = 100,
  resource = environments,
): Promise<T> {
  let last: T | undefined
  const look = async () => {
    last = await cluster.get<T>(resource, { name })
    return last !== undefined && isRight(last) && last
  }
  const found = await eventually(`${resource.kind} ${name}`, look, seconds).catch((error: unknown) => {
    throw new Error(`${resource.kind} ${name} stands otherwise: ${JSON.stringify(last?.status, undefined, 2)}`, {
      cause: error,
    })
  })
  expect(checkConditions(found)).toEqual([])
  return found
}

/** Reason of the Ready condition. */
export function readyReason(environment: AnyEnvironment): string | undefined {
  return environment.status?.conditions?.[0]?.reason
}

/** Waits until the object is gone. */
export async function gone(cluster: Cluster, resource: Resource, name: string, namespace?: string): Promise<void> {
  await eventually(`${resource.kind} ${name} being gone`, async () => {
    return (await cluster.get(resource, { name, ...(namespace !== undefined && { namespace }) })) === undefined
  })
}

/** Deletes the environment and does not wait: the end of a test that is not about removal. */
export async function discardEnvironment(cluster: Cluster, name: string, resource = environments): Promise<void> {
  const environment = await cluster.get(resource, { name })
  if (environment !== undefined) await cluster.delete(resource, { name }, { uid: environment.metadata.uid ?? '' })
}

/** Deletes the environment if it is there and waits until nothing of it is. */
export async function removeEnvironment(
  cluster: Cluster,
  name: string,
  propagation: 'Foreground' | 'Background' | 'Orphan' = 'Background',
  resource = environments,
): Promise<void> {
  const environment = await cluster.get(resource, { name })
  const uid = environment?.metadata.uid
  if (uid !== undefined) await cluster.delete(resource, { name }, { uid, propagation })
  await gone(cluster, resource, name)
  await gone(cluster, namespaces, name)
}

function watchOver(cluster: Cluster, writes: Write[], reads: string[]): Cluster {
  const note = (verb: Write['verb'], resource: Resource, { name, namespace }: { name: string; namespace?: string }) =>
    void writes.push({ verb, kind: resource.kind, name, ...(namespace !== undefined && { namespace }) })
  return {
    ...cluster,
    get(resource, ref) {
      reads.push(`get ${resource.plural} ${ref.namespace ?? ''}/${ref.name}`)
      return cluster.get(resource, ref)
    },
    list(resource, selection) {
      reads.push(`list ${resource.plural} ${selection?.namespace ?? ''}`)
      return cluster.list(resource, selection)
    },
    create<T extends KubeObject>(resource: Resource, object: T) {
      if (resource.kind !== 'Event') note('create', resource, object.metadata)
      return cluster.create(resource, object)
    },
    apply<T extends KubeObject>(resource: Resource, object: T, options: Parameters<Cluster['apply']>[2]) {
      note('apply', resource, object.metadata)
      return cluster.apply(resource, object, options)
    },
    patch(resource, ref, patch) {
      if (resource.kind !== 'Event') note('patch', resource, ref)
      return cluster.patch(resource, ref, patch)
    },
    patchStatus(resource, ref, patch) {
      note('patchStatus', resource, ref)
      return cluster.patchStatus(resource, ref, patch)
    },
    delete(resource, ref, options) {
      note('delete', resource, ref)
      return cluster.delete(resource, ref, options)
    },
  }
}

function collectFailures(failures: string[]): Log {
  const keep = (fields: object, message: string) => void failures.push(`${message} ${JSON.stringify(fields)}`)
  return { debug: () => {}, info: () => {}, warn: keep, error: keep }
}
