/** What an earlier Tronador made, with what runs in it, becomes ours: no pod restarts and no release is renamed. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KubeObject, Resource } from '../../src/kube/cluster.ts'
import {
  environmentProvisioners,
  environments,
  gitRepositories,
  helmReleasesV1,
  namespaces,
} from '../../src/kube/resources.ts'
import type { AnyEnvironment } from '../../src/operator/environment-kinds.ts'
import { environmentWhere, eventually, removeEnvironment, setStage, uniqueName } from '../environment-operator.ts'
import { type GitRepository, startGitRepository } from '../git-repository.ts'
import {
  type EarlierEnvironmentWish,
  type EarlierWish,
  earlierEnvironment,
  earlierProvisioner,
  expectUntouched,
  lookAtRunning,
  marked,
  type NextCommit,
  releaseForEnvironment,
  releaseForProvisioner,
  runsTag,
  writtenOver,
} from './earlier-tronador.ts'

const stage = setStage()
const charts = join(import.meta.dirname, 'charts')
let repository: GitRepository
const commits: Record<string, string> = {}
beforeAll(async () => {
  repository = await startGitRepository()
  for (const branch of ['Feature/Login-', 'fix/x', 'pinned', 'gone', 'next']) {
    commits[branch] = await repository.commitFolder(charts, branch)
  }
})
afterAll(() => repository?.stop())

/** Waits until the object's release is done, in the newest generation. */
async function settled(resource: Resource, name: string): Promise<AnyEnvironment> {
  const isDone = ({ metadata, status }: AnyEnvironment) =>
    status?.observedGeneration === metadata.generation && status?.stages?.[3]?.state === 'Done'
  return environmentWhere<AnyEnvironment>(stage.admin, name, isDone, 100, resource)
}

/** Long enough for whatever is still on its way to show. */
const quietly = () => new Promise((resolve) => setTimeout(resolve, 5_000))

async function expectOwned(resource: Resource, name: string): Promise<void> {
  const owner = await stage.admin.get<KubeObject>(resource, { name })
  const namespace = await stage.admin.get<KubeObject>(namespaces, { name })
  expect(namespace?.metadata.labels).toMatchObject({
    'app.kubernetes.io/managed-by': 'tronador.stakater.com',
    'tronador.stakater.com/environment': name,
  })
  expect(namespace?.metadata.annotations).toMatchObject({
    'tronador.stakater.com/owner': `${resource.kind}/${name}`,
    'tronador.stakater.com/owner-uid': owner?.metadata.uid,
  })
}

function earlierWish(stem: string, branch: string, more: Partial<EarlierWish> = {}): EarlierWish {
  const wish = { name: uniqueName(stem), url: repository.url, ref: branch, releaseName: 'shop', tag: 'one' }
  return { ...wish, namespaceLabels: { team: 'gabbar' }, ...more }
}

function next(): NextCommit {
  return { url: repository.url, ref: 'next', commit: commits.next ?? '', tag: 'two' }
}

/** The server writes the object anew for the next commit. */
async function push(resource: Resource, object: AnyEnvironment): Promise<void> {
  const { metadata, spec } = writtenOver(object, next())
  const { name, annotations } = metadata
  expect(name).toBe(object.metadata.name)
  await stage.admin.patch(resource, { name }, { metadata: { annotations }, spec })
  await runsTag(stage.admin, name, next().tag)
}

