/** What everything is called, before a real API server: the sentences of `docs/decisions/0001`, by their numbers. */
import { expect, test } from 'vitest'
import { repositoryIdentity } from '../../src/core/identity.ts'
import { environmentName } from '../../src/core/names.ts'
import type { KubeObject } from '../../src/kube/cluster.ts'
import { environments, gitRepositories, helmReleases, namespaces } from '../../src/kube/resources.ts'
import { discardEnvironment, environmentWhere, newEnvironment, setStage, uniqueName } from '../environment-operator.ts'

const stage = setStage()

/** Creates the environment and tells what its source, its release object and Helm's release are called. */
async function namesInside(name: string, url: string, release: object, ref = 'feature'): Promise<string[]> {
  const application = { gitRepository: { url, ref: { branch: ref } }, release }
  await stage.admin.create(environments, newEnvironment(name, { application }))
  await environmentWhere(stage.admin, name, ({ status }) => status?.stages?.[3]?.state !== undefined)
  const sources = await stage.admin.list<KubeObject>(gitRepositories, { namespace: name })
  const releases = await stage.admin.list<KubeObject & { spec: { releaseName: string } }>(helmReleases, {
    namespace: name,
  })
  return [
    ...sources.items.map(({ metadata }) => `source ${metadata.name}`),
    ...releases.items.map(({ metadata, spec }) => `release ${metadata.name} of ${spec.releaseName}`),
  ]
}

const chart = { spec: { chart: 'deploy' } }

test('18, 20: repositories of one bare name have namespaces of their own, and the same names in them', async () => {
  const owner = uniqueName('acme')
  const urls = [`https://git.example.test/${owner}/shop`, `https://other.example.test/${owner}/shop.git`]
  const names = urls.map((url) => environmentName(repositoryIdentity(url), 7))
  expect(new Set(names).size).toBe(2)
  for (const [index, url] of urls.entries()) {
    const name = names[index] ?? ''
    expect(name).toMatch(/^shop-7-[0-9a-f]{8}$/)
    expect(await namesInside(name, url, { chart })).toEqual(['source shop', 'release shop of shop'])
    expect((await stage.admin.get<KubeObject>(namespaces, { name }))?.metadata.labels).toMatchObject({
      'tronador.stakater.com/environment': name,
    })
    await discardEnvironment(stage.admin, name)
  }
})

test('19, 20: of a long name number and hash are kept whole, and Helm’s limit holds inside', async () => {
  const url = `https://git.example.test/${uniqueName('acme')}/The_${'Long-'.repeat(20)}Name`
  const name = environmentName(repositoryIdentity(url), 123456)
  expect(name).toHaveLength(63)
  expect(name).toMatch(/^the-long-.*-123456-[0-9a-f]{8}$/)
  const inside = `the-${'long-'.repeat(10)}`.slice(0, 53).replace(/-$/, '')
  expect(await namesInside(name, url, { chart })).toEqual([`source ${inside}`, `release ${inside} of ${inside}`])
  await discardEnvironment(stage.admin, name)
})

test('21: names that an object gives are kept where they are legal, and made legal where they are not', async () => {
  const url = 'https://git.example.test/acme/shop'
  const [legal, raw] = [uniqueName('legal'), uniqueName('raw')]
  const named = (releaseName: string, source: string) => ({
    releaseName,
    chart: { spec: { chart: 'deploy', sourceRef: { kind: 'GitRepository', name: source } } },
  })
  expect(await namesInside(legal, url, named('my-shop', 'dte-feature'))).toEqual([
    'source dte-feature',
    'release my-shop of my-shop',
  ])
  expect(await namesInside(raw, url, named('Feature/Login-', 'dte-Feature/Login'))).toEqual([
    'source dte-feature-login',
    'release feature-login of feature-login',
  ])
  await Promise.all([discardEnvironment(stage.admin, legal), discardEnvironment(stage.admin, raw)])
})
