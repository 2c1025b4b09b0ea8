/** The way of `docs/guides/leaving.md`, out and back, in a cluster of its own: definitions are the whole cluster's. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { customResourceDefinition, kinds } from '../../src/api/crd.ts'
import { abandonObjects } from '../../src/cli/abandon-objects.ts'
import type { ClusterClient } from '../../src/kube/client.ts'
import type { KubeObject } from '../../src/kube/cluster.ts'
import { customResourceDefinitions, environmentProvisioners, namespaces } from '../../src/kube/resources.ts'
import type { AnyEnvironment } from '../../src/operator/environment-kinds.ts'
import {
  connectAsAdmin,
  environmentWhere,
  eventually,
  gone,
  removeEnvironment,
  startOperator,
  uniqueName,
} from '../environment-operator.ts'
import { type GitRepository, startGitRepository } from '../git-repository.ts'
import { type OwnHelmOperator, startOwnHelmOperator } from '../helm-operator.ts'
import { earlierProvisioner, lookAtRunning, runsTag } from './earlier-tronador.ts'

let own: OwnHelmOperator
let admin: ClusterClient
let repository: GitRepository
beforeAll(async () => {
  own = await startOwnHelmOperator()
  admin = await connectAsAdmin(own.kubeconfig)
  repository = await startGitRepository()
})
afterAll(async () => {
  await repository?.stop()
  await admin?.close()
  await own?.stop()
})

const definitions = kinds.map((kind) => customResourceDefinition(kind) as unknown as KubeObject)
const resource = environmentProvisioners

test('Without Tronador and its definitions all runs on, and Tronador comes back to it', async () => {
  const commit = await repository.commitFolder(join(import.meta.dirname, 'charts'))
  const wish = { name: uniqueName('left'), url: repository.url, ref: commit, releaseName: 'shop', tag: 'one' }
  const { name } = wish
  const settled = () => {
    const isDone = ({ metadata, status }: AnyEnvironment) =>
      status?.observedGeneration === metadata.generation && status?.stages?.[3]?.state === 'Done'
    return environmentWhere<AnyEnvironment>(admin, name, isDone, 100, resource)
  }
  const operator = await startOperator({ kubeconfig: own.kubeconfig })
  await admin.create(resource, earlierProvisioner(wish))
  await settled()
  await runsTag(admin, name, 'one')
  await quietly()
  const before = await lookAtRunning(admin, name)
  await operator.stop()

  const request = { names: undefined, kind: undefined, namespace: 'tronador-system', now: new Date() }
  expect(await abandonObjects(admin, { ...request, isMeant: true })).toContain(`\n  EnvironmentProvisioner ${name}\n`)
  for (const { metadata } of definitions) {
    const standing = await admin.get<KubeObject>(customResourceDefinitions, metadata)
    await admin.delete(customResourceDefinitions, metadata, { uid: standing?.metadata.uid ?? '' })
  }
  for (const { metadata } of definitions) await gone(admin, customResourceDefinitions, metadata.name)
  expect(await admin.serves(resource)).toBe(false)
  await quietly()
  expect(await lookAtRunning(admin, name)).toEqual(before)

  for (const definition of definitions) await admin.create(customResourceDefinitions, definition)
  await eventually('the definitions being served', () => admin.serves(resource))
  const { metadata } = await eventually('the object coming back', () =>
    admin.create<KubeObject>(resource, earlierProvisioner(wish)).catch(() => undefined),
  )
  const again = await startOperator({ kubeconfig: own.kubeconfig })
  await settled()
  await quietly()
  expect(await lookAtRunning(admin, name)).toEqual(before)
  const namespace = await admin.get<KubeObject>(namespaces, { name })
  expect(namespace?.metadata.annotations?.['tronador.stakater.com/owner-uid']).toBe(metadata.uid)
  await removeEnvironment(admin, name, 'Background', resource)
  expect(again.failures).toEqual([])
  await again.stop()
})

/** Long enough for whatever is still on its way to show. */
const quietly = () => new Promise((resolve) => setTimeout(resolve, 5_000))
