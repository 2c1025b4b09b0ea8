/** Helm Operator uninstalls only what it sees go. While it is away, nothing may be lost and nothing be left. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ClusterClient } from '../../src/kube/client.ts'
import { configMaps, environmentProvisioners, helmReleasesV1, namespaces, secrets } from '../../src/kube/resources.ts'
import type { AnyEnvironment } from '../../src/operator/environment-kinds.ts'
import {
  connectAsAdmin,
  environmentWhere,
  eventually,
  gone,
  startOperator,
  type TestOperator,
  uniqueName,
} from '../environment-operator.ts'
import { startGitRepository } from '../git-repository.ts'
import { type OwnHelmOperator, startOwnHelmOperator } from '../helm-operator.ts'
import { objectOf } from './pairs.ts'

const chart = {
  'deploy/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 0.1.0\n',
  'deploy/templates/configmap.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shop }\n',
}

let own: OwnHelmOperator
let admin: ClusterClient
let operator: TestOperator
beforeAll(async () => {
  own = await startOwnHelmOperator()
  admin = await connectAsAdmin(own.kubeconfig)
  operator = await startOperator({ kubeconfig: own.kubeconfig })
})
afterAll(async () => {
  await operator?.stop()
  await admin?.close()
  await own?.stop()
})

const where = (name: string, isRight: (object: AnyEnvironment) => boolean) =>
  environmentWhere<AnyEnvironment>(admin, name, isRight, 100, environmentProvisioners)

async function remove(name: string): Promise<void> {
  const found = await admin.get(environmentProvisioners, { name })
  await admin.delete(environmentProvisioners, { name }, { uid: found?.metadata.uid ?? '', propagation: 'Foreground' })
}

test('A release that is deleted meanwhile is named, told again when it is back, and uninstalled', async () => {
  const repository = await startGitRepository()
  const commit = await repository.commit(chart)
  const name = uniqueName('away')
  await admin.create(environmentProvisioners, objectOf('EnvironmentProvisioner', name, { repository, commit }))
  await where(name, ({ status }) => status?.phase === 'Ready')

  await own.stopHelmOperator()
  await remove(name)
  const blocked = await where(name, ({ status }) => /Secret sh\.helm/.test(status?.conditions?.[0]?.message ?? ''))
  expect(blocked.status?.conditions?.[0]?.message).toBe('Still there: Secret sh.helm.release.v1.shop.v1 of Helm.')
  const told = await where(name, ({ status }) =>
    /is told again|waiting for/.test(status?.conditions?.[0]?.message ?? ''),
  )
  expect(told.status?.phase).toBe('Removing')
  expect(await admin.get(configMaps, { name: 'shop', namespace: name })).toBeDefined()
  expect(await admin.get(helmReleasesV1, { name: 'shop', namespace: name })).toBeDefined()

  await own.startHelmOperator()
  await gone(admin, environmentProvisioners, name)
  await gone(admin, namespaces, name)
  expect((await admin.list(secrets, { namespace: name, metadataOnly: true })).items).toEqual([])
  await repository.stop()
})

test('An environment that it never saw goes at once', async () => {
  const repository = await startGitRepository()
  const commit = await repository.commit(chart)
  const name = uniqueName('unseen')
  await own.stopHelmOperator()
  await admin.create(environmentProvisioners, objectOf('EnvironmentProvisioner', name, { repository, commit }))
  await eventually('The release', async () => await admin.get(helmReleasesV1, { name: 'shop', namespace: name }))
  await remove(name)
  await gone(admin, environmentProvisioners, name)
  await own.startHelmOperator()
  await repository.stop()
})
