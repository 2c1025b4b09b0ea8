/** Argo CD as its users set it up for previews: with the files of `examples/argocd`. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inject } from 'vitest'
import { parse } from 'yaml'
import { argoCdNamespace } from '../../local/argocd/objects.ts'
import type { Cluster, KubeObject, Resource } from '../../src/kube/cluster.ts'
import { configMaps } from '../../src/kube/resources.ts'
import { eventually, gone } from '../environment-operator.ts'

const argocdKind = (plural: string, kind: string): Resource => ({
  group: 'argoproj.io',
  version: 'v1alpha1',
  plural,
  kind,
  namespaced: true,
})
export const applications = argocdKind('applications', 'Application')
export const applicationSets = argocdKind('applicationsets', 'ApplicationSet')
export const appProjects = argocdKind('appprojects', 'AppProject')

/** An Application, as far as tests look at it. */
export interface Application extends KubeObject {
  readonly spec: {
    readonly project: string
    readonly source: { readonly repoURL: string; readonly directory: { readonly include: string } }
  }
  readonly status?: {
    readonly sync?: { readonly status: string }
    readonly health?: { readonly status: string }
    readonly conditions?: readonly { readonly type: string; readonly message: string }[]
    readonly operationState?: {
      readonly phase: string
      readonly message?: string
      readonly syncResult?: { readonly resources?: readonly { readonly kind: string; readonly message: string }[] }
    }
  }
}

/** How Argo CD finds an object to be. */
export interface Health {
  readonly status: string
  readonly message?: string
}

/** A file of the examples, with other words for some of its words. */
export async function readExample<T = KubeObject>(
  file: string,
  words: Readonly<Record<string, string>> = {},
): Promise<T> {
  const text = await readFile(join(import.meta.dirname, '../../examples', file), 'utf8')
  return parse(Object.entries(words).reduce((filled, [from, to]) => filled.replaceAll(from, to), text))
}

/** Teaches Argo CD the health of our kinds: `kubectl patch configmap argocd-cm --patch-file argocd-cm.yaml`. */
export async function teachHealth(cluster: Cluster): Promise<void> {
  await cluster.patch(configMaps, inArgoCd('argocd-cm'), await readExample('argocd/argocd-cm.yaml'))
}

/** Names one of Argo CD's own objects. */
export function inArgoCd(name: string) {
  return { name, namespace: argoCdNamespace }
}

/** Deletes one of Argo CD's own objects, where it is there, and waits until it is gone. */
export async function removeFromArgoCd(cluster: Cluster, resource: Resource, name: string): Promise<void> {
  const found = await cluster.get(resource, inArgoCd(name))
  if (found === undefined) return
  await cluster.delete(resource, inArgoCd(name), { uid: found.metadata.uid ?? '' })
  await gone(cluster, resource, name, argoCdNamespace)
}

/** The health of one object in an Application's tree, as Argo CD's API tells it. */
export async function healthIn(application: string, kind: string, name: string): Promise<Health | undefined> {
  const response = await fetch(`${inject('argocd').url}/api/v1/applications/${application}/resource-tree`)
  if (!response.ok) return undefined
  const { nodes = [] } = (await response.json()) as {
    nodes?: { kind: string; name: string; health?: Health }[]
  }
  return nodes.find((node) => node.kind === kind && node.name === name)?.health
}

/** Waits until Argo CD finds the object to be as the predicate wants it; a time-out shows what it finds instead. */
export async function healthWhere(
  application: string,
  { kind, name }: { kind: string; name: string },
  isRight: (health: Health) => boolean,
  seconds = 60,
): Promise<Health> {
  let last: Health | undefined
  const look = async () => {
    last = await healthIn(application, kind, name)
    return last !== undefined && isRight(last) && last
  }
  return eventually(`health of ${kind} ${name}`, look, seconds).catch((error: unknown) => {
    throw new Error(`Argo CD finds ${kind} ${name} otherwise: ${JSON.stringify(last)}`, { cause: error })
  })
}

/** Waits until the Application is as the predicate wants it; a time-out shows its status instead. */
export async function applicationWhere(
  cluster: Cluster,
  name: string,
  isRight: (application: Application) => boolean,
  seconds = 60,
): Promise<Application> {
  let last: Application | undefined
  const look = async () => {
    last = await cluster.get<Application>(applications, inArgoCd(name))
    return last !== undefined && isRight(last) && last
  }
  return eventually(`Application ${name}`, look, seconds).catch((error: unknown) => {
    throw new Error(`Application ${name} stands otherwise: ${JSON.stringify(last?.status, undefined, 2)}`, {
      cause: error,
    })
  })
}
