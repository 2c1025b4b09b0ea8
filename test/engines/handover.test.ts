/** A live environment gets another engine: Helm's release goes on, and not one pod is restarted. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { OperatorSettings } from '../../src/core/translation.ts'
import type { ClusterClient } from '../../src/kube/client.ts'
import type { KubeObject } from '../../src/kube/cluster.ts'
import {
  deployments,
  environments,
  gitRepositories,
  helmCharts,
  helmReleases,
  helmReleasesV1,
  secrets,
} from '../../src/kube/resources.ts'
import type { AnyEnvironment } from '../../src/operator/environment-kinds.ts'
import {
  connectAsAdmin,
  environmentWhere,
  eventually,
  removeEnvironment,
  startOperator,
  type TestOperator,
  uniqueName,
} from '../environment-operator.ts'
import { type GitRepository, startGitRepository } from '../git-repository.ts'
import { objectOf } from './pairs.ts'

let admin: ClusterClient
beforeAll(async () => {
  admin = await connectAsAdmin()
})
afterAll(() => admin?.close())

type Engine = NonNullable<OperatorSettings['engines']['Environment']>

/** The operator with that engine for Environments; this file's tests run one after the other. */
const withEngine = (engine: Engine): Promise<TestOperator> => startOperator({ engines: { Environment: engine } })

/** A Deployment without pods (the tier has no node): ready as soon as its controller has seen it. */
const plainChart = {
  'deploy/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 0.1.0\n',
  'deploy/templates/deployment.yaml': `apiVersion: apps/v1
kind: Deployment
metadata: { name: shop, labels: { helm.sh/chart: "{{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}" } }
spec:
  replicas: 0
  selector: { matchLabels: { app: shop } }
  template:
    metadata: { labels: { app: shop } }
    spec: { containers: [{ name: shop, image: "shop:{{ .Values.tag }}" }] }
`,
}

interface Deployment extends KubeObject {
  readonly spec: { readonly template: object }
}

/** What a restart or a reinstallation would change. */
async function identityOf(name: string): Promise<object> {
  const items = (await admin.list<Deployment>(deployments, { namespace: name })).items
  return items.map(({ metadata, spec }) => ({
    uid: metadata.uid,
    revision: metadata.annotations?.['deployment.kubernetes.io/revision'],
    template: spec.template,
  }))
}

async function helmRevisions(name: string): Promise<string[]> {
  const { items } = await admin.list<KubeObject>(secrets, { namespace: name, labelSelector: 'owner=helm' })
  return items.map(({ metadata }) => `${metadata.labels?.name} ${metadata.labels?.version}`).sort()
}

const readyAt = (name: string, commit: string, isRight: (object: AnyEnvironment) => boolean = () => true) =>
  environmentWhere<AnyEnvironment>(
    admin,
    name,
    (object) => object.status?.phase === 'Ready' && object.status.commit === commit && isRight(object),
  )

const create = (name: string, repository: GitRepository, commit: string) =>
  admin.create(environments, objectOf('Environment', name, { repository, commit, values: { tag: 'a' } }))

const releaseOf = (engine: Engine, name: string) =>
  admin.get(engine === 'flux' ? helmReleases : helmReleasesV1, { name: 'shop', namespace: name })

test.each([
  ['flux', 'helm-operator'],
  ['helm-operator', 'flux'],
] as const)('From %s to %s: one release, no restart, and the next commit comes as ever', async (from, to) => {
  const repository = await startGitRepository()
  // Pods that carry no version of the chart: Flux alone gives it another.
  const commit = await repository.commit(plainChart)
  const name = uniqueName('handover')
  let operator = await withEngine(from)
  await create(name, repository, commit)
  await readyAt(name, commit)
  const before = await identityOf(name)
  await operator.stop()

  operator = await withEngine(to)
  await eventually('The release of the new engine', async () => (await releaseOf(to, name)) !== undefined)
  await eventually('The end of the old release', async () => (await releaseOf(from, name)) === undefined)
  await eventually('Helm’s second revision', async () => (await helmRevisions(name)).includes('shop 2'))
  await readyAt(name, commit)
  expect(await identityOf(name)).toEqual(before)
  if (to === 'helm-operator') {
    expect((await admin.list(gitRepositories, { namespace: name })).items).toEqual([])
    expect((await admin.list(helmCharts, { namespace: name })).items).toEqual([])
  }

  const next = await repository.commit({ 'README.md': 'Next\n' })
  const wish = { repository, commit: next, values: { tag: 'b' } }
  await admin.patch(environments, { name }, { spec: objectOf('Environment', name, wish).spec })
  await readyAt(name, next)
  expect(await identityOf(name)).toMatchObject([{ template: { spec: { containers: [{ image: 'shop:b' }] } } }])
  await removeEnvironment(admin, name)
  expect(operator.failures.filter((line) => line.includes(name))).toEqual([])
  await operator.stop()
  await repository.stop()
})

test('Where it would restart pods the environment stays with its engine, says so, and goes on', async () => {
  const repository = await startGitRepository()
  await repository.commitFolder(join(import.meta.dirname, 'charts/helm-create'))
  const commit = await repository.commit({ 'README.md': 'A chart as helm create makes it.\n' })
  const name = uniqueName('stays')
  const wish = (at: string) => {
    const object = objectOf('Environment', name, { repository, commit: at, values: { replicaCount: 0 } })
    const spec = object.spec as { application: { release: { chart: object } } }
    spec.application.release.chart = { spec: { chart: '.' } }
    return object
  }
  let operator = await withEngine('flux')
  await admin.create(environments, wish(commit))
  await readyAt(name, commit)
  const before = await identityOf(name)
  await operator.stop()

  operator = await withEngine('helm-operator')
  const stays = await readyAt(name, commit, (object) =>
    /stays with Flux/.test(object.status?.conditions?.[0]?.message ?? ''),
  )
  expect(stays.status?.conditions?.[0]?.message).toMatch(
    /It stays with Flux, though Helm Operator is wanted: the pods of Deployment \S+ carry the chart’s version and would restart\./,
  )
  expect(await identityOf(name)).toEqual(before)
  expect(await releaseOf('helm-operator', name)).toBeUndefined()

  const next = await repository.commit({ 'README.md': 'Next\n' })
  await admin.patch(environments, { name }, { spec: wish(next).spec })
  await readyAt(name, next)
  await removeEnvironment(admin, name)
  await operator.stop()
  await repository.stop()
})
