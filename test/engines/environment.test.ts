/** An environment's life with Flux: released, pushed to, broken, mended, suspended, removed. */
import { expect, test } from 'vitest'
import type { Environment } from '../../src/api/environment.ts'
import type { KubeObject } from '../../src/kube/cluster.ts'
import { configMaps, environments, helmReleases, ingresses, secrets } from '../../src/kube/resources.ts'
import {
  discardEnvironment,
  environmentWhere,
  newEnvironment,
  readyReason,
  removeEnvironment,
  setStage,
  uniqueName,
} from '../environment-operator.ts'
import { type GitRepository, startGitRepository } from '../git-repository.ts'

const stage = setStage()

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

interface HelmRelease extends KubeObject {
  status?: { history?: { version: number }[] }
}

/** An environment of that commit whose image tag is the given one. */
function at(name: string, repository: GitRepository, commit: string, tag: string, more: object = {}): Environment {
  return newEnvironment(name, {
    application: {
      gitRepository: { url: repository.url, ref: { branch: 'main', commit } },
      release: { chart: { spec: { chart: 'deploy' } }, releaseName: 'shop', values: { tag }, ...more },
    },
  })
}

/** What a pipeline's commit and Argo CD's sync come to. */
async function push(environment: Environment): Promise<void> {
  const { name } = environment.metadata
  await stage.admin.patch(environments, { name }, { spec: environment.spec })
}

const isReadyWith = (commit: string) => (environment: Environment) =>
  readyReason(environment) === 'EnvironmentReady' && environment.status?.commit === commit

function shopMap(name: string): Promise<ConfigMap | undefined> {
  return stage.admin.get<ConfigMap>(configMaps, { name: 'shop', namespace: name })
}

test.concurrent('A preview is released, follows a push in one upgrade, and goes without a trace', async () => {
  const repository = await startGitRepository()
  const name = uniqueName('life')
  const first = await repository.commit(chart)
  await stage.admin.create(environments, at(name, repository, first, 'a'))
  const ready = await environmentWhere(stage.admin, name, isReadyWith(first))
  expect(ready.status?.stages?.map(({ name, state }) => `${name} ${state}`)).toEqual([
    'namespace Done',
    'secrets Done',
    'source Done',
    'release Done',
    'workloads Done',
  ])
  expect(ready.status?.conditions?.map(({ type, status, reason }) => ({ type, status, reason }))).toEqual([
    { type: 'Ready', status: 'True', reason: 'EnvironmentReady' },
  ])
  expect((await shopMap(name))?.data).toEqual({ chart: 'one', tag: 'a' })

  const second = await repository.commit({ 'deploy/templates/configmap.yaml': template('two') })
  await push(at(name, repository, second, 'b'))
  await environmentWhere(stage.admin, name, isReadyWith(second))
  expect((await shopMap(name))?.data).toEqual({ chart: 'two', tag: 'b' })
  const release = await stage.admin.get<HelmRelease>(helmReleases, { name: 'shop', namespace: name })
  expect(release?.status?.history?.[0]?.version).toBe(2)

  await removeEnvironment(stage.admin, name)
  const left = await stage.admin.list(secrets, { namespace: name, metadataOnly: true })
  expect(left.items).toEqual([])
  expect(stage.operator.failures.filter((line) => line.includes(name))).toEqual([])
  await repository.stop()
})

test.concurrent('A chart that Helm refuses stalls with the cause, and the next push mends it', async () => {
  const repository = await startGitRepository()
  const name = uniqueName('broken')
  const broken = await repository.commit({
    ...chart,
    'deploy/templates/configmap.yaml': '{{ fail "the tag must be signed" }}\n',
  })
  await stage.admin.create(environments, at(name, repository, broken, 'a'))
  const stalled = await environmentWhere(stage.admin, name, (found) => readyReason(found) === 'ReleaseFailed')
  expect(stalled.status?.conditions?.map(({ type }) => type)).toEqual(['Ready', 'Stalled'])
  expect(stalled.status?.stages?.[3]?.message).toContain('the tag must be signed')
  expect(stalled.status?.commit).toBeUndefined()

  const mended = await repository.commit(chart)
  await push(at(name, repository, mended, 'b'))
  await environmentWhere(stage.admin, name, isReadyWith(mended))
  await discardEnvironment(stage.admin, name)
  await repository.stop()
})

test.concurrent('A chart that is not there stalls with ChartNotFound', async () => {
  const repository = await startGitRepository()
  const name = uniqueName('nochart')
  const commit = await repository.commit({ 'README.md': 'No chart here.\n' })
  await stage.admin.create(environments, at(name, repository, commit, 'a'))
  const stalled = await environmentWhere(stage.admin, name, (found) => readyReason(found) === 'ChartNotFound')
  expect(stalled.status?.stages?.[3]?.message).toBe(`There is no chart at deploy in commit ${commit.slice(0, 12)}.`)
  await discardEnvironment(stage.admin, name)
  await repository.stop()
})

