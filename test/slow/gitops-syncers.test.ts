/**
 * What takes its time, and so is no part of `npm run test:all`: how long a commit is on its way to the cluster, and that
 * Argo CD or Flux, the engines and Tronador leave each other alone while nothing happens.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Resource } from '../../src/kube/cluster.ts'
import {
  configMaps,
  environmentProvisioners,
  environments,
  gitRepositories,
  helmReleases,
  helmReleasesV1,
  kustomizations,
  namespaces,
  secrets,
} from '../../src/kube/resources.ts'
import { environmentWhere, eventually, setStage, uniqueName } from '../environment-operator.ts'
import {
  applications,
  applicationWhere,
  appProjects,
  inArgoCd,
  readExample,
  removeFromArgoCd,
} from '../gitops-syncers/argocd.ts'
import { setApplication } from '../gitops-syncers/argocd-stage.ts'
import { setKustomization } from '../gitops-syncers/flux-stage.ts'
import { createGitOpsRepository, type GitOpsRepository } from '../gitops-syncers/gitops-repository.ts'
import { environmentOf, provisionerOf } from '../gitops-syncers/previews.ts'

const stage = setStage()
const argoCd = setApplication(stage)
const flux = setKustomization(stage)
const minutes = 60_000

test(
  'A commit reaches the cluster by a webhook, and later by itself',
  async () => {
    const told = { 'Argo CD, told of the push': argoCd.gitops.commit, 'Flux, told of the push': flux.commitNow }
    for (const [way, commit] of Object.entries(told)) {
      const seconds = []
      for (let round = 0; round < 10; round += 1) seconds.push(await timeOf(commit))
      print(way, seconds)
    }
    const untold = await followUntold()
    const [byArgoCd, byFlux] = [[], []] as [number[], number[]]
    for (let round = 0; round < 2; round += 1) {
      const both = await Promise.all([timeOf(untold.commit), timeOf(flux.gitops.commit)])
      byArgoCd.push(both[0])
      byFlux.push(both[1])
    }
    print('Argo CD, looking by itself', byArgoCd)
    print('Flux, looking every minute', byFlux)
    await removeFromArgoCd(stage.admin, applications, untold.application)
    await untold.remove()
  },
  30 * minutes,
)

test(
  'Ten idle minutes pass without a write',
  async () => {
    const names = Array.from({ length: 3 }, () => uniqueName('idle'))
    const provisioners = Array.from({ length: 2 }, () => uniqueName('idle'))
    const others = Array.from({ length: 3 }, () => uniqueName('idle'))
    const { repository, commit } = argoCd
    const wanted = (of: readonly string[]) =>
      Object.fromEntries(of.map((name) => [`acme/shop/${name}.yaml`, environmentOf(name, repository, commit, 'a')]))
    const old = provisioners.map((name) => [`acme/shop/${name}.yaml`, provisionerOf(name, repository, commit, 'a')])
    await argoCd.gitops.commit({ ...wanted(names), ...Object.fromEntries(old) })
    await flux.commitNow(wanted(others))
    for (const name of [...names, ...others])
      await environmentWhere(stage.admin, name, ({ status }) => status?.phase === 'Ready')
    for (const name of provisioners)
      await environmentWhere(stage.admin, name, ({ status }) => status?.phase === 'Ready', 100, environmentProvisioners)
    await applicationWhere(stage.admin, argoCd.application, ({ status }) => status?.sync?.status === 'Synced')
    await flux.readyWhere(({ status }) => status === 'True')
    await delay(20_000)

    const ours: readonly Resource[] = [environments, environmentProvisioners, namespaces, configMaps, secrets]
    const theirs: readonly Resource[] = [applications, kustomizations, gitRepositories, helmReleases, helmReleasesV1]
    const ofOurs = await countWrites(ours, [...names, ...provisioners, ...others])
    const ofTheirs = await countWrites(theirs)
    stage.operator.writes.length = 0
    stage.operator.reads.length = 0
    await delay(10 * minutes)
    console.log(
      `Written by Argo CD, Flux and Helm Operator to what is theirs: ${JSON.stringify(await ofTheirs.stop())}`,
    )
    expect(await ofOurs.stop()).toEqual({})
    expect(stage.operator.writes).toEqual([])
    // Helm Operator writes a release's status at each of its looks, and Tronador then looks at what runs.
    const read = stage.operator.reads.filter((line) => !provisioners.some((name) => line.includes(name)))
    expect(read).toEqual([])
  },
  20 * minutes,
)

/** Has Argo CD follow a repository whose pushes nobody tells it of. */
async function followUntold() {
  const repository = await createGitOpsRepository()
  const application = uniqueName('untold')
  const spec = { sourceRepos: [argoCd.gitops.url, repository.url] }
  await stage.admin.patch(appProjects, inArgoCd(argoCd.project), { spec })
  const words = { ...argoCd.words(), 'https://git.example.com/acme/gitops.git': repository.url }
  const example = await readExample('argocd/application.yaml', {
    ...words,
    'name: previews-shop\n': `name: ${application}\n`,
  })
  await stage.admin.apply(applications, example, { fieldManager: 'test', force: true })
  await applicationWhere(stage.admin, application, ({ status }) => status?.sync?.status === 'Synced')
  return { ...repository, application }
}

/** Seconds from the moment at which a push has landed until the object is there. */
async function timeOf(commit: GitOpsRepository['commit']): Promise<number> {
  const name = uniqueName('timed')
  await commit({ [`acme/shop/${name}.yaml`]: environmentOf(name, argoCd.repository, argoCd.commit, 'a') })
  const began = performance.now()
  await eventually(name, async () => (await stage.admin.get(environments, { name })) !== undefined, 420)
  const seconds = (performance.now() - began) / 1000
  await environmentWhere(stage.admin, name, ({ status }) => status?.phase === 'Ready')
  return seconds
}

function print(way: string, seconds: readonly number[]): void {
  const sorted = seconds.toSorted((a, b) => a - b)
  const [least, median, most] = [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)]
  const text = [median, least, most].map((each) => each?.toFixed(2))
  console.log(`${way}: median ${text[0]} s, ${text[1]} to ${text[2]} s of ${seconds.length}`)
}

/** Counts the changes of these kinds from now on, in those namespaces and objects of those names where there are any. */
async function countWrites(resources: readonly Resource[], names?: readonly string[]) {
  const stopping = new AbortController()
  const { signal } = stopping
  const counted: Record<string, number> = {}
  const watches = await Promise.all(
    resources.map(async (resource) => {
      let { resourceVersion } = await stage.admin.list(resource, { metadataOnly: true })
      return async () => {
        // The API server ends a watch now and then.
        while (!signal.aborted) {
          const selection = { metadataOnly: true, resourceVersion, signal }
          for await (const event of stage.admin.watch(resource, selection)) {
            if (event.type === 'BOOKMARK') {
              resourceVersion = event.resourceVersion
              continue
            }
            const { name, namespace = name } = event.object.metadata
            resourceVersion = event.object.metadata.resourceVersion ?? resourceVersion
            if (names?.includes(namespace) === false) continue
            const key = `${event.type} ${resource.kind} ${resource.group}`
            counted[key] = (counted[key] ?? 0) + 1
          }
        }
      }
    }),
  )
  const watching = Promise.all(watches.map((watch) => watch()))
  return {
    async stop() {
      stopping.abort()
      await watching
      return counted
    },
  }
}
