/** What the tests of Flux stand on: a GitOps repository, and the files of `examples/flux` in a namespace of their own. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { Condition } from '../../src/api/conditions.ts'
import type { KubeObject, Resource } from '../../src/kube/cluster.ts'
import { gitRepositories, kustomizations, namespaces, serviceAccounts } from '../../src/kube/resources.ts'
import { eventually, gone, type Stage, uniqueName } from '../environment-operator.ts'
import { type GitRepository, startGitRepository } from '../git-repository.ts'
import { createGitOpsRepository, type GitOpsRepository } from './gitops-repository.ts'
import { chart } from './previews.ts'

/** See {@link setKustomization}. */
export interface KustomizationStage {
  /** Where Flux's own objects are; they are called `previews`. */
  readonly namespace: string
  readonly gitops: GitOpsRepository
  /** The application's repository, with the chart of `previews.ts`, and the commit that has it. */
  readonly repository: GitRepository
  readonly commit: string
  /** Commits, and does what the Receiver does of a push. */
  commitNow(files: Readonly<Record<string, object | null>>): Promise<void>
  /** Has one of the two be looked at now, as `flux reconcile` does. */
  look(resource: Resource): Promise<void>
  /** Waits until the Kustomization's Ready condition is as the predicate wants it, and gives it. */
  readyWhere(isRight: (ready: Condition) => boolean): Promise<Condition>
}

interface Kustomization extends KubeObject {
  readonly status?: { readonly conditions?: readonly Condition[] }
}

const rbac = { group: 'rbac.authorization.k8s.io', version: 'v1', namespaced: false }
const known: readonly Resource[] = [
  gitRepositories,
  kustomizations,
  serviceAccounts,
  { ...rbac, plural: 'clusterroles', kind: 'ClusterRole' },
  { ...rbac, plural: 'clusterrolebindings', kind: 'ClusterRoleBinding' },
]

/** Applies the examples before the tests of this file, and takes them back afterwards. */
export function setKustomization(stage: Stage): KustomizationStage {
  const namespace = uniqueName('flux')
  const previews = { name: 'previews', namespace }
  const here = { namespace } as { -readonly [Key in keyof KustomizationStage]: KustomizationStage[Key] }
  here.look = async (resource) => {
    const annotations = { 'reconcile.fluxcd.io/requestedAt': new Date().toISOString() }
    await stage.admin.patch(resource, previews, { metadata: { annotations } })
  }
  here.commitNow = async (files) => {
    await here.gitops.commit(files)
    await here.look(gitRepositories)
  }
  here.readyWhere = (isRight) => readyWhere(stage, previews, isRight)
  beforeAll(async () => {
    here.gitops = await createGitOpsRepository()
    here.repository = await startGitRepository()
    here.commit = await here.repository.commit(chart)
    await stage.admin.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    for (const file of ['rights.yaml', 'previews.yaml']) await applyExample(stage, file, namespace, here.gitops.url)
    await here.readyWhere(({ status }) => status === 'True')
  })
  afterAll(async () => {
    const found = await stage.admin.get(kustomizations, previews)
    if (found !== undefined) await stage.admin.delete(kustomizations, previews, { uid: found.metadata.uid ?? '' })
    await gone(stage.admin, kustomizations, previews.name, namespace)
    const own = await stage.admin.get(namespaces, { name: namespace })
    await stage.admin.delete(namespaces, { name: namespace }, { uid: own?.metadata.uid ?? '' })
    await here.repository.stop()
    await here.gitops.remove()
  })
  return here
}

async function applyExample(stage: Stage, file: string, namespace: string, gitopsUrl: string): Promise<void> {
  const text = await readFile(join(import.meta.dirname, '../../examples/flux', file), 'utf8')
  const own = text
    .replaceAll('flux-system', namespace)
    .replaceAll('tronador-previews', `tronador-${namespace}`)
    .replaceAll('https://git.example.com/acme/gitops.git', gitopsUrl)
  for (const document of parseAllDocuments(own)) {
    const object = document.toJS() as KubeObject
    const resource = known.find(({ kind }) => kind === object.kind) as Resource
    await stage.admin.apply(resource, object, { fieldManager: 'test', force: true })
  }
}

async function readyWhere(
  stage: Stage,
  previews: { readonly name: string; readonly namespace: string },
  isRight: (ready: Condition) => boolean,
): Promise<Condition> {
  let last: Condition | undefined
  const ready = async () => {
    const found = await stage.admin.get<Kustomization>(kustomizations, previews)
    last = found?.status?.conditions?.find(({ type }) => type === 'Ready')
    return last !== undefined && isRight(last) && last
  }
  return eventually('the Kustomization', ready).catch((error: unknown) => {
    throw new Error(`The Kustomization says otherwise: ${JSON.stringify(last, undefined, 2)}`, { cause: error })
  })
}
