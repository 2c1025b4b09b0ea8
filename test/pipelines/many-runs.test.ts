/** Twenty pull requests of one team at once: every pipeline pushes to the same branch of one GitOps repository. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sampleRunOf } from '../tekton/manifests.ts'
import { assembleTeam, type Team } from './team.ts'

const numbers = Array.from({ length: 20 }, (_, index) => String(index + 1))

let team: Team
beforeAll(async () => {
  team = await assembleTeam()
})
afterAll(() => team?.end())

test('none is lost, none is forced, each commit is of one file', async () => {
  const commit = await team.copy.commitAndPush('croissants', 'Sell croissants as well', { 'MOTTO.md': 'More.\n' })
  const [first] = await team.gitopsLog()
  const { gitUrl, gitopsUrl, imageRepo, here } = team
  const names = await Promise.all(
    numbers.map((prNumber) =>
      team.start(sampleRunOf('preview'), {
        params: {
          ...here,
          ...{ repoName: 'shop', prNumber, gitUrl, gitBranch: 'croissants', gitRevision: commit },
          ...{
            imageRepo,
            imageTag: `pr-${prNumber}-${commit}`,
            gitopsUrl,
            gitopsPath: `acme/shop/pr-${prNumber}.yaml`,
          },
        },
        workspaces: { 'git-credentials': { secret: { secretName: 'preview-git' } } },
      }),
    ),
  )
  const runs = await Promise.all(names.map((name) => team.finished('PipelineRun', name)))

  expect(runs.filter(({ succeeded }) => !succeeded)).toEqual([])
  const log = await team.gitopsLog()
  expect(log.at(-1)).toEqual(first)
  expect(
    log
      .slice(0, -1)
      .map(({ parents, paths }) => [parents, ...paths])
      .toSorted(),
  ).toEqual(numbers.map((number) => [1, `acme/shop/pr-${number}.yaml`]).toSorted())
  expect(log.map(({ commit }) => commit).toSorted()).toEqual(
    [first?.commit, ...runs.map(({ results }) => results.commit)].toSorted(),
  )
}, 900_000)
