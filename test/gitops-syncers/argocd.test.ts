/** Previews that Argo CD applies: committed, followed, mended and pruned, each as its users would see it there. */
import { describe, expect, test } from 'vitest'
import type { Environment } from '../../src/api/environment.ts'
import {
  configMaps,
  environmentProvisioners,
  environments,
  helmReleasesV1,
  namespaces,
} from '../../src/kube/resources.ts'
import { environmentWhere, eventually, gone, newEnvironment, setStage, uniqueName } from '../environment-operator.ts'
import {
  type Application,
  applications,
  applicationWhere,
  healthWhere,
  inArgoCd,
  readExample,
  removeFromArgoCd,
} from './argocd.ts'
import { setApplication } from './argocd-stage.ts'
import { environmentOf, provisionerOf, type TagMap } from './previews.ts'

const stage = setStage()
const here = setApplication(stage)
const apply = { fieldManager: 'test', force: true }

const fileOf = (name: string) => `acme/shop/${name}.yaml`
const isReady = ({ status }: Environment) => status?.phase === 'Ready'
const isStatus = (wanted: string) => (health: { status: string }) => health.status === wanted

describe('A preview that is committed', () => {
  test('is applied, updated and healed, and pruned in order', async () => {
    const name = uniqueName('life')
    const tagOf = async () => (await stage.admin.get<TagMap>(configMaps, { name: 'shop', namespace: name }))?.data?.tag
    await here.gitops.commit({ [fileOf(name)]: environmentOf(name, here.repository, here.commit, 'a') })
    await environmentWhere(stage.admin, name, isReady)
    expect(await tagOf()).toBe('a')
    expect(await healthWhere(here.application, { kind: 'Environment', name }, isStatus('Healthy'))).toEqual({
      status: 'Healthy',
      message: `Everything runs at http://${name}.example.com/. (namespace ${name}, release shop, running commit ${here.commit})`,
    })

    await here.gitops.commit({ [fileOf(name)]: environmentOf(name, here.repository, here.commit, 'b') })
    await eventually('the update', async () => (await tagOf()) === 'b')

    await stage.admin.patch(environments, { name }, { spec: { application: { release: { values: { tag: 'hand' } } } } })
    await eventually('the healing', async () => {
      const found = await stage.admin.get<Environment>(environments, { name })
      return found?.spec.application.release.values?.tag === 'b'
    })
    await eventually('the release to follow', async () => (await tagOf()) === 'b')
    await applicationWhere(stage.admin, here.application, ({ status }) => status?.sync?.status === 'Synced')

    stage.operator.writes.length = 0
    const seen = await watchObject(name)
    await here.gitops.commit({ [fileOf(name)]: null })
    await gone(stage.admin, environments, name)
    await gone(stage.admin, namespaces, name)
    expect((await seen.stop()).some((finalizers) => finalizers.includes('foregroundDeletion'))).toBe(true)
    expect(
      stage.operator.writes.filter(({ verb }) => verb === 'delete').map(({ kind, name }) => `${kind} ${name}`),
    ).toEqual(['HelmRelease shop', 'GitRepository shop', `Namespace ${name}`])
  })

  test('comes back when somebody deletes it', async () => {
    const name = uniqueName('again')
    await here.gitops.commit({ [fileOf(name)]: environmentOf(name, here.repository, here.commit, 'a') })
    const { metadata } = await environmentWhere(stage.admin, name, isReady)
    await stage.admin.delete(environments, { name }, { uid: metadata.uid ?? '' })
    const again = await environmentWhere(
      stage.admin,
      name,
      (found) => isReady(found) && found.metadata.uid !== metadata.uid,
    )
    expect(again.metadata.deletionTimestamp).toBeUndefined()
    await here.gitops.commit({ [fileOf(name)]: null })
    await gone(stage.admin, namespaces, name)
  })

  test('and whose removal hangs holds up no other', async () => {
    const [stuck, good] = [uniqueName('stuck'), uniqueName('good')]
    await here.gitops.commit({ [fileOf(stuck)]: environmentOf(stuck, here.repository, here.commit, 'a') })
    const { metadata } = await environmentWhere(stage.admin, stuck, isReady)
    const held = [...(metadata.finalizers ?? []), 'example.com/hold']
    await stage.admin.patch(environments, { name: stuck }, { metadata: { finalizers: held } })
    await here.gitops.commit({ [fileOf(stuck)]: null })
    await gone(stage.admin, namespaces, stuck)

    await here.gitops.commit({ [fileOf(good)]: environmentOf(good, here.repository, here.commit, 'a') })
    await environmentWhere(stage.admin, good, isReady)
    expect((await stage.admin.get(environments, { name: stuck }))?.metadata.deletionTimestamp).toBeDefined()
    await stage.admin.patch(environments, { name: stuck }, { metadata: { finalizers: null } })
    await here.gitops.commit({ [fileOf(good)]: null })
    await gone(stage.admin, environments, good)
  })

  test('shows in Argo CD what it waits for, what is wrong, and that it is suspended', async () => {
    const name = uniqueName('health')
    const preview = { kind: 'Environment', name }
    const below = `(namespace ${name}, release shop)`
    const waiting = environmentOf(name, here.repository, here.commit, 'a', [{ kind: 'Secret', name: 'db' }])
    await here.gitops.commit({ [fileOf(name)]: waiting })
    await environmentWhere(stage.admin, name, ({ status }) => status?.conditions?.[0]?.reason === 'ValuesMissing')
    await refresh()
    expect(
      await healthWhere(here.application, preview, ({ message }) => message?.includes('Secret db') ?? false),
    ).toEqual({
      status: 'Progressing',
      message: `Waiting for Secret db in the namespace. Have it made in the environment’s namespace; the release goes on by itself when it is there. ${below}`,
    })

    const broken = await here.repository.commit({
      'deploy/templates/fail.yaml': '{{ fail "the tag must be signed" }}\n',
    })
    await here.gitops.commit({ [fileOf(name)]: environmentOf(name, here.repository, broken, 'a') })
    const degraded = await healthWhere(here.application, preview, isStatus('Degraded'))
    expect(degraded.message).toContain('the tag must be signed')
    expect(degraded.message?.endsWith(below)).toBe(true)

    await here.repository.commit({ 'deploy/templates/fail.yaml': null })
    const suspended = environmentOf(name, here.repository, here.commit, 'a')
    await here.gitops.commit({ [fileOf(name)]: { ...suspended, spec: { ...suspended.spec, suspend: true } } })
    await healthWhere(here.application, preview, isStatus('Suspended'))

    await here.gitops.commit({ [fileOf(name)]: null })
    await gone(stage.admin, environments, name)
  })

  test('that no operator has looked at is Progressing', async () => {
    const name = uniqueName('unseen')
    const { metadata: _, ...rest } = newEnvironment(name)
    await here.gitops.commit({ [fileOf(name)]: { ...rest, metadata: { name } } })
    expect(await healthWhere(here.application, { kind: 'Environment', name }, isStatus('Progressing'))).toEqual({
      status: 'Progressing',
      message: "Tronador's operator has not looked at it yet.",
    })
    await here.gitops.commit({ [fileOf(name)]: null })
    await gone(stage.admin, environments, name)
  })
})

