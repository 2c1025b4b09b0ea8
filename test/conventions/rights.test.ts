/** What `deploy/` lets Tronador and its previews do, and above all what not. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly rules?: readonly Rule[]
}

const manifests = ['confined', 'operator', 'server'].flatMap((file) => {
  const text = readFileSync(join(import.meta.dirname, `../../deploy/${file}.yaml`), 'utf8')
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest)
})

/** `group/resource verb` of each right of the role. */
function rightsOf(kind: string, name: string): string[] {
  const rules = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name)?.rules ?? []
  return rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource} ${verb}`))),
  )
}

const isWrite = (right: string) => !/ (?:get|list|watch)$/.test(right)
const rules = manifests.flatMap(({ rules = [] }) => rules)

test('no right is given by a wildcard, and none to become or to outgrow someone', () => {
  const words = rules.flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs])
  expect(words.filter((word) => ['*', 'escalate', 'impersonate'].includes(word))).toEqual([])
})

test('the operator may hand out the two roles of a preview’s namespace, and no other', () => {
  expect(rules.filter(({ verbs }) => verbs.includes('bind'))).toEqual([
    {
      apiGroups: ['rbac.authorization.k8s.io'],
      resources: ['clusterroles'],
      resourceNames: ['tronador-confined', 'tronador-operator-environment'],
      verbs: ['bind'],
    },
  ])
})

describe('everywhere in the cluster', () => {
  test('the operator neither reads Secrets, ConfigMaps and pods nor writes events', () => {
    const rights = rightsOf('ClusterRole', 'tronador-operator')
    expect(rights).toContain('/namespaces create')
    expect(rights.filter((right) => /^[^/]*\/(?:secrets|configmaps|pods|events)/.test(right))).toEqual([])
  })

  test('the operator writes nothing that a chart makes', () => {
    const rights = rightsOf('ClusterRole', 'tronador-operator').filter((right) => /^(?:apps|batch)\//.test(right))
    expect(rights.filter(isWrite)).toEqual([])
  })

  test('the server reads environments, and no more', () => {
    const rights = ['environmentprovisioners', 'environments'].flatMap((resource) =>
      ['get', 'list', 'watch'].map((verb) => `tronador.stakater.com/${resource} ${verb}`),
    )
    expect(rightsOf('ClusterRole', 'tronador-server')).toEqual(rights)
  })
})

test('where pipelines are the server’s, it makes and ends runs, and reads no Secret and no pod', () => {
  expect(rightsOf('ClusterRole', 'tronador-server-pipelines')).toEqual([
    ...['create', 'delete', 'get', 'list', 'patch'].map((verb) => `tekton.dev/pipelineruns ${verb}`),
    'tekton.dev/taskruns get',
    '/pods/log get',
  ])
})

describe('a confined preview', () => {
  const rights = rightsOf('ClusterRole', 'tronador-confined-base')
  const writes = rights.filter(isWrite)

  test('makes what charts are made of', () => {
    expect(writes).toContain('apps/deployments create')
    expect(writes).toContain('networking.k8s.io/ingresses create')
  })

  test.each([
    ['lifts its own limits', /^[^/]*\/(?:networkpolicies|resourcequotas|limitranges|namespaces)\b/],
    ['leads an ingress controller into other namespaces', /^[^/]*\/(?:endpoints|endpointslices)\b/],
    ['has a controller act for it', /^(?:[a-z]+\.toolkit\.fluxcd\.io|argoproj\.io|monitoring\.coreos\.com)\//],
    [
      'touches what has no namespace',
      /^[^/]*\/(?:clusterroles|clusterrolebindings|customresourcedefinitions|nodes|persistentvolumes)\b/,
    ],
    ['takes a token or a shell', /\/(?:serviceaccounts\/token|pods\/exec|pods\/attach|pods\/portforward)\b/],
  ])('never %s', (_, what) => {
    expect(writes.filter((right) => what.test(right))).toEqual([])
  })
})