describe('An EnvironmentProvisioner of an earlier Tronador', () => {
  test.concurrent('is adopted with its Helm Operator release as it runs, follows a push, and goes', async () => {
    const wish = earlierWish('provisioner', 'Feature/Login-', { releaseName: 'Feature/Login-' })
    await releaseForProvisioner(stage.admin, wish, 'feature-login')
    const before = await lookAtRunning(stage.admin, wish.name)
    expect(before).toMatchObject({ helm: ['feature-login'], deployments: [{ revision: '1' }] })

    await stage.admin.create(environmentProvisioners, earlierProvisioner(wish))
    const adopted = await settled(environmentProvisioners, wish.name)
    await quietly()
    await expectUntouched(stage.admin, wish.name, before)
    await expectOwned(environmentProvisioners, wish.name)
    expect(adopted.status).toMatchObject({ namespaceLabels: { team: 'gabbar' } })

    await push(environmentProvisioners, earlierProvisioner(wish))
    const after = await lookAtRunning(stage.admin, wish.name)
    expect(after).toMatchObject({ releases: before.releases, helm: before.helm, deployments: [{ revision: '2' }] })

    await removeEnvironment(stage.admin, wish.name, 'Background', environmentProvisioners)
    expect(stage.operator.failures.filter((line) => line.includes(wish.name))).toEqual([])
  })

  test.concurrent('keeps what runs though its branch is gone, and says so', async () => {
    const wish = earlierWish('branchless', 'gone')
    await releaseForProvisioner(stage.admin, wish, 'shop')
    const before = await lookAtRunning(stage.admin, wish.name)
    const object = earlierProvisioner({ ...wish, ref: 'd'.repeat(40) })
    await stage.admin.create(environmentProvisioners, object)
    const isStalled = ({ status }: AnyEnvironment) => status?.conditions?.[0]?.reason === 'CommitNotFound'
    await environmentWhere<AnyEnvironment>(stage.admin, wish.name, isStalled, 100, environmentProvisioners)
    await expectUntouched(stage.admin, wish.name, before)
    await removeEnvironment(stage.admin, wish.name, 'Background', environmentProvisioners)
  })
})

describe('An Environment of an earlier Tronador', () => {
  const long = `dte-Feature/${'Very-Long-Name-'.repeat(4)}`
  test.concurrent.each<
    [string, Partial<EarlierEnvironmentWish>, { source: string; release: string; labelsSource?: boolean }]
  >([
    [
      'raw branch names',
      { ref: 'Feature/Login-', sourceName: 'dte-Feature/Login-', releaseName: 'Feature/Login-' },
      { source: 'dte-feature-login', release: 'feature-login' },
    ],
    [
      'names too long for Helm',
      { ref: 'fix/x', sourceName: long, releaseName: long },
      {
        source: 'dte-feature-very-long-name-very-long-name-very-long-name-very-l',
        release: 'dte-feature-very-long-name-very-long-name-very-long-n',
      },
    ],
    [
      'a pinned commit',
      { ref: 'pinned', commit: 'pinned', sourceName: 'dte-pinned', releaseName: 'shop' },
      { source: 'dte-pinned', release: 'shop' },
    ],
    [
      'a pinned commit and a source without label',
      { ref: 'pinned', commit: 'pinned', sourceName: 'dte-pinned', releaseName: 'shop' },
      { source: 'dte-pinned', release: 'shop', labelsSource: false },
    ],
    [
      'a source under another name',
      { ref: 'fix/x', sourceName: 'dte-fix/x', releaseName: 'shop' },
      { source: 'dte-fix.x', release: 'shop' },
    ],
    [
      'a pinned commit and a source under another name',
      { ref: 'pinned', commit: 'pinned', sourceName: 'dte-pinned', releaseName: 'shop' },
      { source: 'dte.pinned', release: 'shop' },
    ],
  ])('with %s is adopted with its Flux release as it runs, follows a push, and goes', async (_, change, names) => {
    const branch = change.ref ?? ''
    const wish: EarlierEnvironmentWish = { sourceName: '', ...earlierWish('environment', branch), ...change }
    const asked = { ...wish, ...(change.commit && { commit: commits[change.commit] ?? '' }) }
    await releaseForEnvironment(stage.admin, asked, names)
    const before = await lookAtRunning(stage.admin, wish.name)
    expect(before).toMatchObject({ helm: [names.release], deployments: [{ revision: '1' }] })

    await stage.admin.create(environments, earlierEnvironment(asked))
    await settled(environments, wish.name)
    await quietly()
    await expectUntouched(stage.admin, wish.name, before)
    await expectOwned(environments, wish.name)
    const sources = await stage.admin.list(gitRepositories, { namespace: wish.name })
    expect(sources.items.map(({ metadata }) => metadata.name)).toHaveLength(1)

    await push(environments, earlierEnvironment(asked))
    await settled(environments, wish.name)
    const after = await lookAtRunning(stage.admin, wish.name)
    expect(after).toMatchObject({ releases: before.releases, helm: before.helm, deployments: [{ revision: '2' }] })

    await removeEnvironment(stage.admin, wish.name)
    expect(stage.operator.failures.filter((line) => line.includes(wish.name))).toEqual([])
  })
})

