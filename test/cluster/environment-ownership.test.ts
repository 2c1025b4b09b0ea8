/** What proves ownership, before a real API server: the sentences of `docs/decisions/0001`, by their numbers. */
import { describe, expect, test } from 'vitest'
import type { Environment } from '../../src/api/environment.ts'
import type { KubeObject } from '../../src/kube/cluster.ts'
import { environments, gitRepositories, helmReleases, namespaces, serviceAccounts } from '../../src/kube/resources.ts'
import {
  discardEnvironment,
  environmentWhere,
  eventually,
  gone,
  newEnvironment,
  readyReason,
  removeEnvironment,
  setStage,
  startOperator,
  uniqueName,
} from '../environment-operator.ts'

const stage = setStage()

async function create(name: string): Promise<Environment> {
  await stage.admin.create(environments, newEnvironment(name))
  return environmentWhere(stage.admin, name, ({ status }) => status?.stages?.[3]?.state !== undefined)
}

function namespaceOf(name: string): Promise<KubeObject | undefined> {
  return stage.admin.get<KubeObject>(namespaces, { name })
}

const writesInto = (name: string) =>
  stage.operator.writes.filter((write) => (write.namespace ?? write.name) === name && write.kind !== 'Environment')

/** A namespace that someone else made, with these labels and annotations. */
async function makeNamespace(
  name: string,
  labels: Record<string, string> = {},
  annotations: Record<string, string> = {},
): Promise<KubeObject> {
  const metadata = { name, labels, annotations }
  return stage.admin.create<KubeObject>(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata })
}

async function expectConflict(name: string): Promise<void> {
  const before = await namespaceOf(name)
  await stage.admin.create(environments, newEnvironment(name))
  const environment = await environmentWhere(stage.admin, name, (found) => readyReason(found) === 'NamespaceConflict')
  expect(environment.status?.stages?.map(({ state }) => state)).toEqual([
    'Failed',
    'Pending',
    'Pending',
    'Pending',
    'Pending',
  ])
  expect(writesInto(name).filter(({ verb }) => verb !== 'create')).toEqual([])
  expect(await namespaceOf(name)).toEqual(before)

  const { uid = '' } = environment.metadata
  await stage.admin.delete(environments, { name }, { uid })
  await gone(stage.admin, environments, name)
  expect(await namespaceOf(name)).toEqual(before)
}

describe('A namespace of the same name is someone else’s', () => {
  test('1, 4, 8: without label and annotation; after the one refused POST it is only read', async () => {
    const name = uniqueName('foreign')
    await makeNamespace(name)
    await expectConflict(name)
    expect(writesInto(name).map(({ verb, kind }) => `${verb} ${kind}`)).toEqual(['create Namespace'])
  })

  test('2: with our label and the UID of another environment that lives', async () => {
    const [victim, name] = [uniqueName('victim'), uniqueName('forged')]
    const living = await create(victim)
    const labels = {
      'app.kubernetes.io/managed-by': 'tronador.stakater.com',
      'tronador.stakater.com/environment': name,
    }
    await makeNamespace(name, labels, {
      'tronador.stakater.com/owner': `Environment/${name}`,
      'tronador.stakater.com/owner-uid': living.metadata.uid ?? '',
    })
    await expectConflict(name)
    await discardEnvironment(stage.admin, victim)
  })

  test('3: with an owner annotation and without our label', async () => {
    const name = uniqueName('unlabelled')
    await makeNamespace(
      name,
      {},
      {
        'tronador.stakater.com/owner': `Environment/${name}`,
        'tronador.stakater.com/owner-uid': '11111111-2222-3333-4444-555555555555',
      },
    )
    await expectConflict(name)
  })

  test('24: with our label and the UID of an owner of another name', async () => {
    const name = uniqueName('other-owner')
    await makeNamespace(
      name,
      { 'app.kubernetes.io/managed-by': 'tronador.stakater.com' },
      {
        'tronador.stakater.com/owner': 'Environment/somebody-else',
        'tronador.stakater.com/owner-uid': '11111111-2222-3333-4444-555555555555',
      },
    )
    await expectConflict(name)
  })
})

