/** The server with the original kind of object, and with a change from one kind to the other. */
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Environment } from '../api/environment.ts'
import type { EnvironmentObject } from '../api/environment-kind.ts'
import type { Repository } from '../api/repository.ts'
import { environmentProvisioners, environments, repositories } from '../kube/resources.ts'
import { commit, goodConfig, namespace, push, type Rehearsal, rehearse } from './testing/rehearsal.ts'

const original = { kind: 'EnvironmentProvisioner' } as const
const path = 'acme/shop/pr-7.yaml'
const objectOf = (world: Rehearsal): EnvironmentObject => parse(world.gitops.files.get(path) ?? '')

/** The status of a preview of this commit that is ready. */
function ready(world: Rehearsal, digit: string): NonNullable<Environment['status']> {
  const since = new Date(world.clock.now()).toISOString()
  return {
    commit: commit(digit),
    conditions: [{ type: 'Ready', status: 'True', reason: 'Ready', message: '', lastTransitionTime: since }],
    urls: ['http://shop.example.com/'],
  }
}

async function setKind(world: Rehearsal, kind: Repository['spec']['kind']): Promise<void> {
  await world.cluster.patch(repositories, { namespace, name: 'shop' }, { spec: { kind } })
  await world.clock.advance(1000)
}

test('a repository that wants the original kind gets it, with its pull request in the annotations', async () => {
  const world = await rehearse(original)
  world.open(7, commit('a'))
  await world.deliver(7, 'opened')

  expect(objectOf(world)).toEqual({
    apiVersion: 'tronador.stakater.com/v1alpha1',
    kind: 'EnvironmentProvisioner',
    metadata: {
      name: expect.stringMatching(/^shop-7-[0-9a-f]{8}$/),
      annotations: {
        'kustomize.toolkit.fluxcd.io/substitute': 'disabled',
        'tronador.stakater.com/provider': 'gitea',
        'tronador.stakater.com/repository': 'git.example.com/acme/shop',
        'tronador.stakater.com/pull-request': '7',
        'tronador.stakater.com/commit': commit('a'),
        'tronador.stakater.com/branch': expect.any(String),
        'tronador.stakater.com/pull-request-url': 'https://git.example.com/acme/shop/pulls/7',
      },
    },
    spec: {
      application: {
        release: {
          chart: { git: 'https://git.example.com/acme/shop.git', path: 'deploy', ref: commit('a') },
          releaseName: 'shop',
          values: { image: { repository: 'registry.example.com/shop', tag: commit('a') } },
        },
      },
    },
  })
})

test('the comment follows the original kind from the first push over the next to the end', async () => {
  const world = await rehearse(original)
  world.open(7, commit('a'))
  await world.deliver(7, 'opened')
  await world.sync(7, ready(world, 'a'))
  await world.clock.advance(1000)
  expect(world.comment(7)).toContain('### ✅ Preview is ready')
  expect(world.comment(7)).toContain('**<http://shop.example.com/>**')

  push(world, 'b')
  await world.deliver(7)
  await world.clock.advance(1000)
  expect(world.deployed(7)).toBe(commit('b'))
  expect(world.comment(7)).toContain(
    '### ⏳ Preview is on its way\n\nAn earlier commit still answers at <http://shop.example.com/>.',
  )

  world.codeHost.close(7, true)
  await world.deliver(7, 'closed')
  await world.clock.advance(1000)
  expect([world.gitops.files.size, world.comment(7)]).toEqual([0, expect.stringContaining('Preview is being removed')])
  await world.sync(7)
  await world.clock.advance(1000)
  expect(world.comment(7)).toContain('### Preview removed')
})

test('what one kind cannot say is a fault of the config file', async () => {
  const world = await rehearse(original)
  world.open(7, commit('a'))
  const values = '  values_from: [{ kind: Secret, name: tls, targetPath: ingress.tls }]\n'
  world.codeHost.push(7, commit('b'), { '.tronador.yaml': goodConfig + values })
  world.images.add(`registry.example.com/shop:${commit('b')}`)
  await world.deliver(7)
  expect(world.comment(7)).toContain('.tronador.yaml:7:44: ValuesFromUnsupported: an EnvironmentProvisioner has no')
  expect(world.comment(7)).toContain('`tronador lint --kind EnvironmentProvisioner` shows the same')

  await setKind(world, 'Environment')

  expect(world.deployed(7)).toBe(commit('b'))
})

test('another kind in the settings rewrites the file of a live preview in one commit, under the same name', async () => {
  const world = await rehearse()
  world.open(7, commit('a'))
  await world.deliver(7, 'opened')
  await world.sync(7, ready(world, 'a'))
  await world.clock.advance(1000)
  const { name } = objectOf(world).metadata
  expect(world.comment(7)).toContain('### ✅ Preview is ready')

  await setKind(world, 'EnvironmentProvisioner')

  expect(world.gitops.commits).toHaveLength(2)
  expect(objectOf(world)).toMatchObject({ kind: 'EnvironmentProvisioner', metadata: { name } })
  expect(world.comment(7)).toContain('### ⏳ Preview is on its way')
  await world.sync(7, ready(world, 'a'))
  await world.clock.advance(1000)
  expect((await world.cluster.list(environments)).items).toEqual([])
  expect(world.comment(7)).toContain('### ✅ Preview is ready')
})

test('what was found with the settings of before is looked for anew: the image, for instance', async () => {
  const world = await rehearse()
  world.open(7, commit('a'))
  await world.deliver(7, 'opened')
  const image = { name: 'registry.example.com/other', tag: '{commit}', wait: '10m', insecure: false }

  await world.cluster.patch(repositories, { namespace, name: 'shop' }, { spec: { image } })
  await world.clock.advance(1000)
  expect(world.comment(7)).toContain(`\`registry.example.com/other:${commit('a')}\` is not in the registry yet`)
  world.images.add(`registry.example.com/other:${commit('a')}`)
  await world.clock.advance(60_000)

  expect(world.gitops.files.get(path)).toContain('repository: registry.example.com/other\n')
})

test('a cluster that serves only one kind is no obstacle, and the other is found once it is served', async () => {
  const world = await rehearse({}, undefined, (cluster) => cluster.setServed(environmentProvisioners, false))
  expect(world.server.isReady()).toBe(true)
  world.open(7, commit('a'))
  await world.deliver(7, 'opened')
  await world.sync(7, ready(world, 'a'))
  await world.clock.advance(1000)
  expect(world.comment(7)).toContain('### ✅ Preview is ready')

  world.cluster.setServed(environmentProvisioners, true)
  await world.clock.advance(6 * 60_000)
  await setKind(world, 'EnvironmentProvisioner')
  await world.sync(7, ready(world, 'a'))
  await world.clock.advance(1000)
  expect(world.comment(7)).toContain('### ✅ Preview is ready')
})

test('a server that could not ask what the cluster serves asks again, and is not ready before it knows', async () => {
  let broken = true
  const world = await rehearse({}, undefined, (cluster) =>
    cluster.intercept(({ verb }) => {
      if (broken && verb === 'serves') throw new Error('The API server does not answer.')
      return undefined
    }),
  )
  expect(world.server.isReady()).toBe(false)
  broken = false
  await world.clock.advance(2000)
  expect(world.server.isReady()).toBe(true)
})
