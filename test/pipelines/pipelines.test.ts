/** Both pipelines of `tekton/`, each from its sample: as one task on an empty folder, and task by task on a volume. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import { sampleRunOf } from '../tekton/manifests.ts'
import { assembleTeam, type Team } from './team.ts'

let team: Team
let commit: string
beforeAll(async () => {
  team = await assembleTeam()
  commit = await team.copy.commitAndPush('croissants', 'Sell croissants as well', { 'MOTTO.md': 'More.\n' })
})
afterAll(() => team?.end())

test.each([
  ['preview', '7', 'Environment', {}],
  ['preview-by-tasks', '8', 'EnvironmentProvisioner', { output: { persistentVolumeClaim: { claimName: 'preview' } } }],
])('%s takes a commit to its image and to the GitOps repository', async (name, prNumber, kind, workspaces) => {
  const gitopsPath = `acme/shop/pr-${prNumber}.yaml`
  const imageTag = `pr-${prNumber}-${commit}`
  const { gitUrl, gitopsUrl, imageRepo, here } = team
  const of = { repoName: 'shop', prNumber, gitUrl, gitBranch: 'croissants', gitRevision: commit, kind }
  const run = await team.run(sampleRunOf(name), {
    params: { ...here, ...of, imageRepo, imageTag, gitopsUrl, gitopsPath },
    workspaces: { 'git-credentials': { secret: { secretName: 'preview-git' } }, ...workspaces },
  })

  expect(run).toMatchObject({ succeeded: true })
  const [last] = await team.gitopsLog()
  expect(last).toEqual({ commit: run.results.commit, parents: 1, paths: [gitopsPath] })
  const object = parse(await team.gitopsFile(gitopsPath))
  expect(object.kind).toBe(kind)
  expect(object.spec.application.release.values).toEqual({ image: { repository: imageRepo, tag: imageTag } })
  expect(await team.imageDigest(imageTag)).toMatch(/^sha256:/)
})
