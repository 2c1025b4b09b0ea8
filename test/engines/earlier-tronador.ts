/** What an earlier Tronador left in a cluster: its namespaces, releases and objects, made by hand as it made them. */
import { expect } from 'vitest'
import { stringify } from 'yaml'
import type { EnvironmentKind, EnvironmentObject } from '../../src/api/environment-kind.ts'
import { readEnvironmentFile } from '../../src/core/environment-file.ts'
import { renderEnvironment } from '../../src/core/render.ts'
import type { Cluster, KubeObject, Resource } from '../../src/kube/cluster.ts'
import {
  deployments,
  gitRepositories,
  helmReleases,
  helmReleasesV1,
  namespaces,
  pods,
  secrets,
} from '../../src/kube/resources.ts'
import type { AnyEnvironment } from '../../src/operator/environment-kinds.ts'
import { eventually, ownEnvironments } from '../environment-operator.ts'

/** What was asked for in those days. */
export interface EarlierWish {
  /** Name of the object and of its namespace. */
  readonly name: string
  /** Clone URL of the application. */
  readonly url: string
  /** Branch or commit, as the object has it. */
  readonly ref: string
  /** `releaseName` as the object has it, which may be a raw branch name. */
  readonly releaseName: string
  /** Tag of the image. */
  readonly tag: string
  readonly namespaceLabels?: Readonly<Record<string, string>>
}

/** The wish of an `Environment` of those days, which named its source, too. */
export interface EarlierEnvironmentWish extends EarlierWish {
  /** `sourceRef.name` as the object has it. */
  readonly sourceName: string
  /** Pinned in the object; a branch alone where absent. */
  readonly commit?: string
}

const chartPath = 'helm-create'
const managedBy = { 'app.kubernetes.io/managed-by': 'tronador.stakater.com' }
const valuesOf = (tag: string) => ({ image: { repository: 'registry.example.com/acme/shop', tag } })

/** An `EnvironmentProvisioner` as it lies in old GitOps repositories. */
export function earlierProvisioner(wish: EarlierWish): AnyEnvironment & { spec: object } {
  const { name, url, ref, releaseName, tag, namespaceLabels } = wish
  return {
    apiVersion: 'tronador.stakater.com/v1alpha1',
    kind: 'EnvironmentProvisioner',
    metadata: { name, labels: ownEnvironments },
    spec: {
      application: {
        release: {
          chart: { git: url, path: chartPath, ref },
          releaseName,
          values: valuesOf(tag),
          valuesFrom: null,
        },
      },
      ...(namespaceLabels && { namespaceLabels }),
    },
  }
}

/** An `Environment` as it lies in old GitOps repositories. */
export function earlierEnvironment(wish: EarlierEnvironmentWish): AnyEnvironment & { spec: object } {
  const { name, url, ref, commit, sourceName, releaseName, tag, namespaceLabels } = wish
  const sourceRef = { kind: 'GitRepository', name: sourceName }
  return {
    apiVersion: 'tronador.stakater.com/v1alpha2',
    kind: 'Environment',
    metadata: { name, labels: ownEnvironments },
    spec: {
      application: {
        gitRepository: {
          gitImplementation: 'go-git',
          interval: '1m0s',
          ref: { branch: ref, ...(commit !== undefined && { commit }) },
          timeout: '20s',
          url,
        },
        release: {
          chart: { spec: { chart: chartPath, reconcileStrategy: 'ChartVersion', sourceRef, version: '*' } },
          interval: '1m0s',
          releaseName,
          values: valuesOf(tag),
          valuesFrom: null,
        },
      },
      ...(namespaceLabels && { namespaceLabels }),
    },
  }
}

/** What a pull request's next commit brings. */
export interface NextCommit {
  readonly url: string
  /** Branch. */
  readonly ref: string
  readonly commit: string
  /** Tag of the image. */
  readonly tag: string
}

/** The object as `tronador server` writes it over that one's file. */
export function writtenOver(object: AnyEnvironment, { url, ref, commit, tag }: NextCommit): EnvironmentObject {
  const file = readEnvironmentFile(stringify(object))
  const { environment } = renderEnvironment(object.kind as EnvironmentKind, {
    configText: `application:
  chart_path: ${chartPath}
  namespaceLabels: { team: gabbar }
  value_overrides:
    image: { repository: {{APPLICATION_IMAGE_NAME}}, tag: {{APPLICATION_IMAGE_TAG}} }
`,
    change: { repositoryUrl: url, number: 7, branch: ref, commit },
    image: { name: valuesOf(tag).image.repository, tag },
    ...(file !== undefined && { name: file.name, inner: file.inner }),
  })
  if (environment === undefined) throw new Error('The config file has faults.')
  return environment
}

/** The namespace, with no label but those that were asked for. */
export async function makeEarlierNamespace(cluster: Cluster, { name, namespaceLabels }: EarlierWish): Promise<void> {
  const metadata = { name, labels: { ...namespaceLabels } }
  await cluster.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata })
}

