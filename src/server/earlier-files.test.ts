/** The server where the GitOps repository holds files of the original Tronador, which name no pull request. */
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { environmentKinds } from '../api/environment-kind.ts'
import { createMemoryGitOps } from '../gitops/memory.ts'
import { type EarlierFile, earlierFile } from './testing/earlier-file.ts'
import { commit, push, type Rehearsal, rehearse, sweepInterval } from './testing/rehearsal.ts'

const path = (number: number) => `acme/shop/pr-${number}.yaml`

/** A server that starts where the file lies already and the pull request is open. */
async function startOver(file: EarlierFile, kind = file.kind): Promise<Rehearsal> {
  const gitops = createMemoryGitOps()
  gitops.write(path(7), earlierFile(file))
  const world = await rehearse({ kind }, gitops)
  world.open(7, commit('a'))
  await world.clock.advance(sweepInterval)
  return world
}

test.each([
  [
    'Environment',
    {
      gitRepository: { ref: { branch: 'change-7', commit: commit('a') } },
      release: { releaseName: 'run-pipeline', chart: { spec: { sourceRef: { name: 'dte-run-pipeline' } } } },
    },
    { change: { repository: 'git.example.com/acme/shop', number: 7, commit: commit('a') } },
    {},
  ],
  [
    'EnvironmentProvisioner',
    { release: { releaseName: 'run-pipeline', chart: { ref: commit('a') } } },
    {},
    {
      'tronador.stakater.com/repository': 'git.example.com/acme/shop',
      'tronador.stakater.com/pull-request': '7',
      'tronador.stakater.com/commit': commit('a'),
    },
  ],
] as const)(
  'an %s is taken over for its open pull request and keeps every name',
  async (kind, application, rest, annotations) => {
    const world = await startOver({ kind })

    expect(parse(world.gitops.files.get(path(7)) ?? '')).toMatchObject({
      kind,
      metadata: { name: 'shop-old-7', annotations },
      spec: { application, ...rest },
    })
    expect(world.gitops.commits.at(-1)?.message).toContain('Deploy shop-old-7 at aaaaaaaaaaaa')
    expect(world.comment(7)).toContain('### ⏳ Preview is on its way')
  },
)

test('the next pushes keep the names too', async () => {
  const world = await startOver({ kind: 'Environment' })
  push(world, 'b')
  await world.deliver(7)
  await world.clock.advance(1000)

  expect(world.deployed(7)).toBe(commit('b'))
  expect(parse(world.gitops.files.get(path(7)) ?? '')).toMatchObject({
    metadata: { name: 'shop-old-7' },
    spec: { application: { release: { releaseName: 'run-pipeline' } } },
  })
})

test.each(environmentKinds)('an %s that was not taken over yet goes with its closed pull request', async (kind) => {
  const gitops = createMemoryGitOps()
  const world = await rehearse({ kind }, gitops)
  world.open(7, commit('a'))
  world.codeHost.close(7, true)
  gitops.write(path(7), earlierFile({ kind }))
  await world.deliver(7, 'closed')
  await world.clock.advance(1000)

  expect(gitops.files.has(path(7))).toBe(false)
  expect(gitops.commits.at(-1)?.message).toContain('Remove shop-old-7')
})

test('one whose pull request was closed while nobody looked goes at the first sweep, whatever its kind', async () => {
  const gitops = createMemoryGitOps()
  const world = await rehearse({ kind: 'Environment' }, gitops)
  world.open(7, commit('a'))
  world.codeHost.close(7)
  gitops.write(path(7), earlierFile({ kind: 'EnvironmentProvisioner' }))
  gitops.write(path(8), earlierFile({ kind: 'Environment', url: 'https://git.example.com/acme/other' }))
  await world.restart()
  await world.clock.advance(sweepInterval)

  expect([...gitops.files.keys()]).toEqual([path(8)])
})

test('one that holds a place is counted', async () => {
  const gitops = createMemoryGitOps()
  gitops.write(path(8), earlierFile({ kind: 'Environment' }))
  const world = await rehearse({ limits: { environments: 1 } }, gitops)
  world.codeHost.open(8, { commit: commit('b') })
  world.open(7, commit('a'))
  await world.deliver(7)
  await world.clock.advance(1000)

  expect(world.deployed(7)).toBeUndefined()
  expect(world.comment(7)).toContain('This repository may have 1 previews at once')
})

test('one of another kind than the settings’ is left, because writing it over would end what runs', async () => {
  const file = { kind: 'EnvironmentProvisioner' } as const
  const world = await startOver(file, 'Environment')

  expect(world.gitops.files.get(path(7))).toBe(earlierFile(file))
  expect(world.comment(7)).toContain(
    'GitOpsKindDiffers: The file acme/shop/pr-7.yaml holds the EnvironmentProvisioner shop-old-7 of the original Tronador, and this Repository’s spec.kind is Environment.',
  )
  expect(world.comment(7)).toContain('Set spec.kind to EnvironmentProvisioner.')
})

test.each<[string, EarlierFile, string]>([
  [
    'another repository’s chart',
    { kind: 'Environment', url: 'https://git.example.com/acme/other' },
    'the Environment shop-old-7, whose chart comes from git.example.com/acme/other.',
  ],
  [
    'a chart that cannot be found',
    { kind: 'Environment', url: '/srv/shop' },
    'the Environment shop-old-7, whose chart’s repository cannot be read.',
  ],
  [
    'another pull request',
    {
      kind: 'Environment',
      change: { repository: 'git.example.com/acme/shop', number: 8, commit: commit('a') },
    },
    'the Environment shop-old-7 of pull request 8 of git.example.com/acme/shop.',
  ],
])('one of %s is left, and the mend loses nothing', async (_, file, holds) => {
  const world = await startOver(file)

  expect(world.gitops.files.get(path(7))).toBe(earlierFile(file))
  expect(world.comment(7)).toContain(
    `GitOpsFileForeign: The file acme/shop/pr-7.yaml, which is pull request 7’s, holds ${holds}`,
  )
  expect(world.comment(7)).toContain('Leave the file where it is')
})
