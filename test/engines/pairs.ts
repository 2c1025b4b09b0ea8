/** What holds for either kind with either engine: one suite, which a test file runs for each of its pairs. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, inject, test } from 'vitest'
import type { EnvironmentStatus } from '../../src/api/environment.ts'
import type { EnvironmentKind } from '../../src/api/environment-kind.ts'
import type { EngineName } from '../../src/core/engine-choice.ts'
import type { KubeObject, Resource } from '../../src/kube/cluster.ts'
import {
  configMaps,
  environmentProvisioners,
  environments,
  helmReleases,
  helmReleasesV1,
  namespaces,
  secrets,
} from '../../src/kube/resources.ts'
import type { AnyEnvironment } from '../../src/operator/environment-kinds.ts'
import {
  discardEnvironment,
  environmentWhere,
  eventually,
  ownEnvironments,
  readyReason,
  removeEnvironment,
  type Stage,
  uniqueName,
} from '../environment-operator.ts'
import { type GitRepository, startGitRepository } from '../git-repository.ts'

const run = promisify(execFile)

/** A kind and the engine that runs it. */
export interface Pair {
  readonly kind: EnvironmentKind
  readonly engine: EngineName
}

/** What an environment of either kind is asked for with. */
export interface Wish {
  readonly repository: GitRepository
  readonly commit: string
  readonly values?: object
  readonly valuesFrom?: readonly object[]
  readonly namespaceLabels?: Readonly<Record<string, string>>
}

export const resourceOfKind: Readonly<Record<EnvironmentKind, Resource>> = {
  Environment: environments,
  EnvironmentProvisioner: environmentProvisioners,
}

/** The object of that kind which asks for this, as `tronador render` would write it. */
export function objectOf(kind: EnvironmentKind, name: string, wish: Wish): AnyEnvironment & { spec: object } {
  const { repository, commit, values = {}, valuesFrom, namespaceLabels } = wish
  const release = { releaseName: 'shop', values, ...(valuesFrom && { valuesFrom }) }
  const labels = namespaceLabels && { namespaceLabels }
  if (kind === 'EnvironmentProvisioner') {
    const chart = { git: repository.url, path: 'deploy', ref: commit }
    return {
      apiVersion: 'tronador.stakater.com/v1alpha1',
      kind,
      metadata: { name, labels: ownEnvironments },
      spec: { application: { release: { chart, ...release } }, ...labels },
    }
  }
  return {
    apiVersion: 'tronador.stakater.com/v1alpha2',
    kind,
    metadata: { name, labels: ownEnvironments },
    spec: {
      application: {
        gitRepository: { url: repository.url, ref: { branch: 'main', commit } },
        release: { chart: { spec: { chart: 'deploy' } }, ...release },
      },
      ...labels,
    },
  }
}

/** A chart of one ConfigMap that tells the chart's and the values' versions. */
const chart = {
  'deploy/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 0.1.0\n',
  'deploy/templates/configmap.yaml': template('one'),
}