test('An EnvironmentProvisioner that Helm Operator runs is Synced, Healthy and pruned', async () => {
  const name = uniqueName('provisioner')
  const preview = { kind: 'EnvironmentProvisioner', name }
  await here.gitops.commit({ [fileOf(name)]: provisionerOf(name, here.repository, here.commit, 'a') })
  const health = await healthWhere(here.application, preview, isStatus('Healthy'))
  expect(health.message).toBe(
    `Everything runs at http://${name}.example.com/. Helm Operator runs it with its own rights, so nothing confines it. (namespace ${name}, release shop, running commit ${here.commit})`,
  )
  await applicationWhere(stage.admin, here.application, ({ status }) => status?.sync?.status === 'Synced')
  await here.gitops.commit({ [fileOf(name)]: null })
  await gone(stage.admin, environmentProvisioners, name)
  await gone(stage.admin, namespaces, name)
})

test('A HelmRelease of Helm Operator shows its health', async () => {
  const name = uniqueName('own')
  await stage.admin.apply(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, apply)
  const release = (path: string) => ({
    apiVersion: 'helm.fluxcd.io/v1',
    kind: 'HelmRelease',
    metadata: { name: 'shop', namespace: name },
    spec: { releaseName: name, chart: { git: here.repository.url, path, ref: here.commit }, values: { tag: 'a' } },
  })
  const folder = `acme/${name}`
  const example = await readExample<Application>('argocd/application.yaml', {
    ...here.words(),
    'name: previews-shop\n': `name: ${name}\n`,
    'acme/shop': folder,
  })
  await here.gitops.commit({ [`${folder}/release.yaml`]: release('nowhere') })
  await stage.admin.apply(applications, { ...example, spec: { ...example.spec, project: 'default' } }, apply)
  const shop = { kind: 'HelmRelease', name: 'shop' }
  const degraded = await healthWhere(name, shop, isStatus('Degraded'))
  expect(degraded.message).toMatch(/^(?:ChartFetchFailed|DeployFailed): ./)
  await here.gitops.commit({ [`${folder}/release.yaml`]: release('deploy') })
  expect(await healthWhere(name, shop, isStatus('Healthy'))).toEqual({
    status: 'Healthy',
    message: `Succeeded: Release was successful for Helm release '${name}' in '${name}'. (revision ${here.commit})`,
  })
  await removeFromArgoCd(stage.admin, applications, name)
  await gone(stage.admin, helmReleasesV1, 'shop', name)
  const own = await stage.admin.get(namespaces, { name })
  await stage.admin.delete(namespaces, { name }, { uid: own?.metadata.uid ?? '' })
})

