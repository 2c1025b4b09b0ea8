/** What the API server makes of our definitions: accepted, complete, defaulting and refusing as meant. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Schema } from '../../src/api/crd.ts'
import { customResourceDefinition, kinds } from '../../src/api/crd.ts'
import type { ClusterClient } from '../../src/kube/client.ts'
import type { KubeObject } from '../../src/kube/cluster.ts'
import {
  customResourceDefinitions,
  environmentProvisioners,
  environments,
  namespaces,
  repositories,
} from '../../src/kube/resources.ts'
import { connectAsAdmin, uniqueName } from '../environment-operator.ts'

interface Definition extends KubeObject {
  readonly spec: { readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: Schema } }[] }
  readonly status: {
    readonly conditions: readonly { readonly type: string; readonly status: string; readonly message: string }[]
  }
}

let admin: ClusterClient
const namespace = uniqueName('crds')
beforeAll(async () => {
  admin = await connectAsAdmin()
  await admin.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
})
afterAll(async () => {
  const left = await admin?.get<KubeObject>(namespaces, { name: namespace })
  if (left?.metadata.uid) await admin.delete(namespaces, { name: namespace }, { uid: left.metadata.uid })
  await admin?.close()
})

const application = {
  gitRepository: { url: 'https://git.example.com/acme/shop' },
  release: { chart: { spec: { chart: 'deploy' } } },
}
const environment = (over: Record<string, unknown> = {}, name = uniqueName('crd')) => ({
  apiVersion: 'tronador.stakater.com/v1alpha2',
  kind: 'Environment',
  metadata: { name },
  spec: { application, suspend: true, ...over },
})
const repository = (over: Record<string, unknown> = {}) => ({
  apiVersion: 'tronador.stakater.com/v1alpha1',
  kind: 'Repository',
  metadata: { name: uniqueName('crd'), namespace },
  spec: {
    provider: 'gitea',
    url: 'https://git.example.com/acme/shop',
    credentialsRef: { name: 'token' },
    webhookSecretRef: { name: 'hook' },
    gitops: { url: 'https://git.example.com/acme/gitops', credentialsRef: { name: 'gitops' } },
    image: { name: 'registry.example.com/acme/shop' },
    ...over,
  },
})

async function stored<T extends KubeObject>(object: T): Promise<T> {
  const resource = object.kind === 'Environment' ? environments : repositories
  const created = await admin.create(resource, object)
  await admin.delete(resource, created.metadata, { uid: created.metadata.uid ?? '' })
  return created
}

describe.each(kinds)('$kind', (kind) => {
  test('is accepted, established and structural', async () => {
    const name = `${kind.plural}.tronador.stakater.com`

    const found = await admin.get<Definition>(customResourceDefinitions, { name })

    const conditions = Object.fromEntries(found?.status.conditions.map(({ type, status }) => [type, status]) ?? [])
    expect(conditions).toEqual({ NamesAccepted: 'True', Established: 'True' })
  })

  test('loses no field, description or bound on its way into the API server', async () => {
    const wanted = customResourceDefinition(kind) as unknown as Definition

    const found = await admin.get<Definition>(customResourceDefinitions, { name: wanted.metadata.name })

    expect(found?.spec.versions[0]).toMatchObject(JSON.parse(JSON.stringify(wanted.spec.versions[0])))
  })

  test('says of every field what it is for', async () => {
    const name = `${kind.plural}.tronador.stakater.com`
    const found = await admin.get<Definition>(customResourceDefinitions, { name })

    expect(silentFields('', found?.spec.versions[0]?.schema.openAPIV3Schema ?? {})).toEqual(['.metadata'])
  })
})

function silentFields(path: string, schema: Schema): string[] {
  const inner = schema.items ?? schema
  return Object.entries(inner.properties ?? {}).flatMap(([name, field]) => {
    const at = `${path}.${name}`
    return [...(field.description ? [] : [at]), ...silentFields(at, field)]
  })
}

describe('Environment', () => {
  test('takes null for what is absent, as old objects have it, and keeps values of any shape', async () => {
    const release = { ...application.release, values: { a: [{ b: null }], c: { d: 1 } }, valuesFrom: null }

    const object = await stored(environment({ application: { ...application, release }, namespaceLabels: null }))

    expect(object.spec.application.release).toEqual(
      expect.objectContaining({ values: { a: [{ b: null }], c: { d: 1 } } }),
    )
  })

  test('drops fields that cross namespaces or identities', async () => {
    const release = {
      ...application.release,
      targetNamespace: 'kube-system',
      serviceAccountName: 'admin',
      kubeConfig: {},
    }

    const object = await stored(environment({ application: { ...application, release } }))

    expect(object.spec.application.release).toEqual(application.release)
  })

  test.each([
    ['a name longer than a namespace’s', environment({}, 'a'.repeat(64)), /the name becomes a namespace/],
    ['a name with a dot', environment({}, 'a.b'), /the name becomes a namespace/],
    ['no spec', { ...environment(), spec: undefined }, /spec/],
    [
      'no chart',
      environment({ application: { gitRepository: application.gitRepository } }),
      /spec\.application\.release/,
    ],
    [
      'a number that is none',
      environment({ change: { repository: 'a/b/c', number: 0, commit: 'x' } }),
      /spec\.change\.number/,
    ],
    ['a label that is no text', environment({ namespaceLabels: { a: 1 } }), /spec\.namespaceLabels/],
  ])('refuses %s', async (_case, object, message) => {
    await expect(admin.create(environments, object as KubeObject)).rejects.toMatchObject({
      reason: 'Invalid',
      message: expect.stringMatching(message),
    })
  })
})

describe('EnvironmentProvisioner', () => {
  const provisioner = (
    release: Record<string, unknown>,
    over: Record<string, unknown> = {},
    metadata: object = {},
  ) => ({
    apiVersion: 'tronador.stakater.com/v1alpha1',
    kind: 'EnvironmentProvisioner',
    metadata: { name: uniqueName('crd'), ...metadata },
    spec: { application: { release }, ...over },
  })
  const chart = { git: 'https://git.example.com/acme/shop', path: 'deploy', ref: 'Feature/Login-' }
  const keepsAsItIs = async (object: KubeObject & { spec: object }, spec: object) => {
    const created = await admin.create<KubeObject & { spec: object }>(environmentProvisioners, object)
    await admin.delete(environmentProvisioners, created.metadata, { uid: created.metadata.uid ?? '' })
    expect(created.spec).toEqual(spec)
  }

  test('takes an old object as it lies, with null for what is absent and the annotations of old tools', async () => {
    const values = { a: [{ b: null }], c: { d: 1 } }
    const release = { chart, releaseName: 'Feature/Login-', values, valuesFrom: null }
    const annotations = {
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      'argocd.argoproj.io/sync-wave': '1',
    }
    const object = provisioner(release, { namespaceLabels: { kind: 'pr' } }, { annotations })
    await keepsAsItIs(object, { application: { release }, namespaceLabels: { kind: 'pr' } })
  })

  test('keeps both shapes of valuesFrom, and those that it will refuse', async () => {
    const valuesFrom = [
      { secretKeyRef: { name: 'db', namespace: 'shared', key: 'values.yaml', optional: true } },
      { configMapKeyRef: { name: 'settings' } },
      { kind: 'Secret', name: 'more', valuesKey: 'v' },
      { externalSourceRef: { url: 'https://example.com/values.yaml' } },
      { chartFileRef: { path: 'more.yaml' } },
    ]
    await keepsAsItIs(provisioner({ chart, valuesFrom }), { application: { release: { chart, valuesFrom } } })
  })

  test('drops what Helm Operator’s own objects have besides, and what crosses namespaces', async () => {
    const release = { chart, helmVersion: 'v3', wait: true, rollback: {}, targetNamespace: 'kube-system' }
    await keepsAsItIs(provisioner(release), { application: { release: { chart } } })
  })

  test.each([
    ['no chart', provisioner({}), /spec\.application\.release\.chart/],
    ['no repository', provisioner({ chart: { path: 'deploy' } }), /chart\.git/],
    ['values that are no map', provisioner({ chart, values: 'a: 1' }), /release\.values/],
    ['a name with a dot', provisioner({ chart }, {}, { name: 'a.b' }), /the name becomes a namespace/],
  ])('refuses %s', async (_case, object, message) => {
    await expect(admin.create(environmentProvisioners, object as KubeObject)).rejects.toMatchObject({
      reason: 'Invalid',
      message: expect.stringMatching(message),
    })
  })
})

describe('Repository', () => {
  test('fills in what is left out', async () => {
    const object = await stored(repository())

    expect(object.spec).toEqual({
      ...repository().spec,
      kind: 'Environment',
      configFile: '.tronador.yaml',
      gitops: { ...repository().spec.gitops, branch: 'main', path: '{owner}/{repository}/pr-{number}.yaml' },
      image: { name: 'registry.example.com/acme/shop', tag: '{commit}', wait: '30m', insecure: false },
      limits: { environments: 50 },
      resync: '5m',
    })
  })

  test.each([
    ['another code host', { provider: 'sourceforge' }, /spec\.provider/],
    ['no image', { image: undefined }, /spec\.image/],
    ['a limit of none', { limits: { environments: 0 } }, /spec\.limits\.environments/],
  ])('refuses %s', async (_case, over, message) => {
    await expect(admin.create(repositories, repository(over) as KubeObject)).rejects.toMatchObject({
      reason: 'Invalid',
      message: expect.stringMatching(message),
    })
  })
})
