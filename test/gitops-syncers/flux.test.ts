/** Previews that Flux applies: committed, followed, mended and pruned, with what the Kustomization says of them. */
import { describe, expect, test } from 'vitest'
import type { Environment } from '../../src/api/environment.ts'
import {
  configMaps,
  environmentProvisioners,
  environments,
  kustomizations,
  namespaces,
} from '../../src/kube/resources.ts'
import { environmentWhere, eventually, gone, readyReason, setStage, uniqueName } from '../environment-operator.ts'
import { setKustomization } from './flux-stage.ts'
import { environmentOf, provisionerOf, type TagMap } from './previews.ts'

const stage = setStage()
const here = setKustomization(stage)

const fileOf = (name: string) => `acme/shop/${name}.yaml`
const isReady = ({ status }: Environment) => status?.phase === 'Ready'

describe('A preview that is committed', () => {
  test('is applied, updated and healed, and pruned in order', async () => {
    const name = uniqueName('life')
    const tagOf = async () => (await stage.admin.get<TagMap>(configMaps, { name: 'shop', namespace: name }))?.data?.tag
    await here.commitNow({ [fileOf(name)]: environmentOf(name, here.repository, here.commit, 'a') })
    await environmentWhere(stage.admin, name, isReady)
    await here.readyWhere(({ status }) => status === 'True')

    await here.commitNow({ [fileOf(name)]: environmentOf(name, here.repository, here.commit, 'b') })
    await eventually('the update', async () => (await tagOf()) === 'b')

    await stage.admin.patch(environments, { name }, { spec: { application: { release: { values: { tag: 'hand' } } } } })
    await here.look(kustomizations)
    await eventually('the healing', async () => {
      const found = await stage.admin.get<Environment>(environments, { name })
      return found?.spec.application.release.values?.tag === 'b'
    })

    stage.operator.writes.length = 0
    await here.commitNow({ [fileOf(name)]: null })
    await gone(stage.admin, environments, name)
    await gone(stage.admin, namespaces, name)
    expect(
      stage.operator.writes.filter(({ verb }) => verb === 'delete').map(({ kind, name }) => `${kind} ${name}`),
    ).toEqual(['HelmRelease shop', 'GitRepository shop', `Namespace ${name}`])
  })

  test('and stalls fails the Kustomization by name, and holds up no other', async () => {
    const [broken, good] = [uniqueName('broken'), uniqueName('good')]
    const bad = await here.repository.commit({ 'deploy/templates/fail.yaml': '{{ fail "the tag must be signed" }}\n' })
    await here.repository.commit({ 'deploy/templates/fail.yaml': null })
    await here.commitNow({ [fileOf(broken)]: environmentOf(broken, here.repository, bad, 'a') })
    const failed = await here.readyWhere(({ reason }) => reason === 'HealthCheckFailed')
    expect(failed.message).toContain(`Environment/${broken} status: 'Failed'`)

    await here.commitNow({ [fileOf(good)]: environmentOf(good, here.repository, here.commit, 'a') })
    await environmentWhere(stage.admin, good, isReady)
    await here.commitNow({ [fileOf(broken)]: null, [fileOf(good)]: null })
    await gone(stage.admin, environments, broken)
    await gone(stage.admin, environments, good)
    await here.readyWhere(({ status }) => status === 'True')
  })

  test('and is still on its way holds up no other', async () => {
    const [slow, good] = [uniqueName('slow'), uniqueName('good')]
    const waiting = environmentOf(slow, here.repository, here.commit, 'a', [{ kind: 'Secret', name: 'db' }])
    await here.commitNow({ [fileOf(slow)]: waiting })
    await environmentWhere(stage.admin, slow, (found) => readyReason(found) === 'ValuesMissing')
    await here.readyWhere(({ status, reason }) => status === 'Unknown' && reason === 'Progressing')

    await here.commitNow({ [fileOf(good)]: environmentOf(good, here.repository, here.commit, 'a') })
    await environmentWhere(stage.admin, good, isReady)
    await here.commitNow({ [fileOf(slow)]: null, [fileOf(good)]: null })
    await gone(stage.admin, environments, slow)
    await gone(stage.admin, environments, good)
  })
})

test('An EnvironmentProvisioner that Helm Operator runs makes the Kustomization ready, and is pruned', async () => {
  const name = uniqueName('provisioner')
  await here.commitNow({ [fileOf(name)]: provisionerOf(name, here.repository, here.commit, 'a') })
  await environmentWhere(stage.admin, name, isReady, 100, environmentProvisioners)
  await here.readyWhere(({ status }) => status === 'True')
  await here.commitNow({ [fileOf(name)]: null })
  await gone(stage.admin, environmentProvisioners, name)
  await gone(stage.admin, namespaces, name)
})

test('What is no environment is refused with the reason, and holds the rest back until it is gone', async () => {
  const [foreign, good] = [uniqueName('foreign'), uniqueName('good')]
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: foreign, namespace: 'default' } }
  await here.commitNow({
    [fileOf(foreign)]: map,
    [fileOf(good)]: environmentOf(good, here.repository, here.commit, 'a'),
  })
  const { message } = await here.readyWhere(({ reason }) => reason === 'ReconciliationFailed')
  expect(message).toContain(`ConfigMap/default/${foreign}`)
  expect(message).toContain(`"system:serviceaccount:${here.namespace}:previews" cannot patch resource "configmaps"`)
  expect(await stage.admin.get(environments, { name: good })).toBeUndefined()

  await here.commitNow({ [fileOf(foreign)]: null })
  await environmentWhere(stage.admin, good, isReady)
  await here.commitNow({ [fileOf(good)]: null })
  await gone(stage.admin, environments, good)
})