describe('5: a reserved name is refused before anything is read or written', () => {
  test.each(['default', 'kube-public', 'openshift-monitoring', 'argocd', 'flux-system', 'tronador-system'])(
    '%s',
    async (name) => {
      await stage.admin.create(environments, newEnvironment(name))
      await environmentWhere(stage.admin, name, (found) => readyReason(found) === 'NamespaceReserved')
      expect(writesInto(name)).toEqual([])
      const { metadata } = (await stage.admin.get<Environment>(environments, { name })) ?? {}
      await stage.admin.delete(environments, { name }, { uid: metadata?.uid ?? '' })
      await gone(stage.admin, environments, name)
      expect(writesInto(name)).toEqual([])
    },
  )
})

describe('15: an environment that is deleted', () => {
  test.concurrent.each(['Foreground', 'Background', 'Orphan'] as const)(
    'with %s propagation goes after its release, its source and its namespace, in that order',
    async (propagation) => {
      const name = uniqueName('goes')
      await create(name)
      await removeEnvironment(stage.admin, name, propagation)
      const deletions = stage.operator.writes.filter(({ verb }) => verb === 'delete')
      expect(deletions.filter((write) => (write.namespace ?? write.name) === name).map(({ kind }) => kind)).toEqual([
        'HelmRelease',
        'GitRepository',
        'Namespace',
      ])
    },
  )

  test.concurrent('17: waits for the finalizer of someone else on its release, and names it', async () => {
    const name = uniqueName('held')
    const { metadata } = await create(name)
    const held = { name: 'shop', namespace: name }
    await stage.admin.patch(helmReleases, held, { metadata: { finalizers: ['example.com/backup'] } })
    await stage.admin.delete(environments, { name }, { uid: metadata.uid ?? '' })
    const environment = await environmentWhere(stage.admin, name, (found) =>
      Boolean(found.status?.conditions?.[0]?.message.includes('example.com/backup')),
    )
    expect(environment.status?.phase).toBe('Removing')
    expect(environment.status?.stages?.[3]).toMatchObject({
      name: 'release',
      state: 'Removing',
      message: 'Still there: HelmRelease shop (held by the finalizer example.com/backup).',
    })
    expect(await stage.admin.get(gitRepositories, held)).toBeDefined()
    expect((await namespaceOf(name))?.metadata.deletionTimestamp).toBeUndefined()
    await stage.admin.patch(helmReleases, held, { metadata: { finalizers: null } })
    await gone(stage.admin, environments, name)
    await gone(stage.admin, namespaces, name)
  })

  test.concurrent('17: waits for the finalizer of someone else on its namespace, and names it', async () => {
    const name = uniqueName('held-namespace')
    const { metadata } = await create(name)
    await stage.admin.patch(namespaces, { name }, { metadata: { finalizers: ['example.com/backup'] } })
    await stage.admin.delete(environments, { name }, { uid: metadata.uid ?? '' })
    const environment = await environmentWhere(stage.admin, name, (found) =>
      Boolean(found.status?.conditions?.[0]?.message.includes('example.com/backup')),
    )
    expect(environment.status?.stages?.[0]).toMatchObject({
      name: 'namespace',
      state: 'Removing',
      message: expect.stringContaining(`Namespace ${name} (held by the finalizer example.com/backup`),
    })
    await stage.admin.patch(namespaces, { name }, { metadata: { finalizers: null } })
    await gone(stage.admin, environments, name)
    await gone(stage.admin, namespaces, name)
  })

  test('gets the account back that Flux acts as, before its release is uninstalled', async () => {
    const name = uniqueName('account')
    const { metadata } = await create(name)
    await stage.operator.stop()
    const account = { name: 'tronador-confined', namespace: name }
    const standing = await stage.admin.get<KubeObject>(serviceAccounts, account)
    await stage.admin.delete(serviceAccounts, account, { uid: standing?.metadata.uid ?? '' })
    await stage.admin.delete(environments, { name }, { uid: metadata.uid ?? '' })
    stage.operator = await startOperator()
    await gone(stage.admin, environments, name)
    const order = new Set(writesInto(name).map(({ verb, kind }) => `${verb} ${kind}`))
    expect([...order]).toEqual([
      'apply ServiceAccount',
      'delete HelmRelease',
      'delete GitRepository',
      'delete Namespace',
    ])
  })

  test('16, 4: leaves a namespace alone that someone else made anew under its name', async () => {
    const name = uniqueName('anew')
    const { metadata } = await create(name)
    await stage.operator.stop()
    const old = await namespaceOf(name)
    await stage.admin.delete(namespaces, { name }, { uid: old?.metadata.uid ?? '' })
    await gone(stage.admin, namespaces, name)
    const foreign = await makeNamespace(name)
    await stage.admin.delete(environments, { name }, { uid: metadata.uid ?? '' })
    stage.operator = await startOperator()
    await gone(stage.admin, environments, name)
    const standing = await namespaceOf(name)
    expect(standing?.metadata.uid).toBe(foreign.metadata.uid)
    expect(standing?.metadata.deletionTimestamp).toBeUndefined()
    expect(writesInto(name)).toEqual([])
  })
})

