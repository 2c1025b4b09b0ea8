/** The team's pipeline as the story sees it: Tekton's runs of the pipeline `preview`, one for each commit. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Pipeline } from '../../local/demo/pipeline.ts'
import { waitFor } from '../../local/demo/stage.ts'
import { resourceOf } from '../../local/tekton/manifests.ts'
import type { Cluster, KubeObject } from '../../src/kube/cluster.ts'

interface PipelineRun extends KubeObject {
  readonly spec: { readonly params?: readonly { readonly name: string; readonly value: unknown }[] }
  readonly status?: {
    readonly conditions?: readonly { readonly status: string; readonly reason: string; readonly message: string }[]
    readonly childReferences?: readonly { readonly name: string }[]
  }
}

/** Minutes are the least that a first build takes on a machine that does everything else besides. */
const within = 600

/** Where its runs are, and what they push. */
export interface TektonSurroundings {
  readonly cluster: Cluster
  readonly namespace: string
  /** Name of the image without tag: `HOST:PORT/acme/shop`. */
  readonly imageName: string
  /** Runs kubectl, which alone reads logs here, and gives what it prints. */
  readonly kubectl: (...args: string[]) => Promise<string>
}

/** The pipeline of that namespace. `runs` counts those that were seen to succeed. */
export function tektonPipeline(at: TektonSurroundings): Pipeline & { readonly runs: readonly string[] } {
  const runs: string[] = []
  return {
    title: 'Tekton cloned it, built and pushed its image, and committed the environment',
    imageName: at.imageName,
    runs,
    async built(commit, update) {
      const run = await awaitRun(at, commit, update)
      const [condition] = run.status?.conditions ?? []
      if (condition?.status !== 'True') throw new Error(`${condition?.message}\n${await lastLines(at, run)}`)
      runs.push(run.metadata.name)
      const tag = imageTagOf(run)
      return `PipelineRun ${run.metadata.name}, image ${await findImage(at.imageName, tag)}`
    },
    stop: async () => {},
  }
}

/** The run of a commit, once it is over. */
async function awaitRun(
  at: TektonSurroundings,
  commit: string,
  update: (detail: string) => void,
): Promise<PipelineRun> {
  const { cluster, namespace } = at
  const resource = resourceOf({ apiVersion: 'tekton.dev/v1', kind: 'PipelineRun', metadata: { name: '', namespace } })
  return await waitFor(
    `The end of a PipelineRun of ${commit}`,
    async () => {
      const { items } = await cluster.list<PipelineRun>(resource, { namespace })
      const run = items.find((each) => paramOf(each, 'gitRevision') === commit)
      if (run === undefined) return { still: 'no PipelineRun yet' }
      const [condition] = run.status?.conditions ?? []
      if (condition === undefined || condition.status === 'Unknown')
        return { still: `${run.metadata.name}: ${condition?.reason ?? 'not begun'}` }
      return { found: run }
    },
    { within, update },
  )
}

function paramOf(run: PipelineRun, name: string): unknown {
  return run.spec.params?.find((param) => param.name === name)?.value
}

const imageTagOf = (run: PipelineRun): string => String(paramOf(run, 'imageTag'))

/** What the registry itself says of the image: its name by digest. */
async function findImage(imageName: string, tag: string): Promise<string> {
  const [, host, name] = /^([^/]+)\/(.+)$/.exec(imageName) ?? []
  const accept = 'application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json'
  const answer = await fetch(`http://${host}/v2/${name}/manifests/${tag}`, { method: 'HEAD', headers: { accept } })
  if (!answer.ok) throw new Error(`The registry has no ${imageName}:${tag} (${answer.status})`)
  return `${name}@${answer.headers.get('docker-content-digest')}`
}

async function lastLines(at: TektonSurroundings, run: PipelineRun): Promise<string> {
  const selector = `tekton.dev/pipelineRun=${run.metadata.name}`
  const options = ['--all-containers', '--prefix', '--tail=15', '--ignore-errors']
  return await at.kubectl('logs', '-n', at.namespace, '-l', selector, ...options).catch(String)
}

/** kubectl as that program, on that cluster. */
export function openKubectl(program: string, kubeconfig: string): TektonSurroundings['kubectl'] {
  return async (...args) => (await promisify(execFile)(program, ['--kubeconfig', kubeconfig, ...args])).stdout
}
