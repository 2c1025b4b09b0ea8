/** The kind `Repository` as the API server holds it, and what the server's own service account may do with it. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { applyManifests } from '../../local/demo/manifests.ts'
import { writeServiceAccountKubeconfig } from '../../local/kubeconfig-file.ts'
import type { Repository } from '../../src/api/repository.ts'
import { readRepository } from '../../src/core/repository-settings.ts'
import { type ClusterClient, createClient } from '../../src/kube/client.ts'
import type { KubeObject } from '../../src/kube/cluster.ts'
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts'
import { environments, namespaces, repositories, secrets } from '../../src/kube/resources.ts'

const namespace = 'tronador-system'
const name = `shop-${randomBytes(4).toString('hex')}`
const spec = {
  provider: 'gitea',
  url: 'https://git.example.com/acme/shop',
  credentialsRef: { name: 'token' },
  webhookSecretRef: { name: 'webhook' },
  gitops: { url: 'https://git.example.com/acme/previews.git', credentialsRef: { name: 'gitops' } },
  image: { name: 'registry.example.com/shop' },
}

let admin: ClusterClient
let server: ClusterClient

beforeAll(async () => {
  admin = createClient(await loadKubeconfig(inject('kubeconfig')))
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }
  await admin.apply(namespaces, object, { fieldManager: 'test', force: true })
  await applyManifests(admin, ['deploy/server.yaml'])
  const account = { namespace, serviceAccount: 'tronador-server' }
  server = createClient(await loadKubeconfig(await writeServiceAccountKubeconfig(inject('kubeconfig'), account)))
})

afterAll(() => Promise.all([admin?.close(), server?.close()]))

function repository(of: object, called = name): KubeObject {
  return {
    apiVersion: 'tronador.stakater.com/v1alpha1',
    kind: 'Repository',
    metadata: { name: called, namespace },
    spec: of,
  } as KubeObject
}

test('the API server completes a repository with the defaults that the server would take', async () => {
  const created = (await admin.create(repositories, repository(spec))) as Repository

  expect(created.spec).toEqual(readRepository(repository(spec) as Repository).spec)
})

test('the server may write the status and nothing else of a repository', async () => {
  const ref = { namespace, name }
  const status = { openPullRequests: 2, webhookPath: `/webhooks/${namespace}/${name}` }
  expect(await server.patchStatus<Repository>(repositories, ref, { status })).toMatchObject({ spec, status })

  const refused = { reason: 'Forbidden' }
  await expect(server.patch(repositories, ref, { spec: { url: 'https://x.example.com/a/b' } })).rejects.toMatchObject(
    refused,
  )
  await expect(server.delete(repositories, ref, { uid: 'x' })).rejects.toMatchObject(refused)
})

test('the server reads Secrets of its own namespace by name, and environments, and no more', async () => {
  const refused = { reason: 'Forbidden' }
  expect(await server.get(secrets, { namespace, name: 'missing' })).toBeUndefined()
  expect((await server.list(environments)).items).toBeInstanceOf(Array)

  await expect(server.list(secrets, { namespace })).rejects.toMatchObject(refused)
  await expect(server.get(secrets, { namespace: 'default', name: 'missing' })).rejects.toMatchObject(refused)
  await expect(server.list(namespaces)).rejects.toMatchObject(refused)
  await expect(server.delete(environments, { name: 'x' }, { uid: 'x' })).rejects.toMatchObject(refused)
})