describe('The project', () => {
  test('lets nothing but environments through, and holds the rest back until what is refused is gone', async () => {
    const name = uniqueName('foreign')
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data: {} }
    const space = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
    const good = environmentOf(name, here.repository, here.commit, 'a')
    await here.gitops.commit({
      [fileOf(`${name}-map`)]: map,
      [fileOf(`${name}-space`)]: space,
      [fileOf(name)]: good,
    })
    const refused = await applicationWhere(stage.admin, here.application, ({ status }) => refusals(status).length === 2)
    expect(refusals(refused.status)).toEqual([
      'ConfigMap: resource :ConfigMap is not permitted in project',
      'Namespace: resource :Namespace is not permitted in project',
    ])
    expect(await stage.admin.get(configMaps, { name, namespace: 'default' })).toBeUndefined()
    expect(await stage.admin.get(namespaces, { name })).toBeUndefined()
    expect(await stage.admin.get(environments, { name })).toBeUndefined()

    await here.gitops.commit({ [fileOf(`${name}-map`)]: null, [fileOf(`${name}-space`)]: null })
    await environmentWhere(stage.admin, name, isReady)
    await here.gitops.commit({ [fileOf(name)]: null })
    await gone(stage.admin, environments, name)
    await applicationWhere(stage.admin, here.application, ({ status }) => status?.sync?.status === 'Synced')
  })

  test('takes no other repository', async () => {
    const name = uniqueName('elsewhere')
    const example = await readExample<Application>('argocd/application.yaml', {
      ...here.words(),
      'name: previews-shop\n': `name: ${name}\n`,
      [here.gitops.url]: here.repository.url,
    })
    await stage.admin.apply(applications, example, apply)
    const refused = await applicationWhere(stage.admin, name, ({ status }) => (status?.conditions?.length ?? 0) > 0)
    expect(refused.status?.conditions?.map(({ type, message }) => `${type}: ${message}`)).toEqual([
      `InvalidSpecError: application repo ${here.repository.url} is not permitted in project '${here.project}'`,
    ])
    await removeFromArgoCd(stage.admin, applications, name)
  })
})

/** Has Argo CD look again at what a status says while the health stays the same. */
async function refresh(): Promise<void> {
  const annotations = { 'argocd.argoproj.io/refresh': 'normal' }
  await stage.admin.patch(applications, inArgoCd(here.application), { metadata: { annotations } })
}

function refusals(status: Application['status']): string[] {
  return (status?.operationState?.syncResult?.resources ?? [])
    .filter(({ message }) => message.includes('not permitted'))
    .map(({ kind, message }) => `${kind}: ${message.split(' previews')[0]}`)
    .toSorted()
}

/** Notes the finalizers of each version of an environment, until it is stopped. */
async function watchObject(name: string) {
  const signal = new AbortController()
  const seen: (readonly string[])[] = []
  const { resourceVersion } = await stage.admin.list(environments, { fieldSelector: `metadata.name=${name}` })
  const watching = (async () => {
    const selection = { fieldSelector: `metadata.name=${name}`, resourceVersion, signal: signal.signal }
    for await (const event of stage.admin.watch(environments, selection))
      if (event.type !== 'BOOKMARK') seen.push(event.object.metadata.finalizers ?? [])
  })()
  return {
    async stop() {
      signal.abort()
      await watching
      return seen
    },
  }
}