/** The namespace of an old provisioner and its release, which Helm Operator has released. `name`: the release's. */
export async function releaseForProvisioner(cluster: Cluster, wish: EarlierWish, name: string): Promise<void> {
  await makeEarlierNamespace(cluster, wish)
  const { name: namespace, url, ref, tag } = wish
  await cluster.create(helmReleasesV1, {
    apiVersion: 'helm.fluxcd.io/v1',
    kind: 'HelmRelease',
    metadata: { name, namespace, labels: { 'app.kubernetes.io/instance': name, ...managedBy } },
    spec: {
      chart: { git: url, path: chartPath, ref },
      releaseName: name,
      rollback: {},
      test: {},
      values: valuesOf(tag),
    },
  } as KubeObject)
  await released(cluster, helmReleasesV1, { name, namespace })
  await marked(cluster, namespace)
}

/**
 * Waits until Helm Operator has marked what it made, some moments after it made it: by an annotation, which counts as a
 * new generation of a Deployment.
 */
export async function marked(cluster: Cluster, namespace: string): Promise<void> {
  await eventually(`Helm Operator’s mark in ${namespace}`, async () => {
    const { items } = await cluster.list<KubeObject>(deployments, { namespace })
    return items[0]?.metadata.annotations?.['helm.fluxcd.io/antecedent']
  })
}

/** The namespace of an old environment, its source and its release, which Flux has released. */
export async function releaseForEnvironment(
  cluster: Cluster,
  wish: EarlierEnvironmentWish,
  names: { readonly source: string; readonly release: string; readonly labelsSource?: boolean },
): Promise<void> {
  await makeEarlierNamespace(cluster, wish)
  const { name: namespace, url, ref, commit, tag } = wish
  await cluster.create(gitRepositories, {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    metadata: { name: names.source, namespace, ...(names.labelsSource !== false && { labels: managedBy }) },
    spec: { interval: '1m0s', ref: { branch: ref, ...(commit && { commit }) }, timeout: '20s', url },
  } as KubeObject)
  const sourceRef = { kind: 'GitRepository', name: names.source }
  await cluster.create(helmReleases, {
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { name: names.release, namespace, labels: managedBy },
    spec: {
      chart: { spec: { chart: chartPath, reconcileStrategy: 'ChartVersion', sourceRef, version: '*' } },
      interval: '1m0s',
      releaseName: names.release,
      // Nothing runs pods here, so that Helm would wait for ever.
      install: { disableWait: true, remediation: { retries: 3 } },
      upgrade: { disableWait: true, remediation: { remediateLastFailure: true } },
      values: valuesOf(tag),
    },
  } as KubeObject)
  await released(cluster, helmReleases, { name: names.release, namespace })
}

interface Release extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

async function released(cluster: Cluster, resource: Resource, ref: { name: string; namespace: string }): Promise<void> {
  await eventually(`${resource.kind} ${ref.name} being released`, async () => {
    const release = await cluster.get<Release>(resource, ref)
    return release?.status?.conditions?.some(({ type, status }) => type === 'Released' && status === 'True')
  })
  await eventually(`pods of ${ref.name}`, async () => {
    return (await cluster.list(pods, { namespace: ref.namespace })).items.length > 0
  })
}

interface Deployment extends KubeObject {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly { image: string }[] } } }
}

/** What must not change where nothing restarts and nothing is renamed. */
export interface Running {
  /** UIDs of the release objects of either engine, by name. */
  readonly releases: Readonly<Record<string, string>>
  /** Names under which Helm keeps releases. */
  readonly helm: readonly string[]
  /** Name, UID, generation (which counts annotations, too), revision and pod template of each Deployment. */
  readonly deployments: readonly object[]
  /** UIDs of the pods. */
  readonly pods: readonly string[]
}

/** Looks at it. */
export async function lookAtRunning(cluster: Cluster, namespace: string): Promise<Running> {
  const list = async <T extends KubeObject>(resource: Resource, labelSelector?: string) =>
    (await cluster.list<T>(resource, { namespace, ...(labelSelector && { labelSelector }) })).items
  const releases = [...(await list(helmReleases)), ...(await list(helmReleasesV1))]
  const records = await list(secrets, 'owner=helm')
  return {
    releases: Object.fromEntries(releases.map(({ metadata }) => [metadata.name, metadata.uid ?? ''])),
    helm: [...new Set(records.map(({ metadata }) => metadata.labels?.name ?? ''))],
    deployments: (await list<Deployment>(deployments)).map(({ metadata, spec }) => ({
      name: metadata.name,
      uid: metadata.uid,
      generation: metadata.generation,
      revision: metadata.annotations?.['deployment.kubernetes.io/revision'],
      template: spec.template,
    })),
    pods: (await list(pods)).map(({ metadata }) => metadata.uid ?? '').sort(),
  }
}

/** Waits for the image tag that the one Deployment of the namespace runs. */
export async function runsTag(cluster: Cluster, namespace: string, tag: string): Promise<void> {
  const look = async () => {
    const { items } = await cluster.list<Deployment>(deployments, { namespace })
    return items[0]?.spec.template.spec.containers[0]?.image.endsWith(`:${tag}`)
  }
  await eventually(`tag ${tag} in ${namespace}`, look, 100)
}

/** Everything in the namespace that belongs to an old release is as it was. */
export async function expectUntouched(cluster: Cluster, namespace: string, before: Running): Promise<void> {
  expect(await lookAtRunning(cluster, namespace)).toEqual(before)
}