test.concurrent('A push that came while nobody looked is adopted and upgraded once', async () => {
  const wish: EarlierEnvironmentWish = { ...earlierWish('late', 'pinned'), sourceName: 'dte-late' }
  await releaseForEnvironment(stage.admin, wish, { source: 'dte-late', release: 'shop' })
  const before = await lookAtRunning(stage.admin, wish.name)
  await stage.admin.create(environments, earlierEnvironment({ ...wish, ...next() }))
  await settled(environments, wish.name)
  await runsTag(stage.admin, wish.name, 'two')
  await quietly()
  const after = await lookAtRunning(stage.admin, wish.name)
  expect(after).toMatchObject({ releases: before.releases, helm: before.helm, deployments: [{ revision: '2' }] })
  await removeEnvironment(stage.admin, wish.name)
})

describe('What no earlier Tronador made stays as it is, and stays when the object goes:', () => {
  const managedBy = { 'app.kubernetes.io/managed-by': 'tronador.stakater.com' }
  test.concurrent.each<[string, string, Record<string, string> | undefined, Partial<KubeObject['metadata']>]>([
    ['a release of another name', 'other', managedBy, {}],
    ['a release without our label', 'shop', undefined, {}],
    ['another tool’s namespace', 'shop', managedBy, { labels: { 'app.kubernetes.io/managed-by': 'Helm' } }],
    [
      'a namespace that names an owner',
      'shop',
      managedBy,
      { annotations: { 'tronador.stakater.com/owner-uid': '11111111-2222-3333-4444-555555555555' } },
    ],
  ])('%s', async (_, releaseName, labels, metadata) => {
    const wish = earlierWish('foreign', 'gone', { releaseName: 'shop' })
    const { name } = wish
    await stage.admin.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, ...metadata } })
    const release = await stage.admin.create(helmReleasesV1, {
      apiVersion: 'helm.fluxcd.io/v1',
      kind: 'HelmRelease',
      metadata: { name: releaseName, namespace: name, ...(labels && { labels }) },
      spec: { releaseName, chart: { git: wish.url, ref: 'gone', path: 'helm-create' } },
    } as KubeObject)
    await marked(stage.admin, name)
    await eventually('A pod', async () => (await lookAtRunning(stage.admin, name)).pods.length > 0)
    const before = await lookAtRunning(stage.admin, name)
    const namespace = await stage.admin.get<KubeObject>(namespaces, { name })

    await stage.admin.create(environmentProvisioners, earlierProvisioner(wish))
    const isConflict = ({ status }: AnyEnvironment) => status?.conditions?.[0]?.reason === 'NamespaceConflict'
    await environmentWhere<AnyEnvironment>(stage.admin, name, isConflict, 100, environmentProvisioners)
    const object = await stage.admin.get<AnyEnvironment>(environmentProvisioners, { name })
    await stage.admin.delete(environmentProvisioners, { name }, { uid: object?.metadata.uid ?? '' })
    await eventually('The end of the object', async () => !(await stage.admin.get(environmentProvisioners, { name })))
    await expectUntouched(stage.admin, name, before)
    expect(await stage.admin.get(namespaces, { name })).toEqual(namespace)
    const now = await stage.admin.get<KubeObject>(helmReleasesV1, { name: releaseName, namespace: name })
    expect(now?.metadata.labels).toEqual(release.metadata.labels)
    const writes = stage.operator.writes.filter((write) => (write.namespace ?? write.name) === name)
    expect(writes.filter(({ kind }) => kind !== 'EnvironmentProvisioner').map(({ verb }) => verb)).toEqual(['create'])
  })
})
