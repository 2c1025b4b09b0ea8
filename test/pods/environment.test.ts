/** Ready is read from what runs: real pods, and each kind of trouble named with its object and reason. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startBuild } from '../../local/build.ts'
import { openCache } from '../../local/cache.ts'
import { silentProgress } from '../../local/progress.ts'
import type { Environment } from '../../src/api/environment.ts'
import type { ClusterClient } from '../../src/kube/client.ts'
import { environments } from '../../src/kube/resources.ts'
import {
  connectAsAdmin,
  discardEnvironment,
  environmentWhere,
  newEnvironment,
  readyReason,
  removeEnvironment,
  startOperator,
  type TestOperator,
  uniqueName,
} from '../environment-operator.ts'
import { type GitRepository, startGitRepository } from '../git-repository.ts'
import { pushShop, visit } from './shop.ts'

let admin: ClusterClient
let operator: TestOperator
let repository: GitRepository
let commit: string
let image: string

describe.skipIf(inject('simulatedPods'))('An environment with real pods', () => {
  beforeAll(async () => {
    const build = startBuild({ cache: openCache(), components: ['shop'], progress: silentProgress })
    image = await pushShop(inject('registry').address, await build.binary('shop'), 'hello\n')
    admin = await connectAsAdmin()
    repository = await startGitRepository()
    commit = await repository.commitFolder(join(import.meta.dirname, 'chart'))
    operator = await startOperator()
  })
  afterAll(async () => {
    await operator?.stop()
    await repository?.stop()
    await admin?.close()
  })

  test('is ready when its pods are, answers at its URL, and goes without a trace', async () => {
    const name = await create({})
    const ready = await environmentWhere(admin, name, (found) => readyReason(found) === 'EnvironmentReady')
    const { port } = inject('ingress')
    expect(ready.status).toMatchObject({
      commit,
      url: `http://${name}.localhost:${port}/`,
      conditions: [{ message: `Everything runs at http://${name}.localhost:${port}/.` }],
    })
    expect(await visit(`http://127.0.0.1:${port}/`, `${name}.localhost:${port}`)).toEqual({
      status: 200,
      text: 'hello\n',
    })
    await removeEnvironment(admin, name)
    expect(operator.failures.filter((line) => line.includes(name))).toEqual([])
  })

  test('mends itself when the next push does', async () => {
    const name = await create({ image: `${inject('registry').address}/no/such:image` })
    await trouble(name, /ImagePull/)
    await admin.patch(environments, { name }, { spec: { application: { release: { values: { image } } } } })
    await environmentWhere(admin, name, (found) => readyReason(found) === 'EnvironmentReady')
    await discardEnvironment(admin, name)
  })

  test.concurrent.each([
    [
      'an image that does not exist',
      { image: 'REGISTRY/no/such:image' },
      /^Deployment shop: .* Pod shop-\S+: (ErrImagePull|ImagePullBackOff): container shop: .*no\/such:image/,
    ],
    [
      'a container that ends',
      { command: ['/shop-that-is-not-there'] },
      /^Deployment shop: .* Pod shop-\S+: (RunContainerError|CrashLoopBackOff): container shop/,
    ],
    [
      'a ConfigMap that does not exist',
      { envFrom: 'no-such-map' },
      /Pod shop-\S+: CreateContainerConfigError: container shop: configmaps? "no-such-map" not found\./,
    ],
    [
      'a probe that fails',
      { probe: '/no-such-page' },
      /Pod shop-\S+: Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 404\./,
    ],
    [
      'a node that does not exist',
      { nodeSelector: { nowhere: 'yes' } },
      /Pod shop-\S+: Unschedulable: 0\/1 nodes are available: /,
    ],
    [
      'more than the quota',
      { cpu: '9' },
      /^Deployment shop: .*exceeded quota: tronador-confined, requested: requests\.cpu=9/,
    ],
    [
      'pod security',
      { hostNetwork: true },
      /^Deployment shop: .*violates PodSecurity "baseline:v1\.31": host namespaces \(hostNetwork=true\)/,
    ],
  ])('names the trouble of %s', async (_, values, message) => {
    const registry = inject('registry').address
    const filled = JSON.parse(JSON.stringify(values).replaceAll('REGISTRY', registry)) as object
    const name = await create(filled)
    const environment = await trouble(name, message)
    expect(environment.status?.conditions?.[0]?.status).toBe('False')
    await discardEnvironment(admin, name)
  })

  test('names what holds a hook while Helm waits for it', async () => {
    const name = await create({ hookImage: `${inject('registry').address}/no/such:hook` })
    const environment = await environmentWhere(admin, name, ({ status }) =>
      /Pod shop-hook-\S+: (ErrImagePull|ImagePullBackOff)/.test(status?.stages?.[3]?.message ?? ''),
    )
    expect(environment.status?.stages?.[3]?.state).toBe('Running')
    await discardEnvironment(admin, name)
  })
})

async function create(values: object): Promise<string> {
  const name = uniqueName('pods')
  const application = {
    gitRepository: { url: repository.url, ref: { branch: 'main', commit } },
    release: {
      chart: { spec: { chart: 'deploy' } },
      releaseName: 'shop',
      values: { image, host: `${name}.localhost`, ...values },
    },
  }
  await admin.create(environments, newEnvironment(name, { application }))
  return name
}

function trouble(name: string, message: RegExp): Promise<Environment> {
  return environmentWhere(admin, name, ({ status }) => message.test(status?.stages?.[4]?.message ?? ''), 90)
}