describe('Re-creation and restore', () => {
  test('22: an environment whose old namespace is still going waits, then gets its own', async () => {
    const name = uniqueName('again')
    await create(name)
    await stage.admin.patch(namespaces, { name }, { metadata: { finalizers: ['example.com/slow'] } })
    const old = await namespaceOf(name)
    // Its finalizer is taken off by force, so that the new one is there before the old namespace is gone.
    const { metadata } = (await stage.admin.get<Environment>(environments, { name })) ?? {}
    await stage.admin.delete(namespaces, { name }, { uid: old?.metadata.uid ?? '' })
    await stage.admin.delete(environments, { name }, { uid: metadata?.uid ?? '' })
    await stage.admin.patch(environments, { name }, { metadata: { finalizers: null } })
    await gone(stage.admin, environments, name)
    await stage.admin.create(environments, newEnvironment(name))
    await environmentWhere(stage.admin, name, (found) => readyReason(found) === 'NamespaceTerminating')
    await stage.admin.patch(namespaces, { name }, { metadata: { finalizers: null } })
    const fresh = await eventually('a namespace of its own', async () => {
      const found = await namespaceOf(name)
      return found !== undefined && found.metadata.uid !== old?.metadata.uid && found
    })
    const environment = await stage.admin.get<Environment>(environments, { name })
    expect(fresh.metadata.annotations?.['tronador.stakater.com/owner-uid']).toBe(environment?.metadata.uid)
    await discardEnvironment(stage.admin, name)
  })

  test('23: a restored environment takes the namespace over, and no object inside is made anew', async () => {
    const name = uniqueName('restored')
    const before = await create(name)
    const release = await stage.admin.get<KubeObject>(helmReleases, { name: 'shop', namespace: name })
    const source = await stage.admin.get<KubeObject>(gitRepositories, { name: 'shop', namespace: name })
    await stage.operator.stop()
    await stage.admin.patch(environments, { name }, { metadata: { finalizers: null } })
    await stage.admin.delete(environments, { name }, { uid: before.metadata.uid ?? '' })
    await gone(stage.admin, environments, name)
    stage.operator = await startOperator()
    await stage.admin.create(environments, newEnvironment(name))
    const after = await environmentWhere(stage.admin, name, ({ status }) => status?.stages?.[3]?.state !== undefined)
    const namespace = await namespaceOf(name)
    expect(after.metadata.uid).not.toBe(before.metadata.uid)
    expect(namespace?.metadata.annotations?.['tronador.stakater.com/owner-uid']).toBe(after.metadata.uid)
    for (const [resource, object] of [
      [helmReleases, release],
      [gitRepositories, source],
    ] as const) {
      const now = await stage.admin.get<KubeObject>(resource, { name: 'shop', namespace: name })
      expect(now?.metadata.uid).toBe(object?.metadata.uid)
    }
    await discardEnvironment(stage.admin, name)
  })
})
