/** After a pull request is closed nothing of its preview may be left, anywhere. */
import { readdirSync, readFileSync } from 'node:fs'
import { environmentLabel } from '../../src/api/labels.ts'
import type { Resource } from '../../src/kube/cluster.ts'
import {
  environmentProvisioners,
  environments,
  gitRepositories,
  helmCharts,
  helmReleases,
  helmReleasesV1,
  namespaces,
  pods,
  roleBindings,
  secrets,
} from '../../src/kube/resources.ts'
import { gitopsFiles, type Preview, readComment, readEnvironment, type Scene } from './scene.ts'
import { waitFor } from './stage.ts'

/** UIDs of the preview's pods, to look for their processes later. */
export async function podsOf(scene: Scene, preview: Preview): Promise<string[]> {
  const found = await scene.cluster.list(pods, { namespace: preview.name })
  return found.items.flatMap((pod) => pod.metadata.uid ?? [])
}

/** Waits until each trace is gone, one stage each. `podUids` are the pods that ran before the close. */
export async function proveNothingLeft(scene: Scene, preview: Preview, podUids: readonly string[]): Promise<void> {
  const { stages, cluster, subject } = scene
  await stages.run('close.gitops', 'Its file left the GitOps repository', () =>
    waitFor(`The removal of ${preview.file}`, async () =>
      (await gitopsFiles(scene)).includes(preview.file) ? { still: 'the file is there' } : { found: true },
    ).then(() => undefined),
  )
  await stages.run('close.environment', `The ${subject.kind} is gone`, () =>
    awaitGone(`The end of the ${subject.kind}`, async () => {
      const found = await readEnvironment(scene, preview.name)
      return found === undefined ? undefined : `it is there: ${JSON.stringify(found.status)?.slice(0, 500)}`
    }),
  )
  await stages.run('close.namespace', 'Its namespace is gone, with release, source, secrets and pods', async () => {
    await awaitGone('The end of the namespace', async () => {
      const found = await cluster.get(namespaces, { name: preview.name })
      return found === undefined ? undefined : 'it is there'
    })
    const left = await findTraces(scene, preview)
    if (left.length > 0) throw new Error(`Left behind: ${left.join(', ')}`)
  })
  if (podUids.length > 0 && scene.ingressPort !== undefined)
    await stages.run('close.processes', 'No process of its pods runs', () =>
      awaitGone('The end of its processes', async () => {
        const left = processesOfPods(podUids)
        return left.length === 0 ? undefined : `processes ${left.join(', ')}`
      }),
    )
  await stages.run('close.comment', 'The comment says that it was removed', async (stage) => {
    await waitFor('A comment that says so', async () => {
      const comment = await readComment(scene, preview.pullRequest.number)
      return comment?.includes('Preview removed') ? { found: true } : { still: comment ?? 'no comment' }
    })
    stage.saw('Preview removed')
  })
}

/** `Kind namespace/name` of everything in the cluster that names the environment or lies in its namespace. */
async function findTraces(scene: Scene, preview: Preview): Promise<string[]> {
  const releases = [helmReleases, helmReleasesV1]
  const inside: readonly Resource[] = [...releases, gitRepositories, helmCharts, secrets, pods, roleBindings]
  const anywhere: readonly Resource[] = [...inside, namespaces, environments, environmentProvisioners]
  const found = await Promise.all([
    ...inside.map((resource) => scene.cluster.list(resource, { namespace: preview.name, metadataOnly: true })),
    ...anywhere.map((resource) =>
      scene.cluster.list(resource, { labelSelector: `${environmentLabel}=${preview.name}`, metadataOnly: true }),
    ),
  ])
  return found.flatMap((list) =>
    list.items.map(({ kind, metadata }) => `${kind} ${[metadata.namespace, metadata.name].filter(Boolean).join('/')}`),
  )
}

async function awaitGone(what: string, look: () => Promise<string | undefined>): Promise<void> {
  await waitFor(what, async () => {
    const still = await look()
    return still === undefined ? { found: true } : { still }
  })
}

/** Numbers of the processes whose cgroup names one of these pods; the kubelet names it by the pod's UID. */
function processesOfPods(uids: readonly string[]): string[] {
  return readdirSync('/proc').filter((entry) => {
    if (!/^\d+$/.test(entry)) return false
    try {
      const groups = readFileSync(`/proc/${entry}/cgroup`, 'utf8')
      return uids.some((uid) => groups.includes(uid))
    } catch {
      return false
    }
  })
}