test.concurrent('After a force push the running release stays, and status says so, until the next commit', async () => {
  const repository = await startGitRepository()
  const name = uniqueName('forced')
  const first = await repository.commit(chart)
  await stage.admin.create(environments, at(name, repository, first, 'a'))
  await environmentWhere(stage.admin, name, isReadyWith(first))

  const lost = await repository.commit({ 'deploy/templates/configmap.yaml': template('lost') })
  await repository.forget(first)
  await push(at(name, repository, lost, 'lost'))
  const stalled = await environmentWhere(stage.admin, name, (found) => readyReason(found) === 'CommitNotFound')
  expect(stalled.status?.commit).toBe(first)
  expect(stalled.status?.stages?.[3]).toMatchObject({ state: 'Pending', message: 'What was released before stays.' })
  expect((await shopMap(name))?.data).toEqual({ chart: 'one', tag: 'a' })

  const third = await repository.commit({ 'deploy/templates/configmap.yaml': template('three') })
  await push(at(name, repository, third, 'c'))
  await environmentWhere(stage.admin, name, isReadyWith(third))
  expect((await shopMap(name))?.data).toEqual({ chart: 'three', tag: 'c' })
  await discardEnvironment(stage.admin, name)
  await repository.stop()
})

test.concurrent('A release whose values Secret comes later becomes ready by itself', async () => {
  const repository = await startGitRepository()
  const name = uniqueName('values')
  const commit = await repository.commit(chart)
  const valuesFrom = [{ secretKeyRef: { name: 'late', key: 'values.yaml' } }]
  await stage.admin.create(environments, at(name, repository, commit, 'a', { values: {}, valuesFrom }))
  const waiting = await environmentWhere(stage.admin, name, ({ status }) => status?.stages?.[1]?.state === 'Running')
  expect(waiting.status?.stages?.[1]?.message).toBe('Waiting for Secret late in the namespace.')
  await environmentWhere(stage.admin, name, (found) => readyReason(found) === 'ValuesMissing')

  const metadata = { name: 'late', namespace: name }
  const late = { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { 'values.yaml': 'tag: secret' } }
  await stage.admin.create(secrets, late)
  await environmentWhere(stage.admin, name, isReadyWith(commit))
  expect((await shopMap(name))?.data).toEqual({ chart: 'one', tag: 'secret' })
  await discardEnvironment(stage.admin, name)
  await repository.stop()
})

test.concurrent('What a confined preview may not make is named, and how to allow it', async () => {
  const repository = await startGitRepository()
  const name = uniqueName('escape')
  const commit = await repository.commit({
    ...chart,
    'deploy/templates/role.yaml': `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: ${name}
rules: []
`,
  })
  await stage.admin.create(environments, at(name, repository, commit, 'a'))
  const stalled = await environmentWhere(stage.admin, name, (found) => readyReason(found) === 'ReleaseForbidden')
  expect(stalled.status?.conditions?.[0]?.message).toContain('cannot get resource "clusterroles"')
  expect(stalled.status?.conditions?.[0]?.message).toContain('docs/confinement.md')
  await discardEnvironment(stage.admin, name)
  await repository.stop()
})

test.concurrent('Its URLs are those of its Ingresses', async () => {
  const repository = await startGitRepository()
  const name = uniqueName('urls')
  const commit = await repository.commit({
    ...chart,
    'deploy/templates/ingress.yaml': `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
spec:
  rules:
    - host: ${name}.example.test
      http:
        paths:
          - path: /
            pathType: Prefix
            backend: { service: { name: shop, port: { number: 80 } } }
`,
  })
  await stage.admin.create(environments, at(name, repository, commit, 'a'))
  const ready = await environmentWhere(stage.admin, name, isReadyWith(commit))
  expect(ready.status?.urls).toEqual([`http://${name}.example.test/`])

  const ports = [{ port: 8088, protocol: 'TCP' }]
  const status = { loadBalancer: { ingress: [{ ip: '127.0.0.1', ports }] } }
  await stage.admin.patchStatus(ingresses, { name: 'shop', namespace: name }, { status })
  const moved = await environmentWhere(stage.admin, name, (found) => found.status?.url?.includes('8088') === true)
  expect(moved.status?.url).toBe(`http://${name}.example.test:8088/`)
  await discardEnvironment(stage.admin, name)
  await repository.stop()
})

test.concurrent('A suspended preview stays as it is until it is resumed, and can be removed', async () => {
  const repository = await startGitRepository()
  const name = uniqueName('still')
  const first = await repository.commit(chart)
  await stage.admin.create(environments, at(name, repository, first, 'a'))
  await environmentWhere(stage.admin, name, isReadyWith(first))
  await stage.admin.patch(environments, { name }, { spec: { suspend: true } })
  await environmentWhere(stage.admin, name, ({ status }) => status?.phase === 'Suspended')

  const second = await repository.commit({ 'deploy/templates/configmap.yaml': template('two') })
  await push(at(name, repository, second, 'b'))
  await environmentWhere(
    stage.admin,
    name,
    ({ metadata, status }) => status?.observedGeneration === metadata.generation && status?.phase === 'Suspended',
  )
  expect((await shopMap(name))?.data).toEqual({ chart: 'one', tag: 'a' })

  await stage.admin.patch(environments, { name }, { spec: { suspend: null } })
  await environmentWhere(stage.admin, name, isReadyWith(second))
  await stage.admin.patch(environments, { name }, { spec: { suspend: true } })
  await environmentWhere(stage.admin, name, ({ status }) => status?.phase === 'Suspended')
  await removeEnvironment(stage.admin, name)
  await repository.stop()
})
