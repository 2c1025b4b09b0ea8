/** Runs of tasks and pipelines in the cluster's Tekton, from the manifests below `tekton/`. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { inject } from 'vitest'
import { type Manifest, resourceOf } from '../../local/tekton/manifests.ts'
import type { Cluster, KubeObject } from '../../src/kube/cluster.ts'
import type { TaskRun } from '../tekton/manifests.ts'

type Value = string | readonly string[]

/** How a run differs from its manifest. */
export interface RunChanges {
  /** Parameters given instead of the manifest's, or besides. */
  readonly params?: Readonly<Record<string, Value>>
  /** Workspaces bound instead of the manifest's, or besides. */
  readonly workspaces?: Readonly<Record<string, object>>
}

/** A run that is over. */
export interface FinishedRun {
  readonly name: string
  readonly succeeded: boolean
  /** Why, in Tekton's words. */
  readonly message: string
  readonly results: Readonly<Record<string, unknown>>
  /** What the steps of a TaskRun wrote; of a PipelineRun, of all its tasks. */
  readonly log: string
}

interface RunObject extends KubeObject {
  readonly status?: {
    readonly conditions?: readonly { readonly status: string; readonly message: string }[]
    readonly results?: readonly { readonly name: string; readonly value: unknown }[]
  }
}

/** Starts a run as its manifest says. @returns its name. */
export async function startRun(
  cluster: Cluster,
  namespace: string,
  run: TaskRun,
  changes: RunChanges = {},
): Promise<string> {
  const { apiVersion, kind, metadata, spec } = run as TaskRun & Manifest
  const object = {
    apiVersion,
    kind,
    metadata: { ...metadata, namespace },
    spec: { ...spec, params: given(spec.params, changes), workspaces: bound(spec.workspaces, changes) },
  }
  return (await cluster.create(resourceOf(object), object)).metadata.name
}

function given(params: TaskRun['spec']['params'] = [], changes: RunChanges): { name: string; value: Value }[] {
  const all = { ...Object.fromEntries(params.map(({ name, value }) => [name, value])), ...changes.params }
  return Object.entries(all).map(([name, value]) => ({ name, value }))
}

function bound(workspaces: TaskRun['spec']['workspaces'] = [], changes: RunChanges): { name: string }[] {
  const all = { ...Object.fromEntries(workspaces.map(({ name, ...rest }) => [name, rest])), ...changes.workspaces }
  return Object.entries(all).map(([name, rest]) => ({ name, ...rest }))
}

/** Waits for the end of a run. */
export async function finished(
  cluster: Cluster,
  ref: { readonly kind: 'TaskRun' | 'PipelineRun'; readonly namespace: string; readonly name: string },
): Promise<FinishedRun> {
  const { kind, namespace, name } = ref
  const resource = resourceOf({ apiVersion: 'tekton.dev/v1', kind, metadata: { name, namespace } })
  for (;;) {
    const { status } = (await cluster.get<RunObject>(resource, { namespace, name })) ?? {}
    const [condition] = status?.conditions ?? []
    if (condition !== undefined && condition.status !== 'Unknown') {
      return {
        name,
        succeeded: condition.status === 'True',
        message: condition.message,
        results: Object.fromEntries((status?.results ?? []).map((result) => [result.name, result.value])),
        log: await logOf(namespace, `tekton.dev/${kind === 'TaskRun' ? 'taskRun' : 'pipelineRun'}=${name}`),
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

async function logOf(namespace: string, selector: string): Promise<string> {
  const options = ['--all-containers', '--prefix', '--tail=200', '--ignore-errors']
  const args = ['--kubeconfig', inject('kubeconfig'), 'logs', '-n', namespace, '-l', selector, ...options]
  const { stdout, stderr } = await promisify(execFile)(inject('kubectl'), args)
  return stdout + stderr
}