function template(version: string): string {
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: shop
data:
  chart: ${version}
  tag: {{ .Values.tag | quote }}
`
}

interface ConfigMap extends KubeObject {
  data?: Record<string, string>
}

/** Declares the suite for one pair, on the stage whose operator runs that kind with that engine. */
export function testPair({ kind, engine }: Pair, stage: Stage): void {
  const resource = resourceOfKind[kind]

  const create = (name: string, wish: Wish) => stage.admin.create(resource, objectOf(kind, name, wish))
  /** What a pipeline's commit and Argo CD's sync come to. */
  const push = (name: string, wish: Wish) =>
    stage.admin.patch(resource, { name }, { spec: { namespaceLabels: null, ...objectOf(kind, name, wish).spec } })
  const where = (name: string, isRight: (status: EnvironmentStatus, object: AnyEnvironment) => boolean) =>
    environmentWhere<AnyEnvironment>(
      stage.admin,
      name,
      (object) => object.status !== undefined && isRight(object.status, object),
      100,
      resource,
    )
  const readyAt = (name: string, commit: string) =>
    where(name, (status, object) => readyReason(object) === 'EnvironmentReady' && status.commit === commit)
  const stalledWith = (name: string, reason: string) => where(name, (_, object) => readyReason(object) === reason)
  const shopMap = (name: string) => stage.admin.get<ConfigMap>(configMaps, { name: 'shop', namespace: name })

  describe(`${kind} with ${engine}`, () => {
    test.concurrent('A preview is released, follows a push, and goes without a trace', async () => {
      const repository = await startGitRepository()
      const name = uniqueName('life')
      const first = await repository.commit(chart)
      await create(name, { repository, commit: first, values: { tag: 'a' }, namespaceLabels: { team: 'gabbar' } })
      const ready = await readyAt(name, first)
      expect(ready.status?.stages?.map((stage) => `${stage.name} ${stage.state}`)).toEqual([
        'namespace Done',
        'secrets Done',
        'source Done',
        'release Done',
        'workloads Done',
      ])
      expect(ready.status?.namespaceLabels).toEqual({ team: 'gabbar' })
      expect((await shopMap(name))?.data).toEqual({ chart: 'one', tag: 'a' })
      const namespace = await stage.admin.get(namespaces, { name })
      expect(namespace?.metadata.labels).toMatchObject({ team: 'gabbar' })
      const mine = engine === 'flux' ? helmReleases : helmReleasesV1
      const other = engine === 'flux' ? helmReleasesV1 : helmReleases
      expect((await stage.admin.get(mine, { name: 'shop', namespace: name }))?.metadata.name).toBe('shop')
      expect(await stage.admin.get(other, { name: 'shop', namespace: name })).toBeUndefined()

      const second = await repository.commit({ 'deploy/templates/configmap.yaml': template('two') })
      await push(name, { repository, commit: second, values: { tag: 'b' } })
      const updated = await readyAt(name, second)
      expect((await shopMap(name))?.data).toEqual({ chart: 'two', tag: 'b' })
      expect(updated.status?.namespaceLabels).toEqual({})
      expect((await stage.admin.get(namespaces, { name }))?.metadata.labels?.team).toBeUndefined()

      await removeEnvironment(stage.admin, name, 'Foreground', resource)
      expect((await stage.admin.list(secrets, { namespace: name, metadataOnly: true })).items).toEqual([])
      expect(stage.operator.failures.filter((line) => line.includes(name))).toEqual([])
      await repository.stop()
    })

    test.concurrent('A changed tag alone reaches the release at once, in one write', async () => {
      const repository = await startGitRepository()
      const name = uniqueName('tag')
      const commit = await repository.commit(chart)
      await create(name, { repository, commit, values: { tag: 'a' } })
      await readyAt(name, commit)
      const before = stage.operator.writes.length
      await push(name, { repository, commit, values: { tag: 'b' } })
      await eventually('The ConfigMap with the new tag', async () => (await shopMap(name))?.data?.tag === 'b')
      await readyAt(name, commit)
      const writes = stage.operator.writes.slice(before).filter(({ namespace }) => namespace === name)
      expect(writes).toEqual([{ verb: 'apply', kind: 'HelmRelease', name: 'shop', namespace: name }])
      await discardEnvironment(stage.admin, name, resource)
      await repository.stop()
    })

    test.concurrent('A chart that Helm refuses stalls with the cause, and the next push mends it', async () => {
      const repository = await startGitRepository()
      const name = uniqueName('broken')
      const refusal = '{{ fail "the tag must be signed" }}\n'
      const broken = await repository.commit({ ...chart, 'deploy/templates/configmap.yaml': refusal })
      await create(name, { repository, commit: broken, values: { tag: 'a' } })
      const stalled = await where(
        name,
        (status, object) => readyReason(object) === 'ReleaseFailed' && /signed/.test(status.stages?.[3]?.message ?? ''),
      )
      expect(stalled.status?.conditions?.map(({ type }) => type)).toEqual(['Ready', 'Stalled'])
      expect(stalled.status?.commit).toBeUndefined()
      const mended = await repository.commit(chart)
      await push(name, { repository, commit: mended, values: { tag: 'b' } })
      await readyAt(name, mended)
      await discardEnvironment(stage.admin, name, resource)
      await repository.stop()
    })

    test.concurrent('A chart that is not there stalls with ChartNotFound', async () => {
      const repository = await startGitRepository()
      const name = uniqueName('nochart')
      const commit = await repository.commit({ 'README.md': 'No chart here.\n' })
      await create(name, { repository, commit })
      const stalled = await stalledWith(name, 'ChartNotFound')
      expect(stalled.status?.stages?.[3]?.message).toBe(`There is no chart at deploy in commit ${commit.slice(0, 12)}.`)
      await discardEnvironment(stage.admin, name, resource)
      await repository.stop()
    })

    test.concurrent('A commit that no longer exists stalls with CommitNotFound', async () => {
      const repository = await startGitRepository()
      const name = uniqueName('nocommit')
      await repository.commit(chart)
      await create(name, { repository, commit: 'd'.repeat(40) })
      const stalled = await stalledWith(name, 'CommitNotFound')
      expect(stalled.status?.phase).toBe('Stalled')
      await removeEnvironment(stage.admin, name, 'Background', resource)
      await repository.stop()
    })

    test.concurrent('Values whose Secret comes later are waited for, and then released without a push', async () => {
      const repository = await startGitRepository()
      const name = uniqueName('late')
      const commit = await repository.commit(chart)
      const valuesFrom = [{ secretKeyRef: { name: 'late', key: 'values.yaml' } }]
      await create(name, { repository, commit, valuesFrom })
      const waiting = await stalledWith(name, 'ValuesMissing')
      expect(waiting.status?.conditions?.map(({ type }) => type)).toEqual(['Ready', 'Reconciling'])
      const values = Buffer.from('tag: from-secret\n').toString('base64')
      const metadata = { name: 'late', namespace: name }
      await stage.admin.create(secrets, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata,
        data: { 'values.yaml': values },
      } as KubeObject)
      await readyAt(name, commit)
      expect((await shopMap(name))?.data?.tag).toBe('from-secret')
      await discardEnvironment(stage.admin, name, resource)
      await repository.stop()
    })

    test.concurrent('A script that waits for the old words with kubectl ends well, and says them in order', async () => {
      const repository = await startGitRepository()
      const name = uniqueName('waiter')
      const commit = await repository.commit(chart)
      const waiter = runWaiter(resource.plural, name)
      await create(name, { repository, commit, values: { tag: 'a' } })
      expect(await waiter).toEqual([
        '.status.gitRepoStatus.latestCondition: ArtifactInStorage True',
        '.status.helmReleaseStatus.latestCondition: Released True',
        '.status.conditions[0]: Ready True',
      ])
      await discardEnvironment(stage.admin, name, resource)
      await repository.stop()
    })
  })
}

/** The script, as a pipeline's step runs it; its lines. */
async function runWaiter(plural: string, name: string): Promise<string[]> {
  const { PATH = '' } = process.env
  // kubectl keeps what it discovers below HOME.
  const home = await mkdtemp(join(tmpdir(), 'environment-test-'))
  const env = { PATH: `${dirname(inject('kubectl'))}:${PATH}`, KUBECONFIG: inject('kubeconfig'), HOME: home }
  const script = join(import.meta.dirname, 'wait-for-environment.sh')
  const { stdout } = await run('sh', [script, `${plural}.tronador.stakater.com`, name], { env, timeout: 100_000 })
  await rm(home, { recursive: true })
  return stdout.trim().split('\n')
}
