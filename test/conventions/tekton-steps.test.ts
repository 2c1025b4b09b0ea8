/**
 * What the tasks' steps do when they are started as Tekton starts them, from their argument lists, with parameters that a
 * hostile pull request chose. On this machine, against real Git servers; Buildah's steps are left out.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { makeHost, makeRepository, password } from '../../src/gitops/testing/open-git.ts'
import { type GitRepository, startGitRepository } from '../git-repository.ts'
import { taskNamed, testRunOf } from '../tekton/manifests.ts'
import { runSteps, type Surroundings } from '../tekton/run-steps.ts'

const hostile = testRunOf('create-environment').spec.params?.find(({ name }) => name === 'gitBranch')?.value
const configText = 'application:\n  chart_path: deploy\n  value_overrides:\n    tag: {{APPLICATION_IMAGE_TAG}}\n'
const path = 'acme/shop/pr-7.yaml'

let application: GitRepository
let commit: string
beforeAll(async () => {
  application = await startGitRepository()
  commit = await application.commit(
    { '.tronador.yaml': configText, 'deploy/Chart.yaml': 'name: shop\n' },
    String(hostile),
  )
})
afterAll(() => application.stop())

let folder: string
let output: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tekton-steps-'))
  output = join(folder, 'output')
  mkdirSync(output)
  mkdirSync(join(folder, 'secret'))
  writeFileSync(join(folder, 'secret/password'), password)
  return () => rmSync(folder, { recursive: true })
})

const run = (name: string, surroundings: Partial<Surroundings> = {}) =>
  runSteps(taskNamed(name), testRunOf(name), {
    workspaces: { output, 'gitops-credentials': join(folder, 'secret') },
    ...surroundings,
  })
const done = (...names: string[]) => names.map((name) => ({ name, code: 0 }))
const written = () => parse(readFileSync(join(output, 'environment/environment.yaml'), 'utf8'))
const cloned = async () => {
  const outcome = await run('clone-repository', { params: { gitUrl: application.url, gitRevision: commit } })
  expect(outcome).toMatchObject({ steps: done('init', 'fetch', 'checkout', 'clean') })
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: a shell would expand it; nothing here may.
const branch = 'x;touch${IFS}pwned_$(id)`id`'
test('the branch of these tests is one that a shell would run', () => {
  expect(hostile).toBe(branch)
})

describe('clone-repository', () => {
  test('checks the commit out, and nothing of the branch’s name runs', async () => {
    await cloned()

    expect(readdirSync(output).sort()).toEqual(['.git', '.tronador.yaml', 'deploy'])
    expect(readFileSync(join(output, '.git/HEAD'), 'utf8')).toBe(`${commit}\n`)
  })

  test('leaves nothing of what an earlier run wrote into the volume', async () => {
    await cloned()
    mkdirSync(join(output, 'environment'))
    writeFileSync(join(output, 'environment/environment.yaml'), 'of another pull request')
    await cloned()

    expect(readdirSync(output).sort()).toEqual(['.git', '.tronador.yaml', 'deploy'])
  })

  test('takes an older commit than the branch’s newest', async () => {
    const older = commit
    const newer = await application.commit({ 'more.txt': 'more' }, String(hostile))
    await cloned()

    expect(newer).not.toBe(older)
    expect(readFileSync(join(output, '.git/HEAD'), 'utf8')).toBe(`${older}\n`)
  })

  test.each([
    ['--upload-pack=touch pwned', '4f0c7a1d9b3e5f60718293a4b5c6d7e8f9012345'],
    ['ext::sh -c touch% pwned', '4f0c7a1d9b3e5f60718293a4b5c6d7e8f9012345'],
    ['file:///etc', '4f0c7a1d9b3e5f60718293a4b5c6d7e8f9012345'],
  ])('refuses the URL %s', async (gitUrl, gitRevision) => {
    const { steps } = await run('clone-repository', { params: { gitUrl, gitRevision } })

    expect(steps).toEqual([
      { name: 'init', code: 0 },
      { name: 'fetch', code: 128 },
    ])
    expect(readdirSync(output)).toEqual(['.git'])
  })
})

describe('create-environment', () => {
  test('writes the object for a pipeline of an earlier release, which knows no commit: it is the one checked out', async () => {
    await cloned()
    const outcome = await run('create-environment')

    expect(outcome).toEqual({
      steps: done('render'),
      stderr: 'There is no template /nowhere/environmentTemplate.yml; the usual object is rendered.\n',
      results: {},
    })
    expect(written()).toMatchObject({
      kind: 'Environment',
      metadata: { name: 'shop-7-19f53e97' },
      spec: { change: { branch: hostile, commit } },
    })
    expect(readdirSync(output).sort()).toEqual(['.git', '.tronador.yaml', 'deploy', 'environment'])
  })

  test('lets the sample’s ConfigMap shape the object', async () => {
    await cloned()
    const sample = parse(readFileSync('tekton/task/create-environment/0.1/samples/environment-template.yaml', 'utf8'))
    writeFileSync(join(folder, 'environmentTemplate.yml'), sample.data['environmentTemplate.yml'])

    expect(await run('create-environment', { template: folder })).toMatchObject({ steps: done('render'), stderr: '' })
    expect(written()).toMatchObject({
      kind: 'EnvironmentProvisioner',
      spec: {
        application: {
          release: {
            chart: { path: 'deploy', ref: hostile },
            values: { tag: 'pr-7-4f0c7a1d9b3e5f60718293a4b5c6d7e8f9012345' },
          },
        },
      },
    })
  })

  test('takes other parameters for what they are, whatever they look like', async () => {
    await cloned()
    const { steps } = await run('create-environment', { params: { pathToTronadorFile: '--help' } })

    expect(steps).toEqual([{ name: 'render', code: 1 }])
    for (const [name, value] of [
      ['imageTag', '--output-file=x'],
      ['imageRepo', '$(id)'],
      ['prNumber', '7;id'],
      ['gitUrl', '--config=/etc/passwd'],
      ['gitRevision', '-h'],
      ['kind', ''],
    ] as const) {
      const outcome = await run('create-environment', { params: { [name]: value } })
      expect([name, outcome.steps]).toEqual([name, [{ name: 'render', code: 2 }]])
    }
    expect(readdirSync(output).sort()).toEqual(['.git', '.tronador.yaml', 'deploy'])
  })

  test('follows no link out of the checkout', async () => {
    await cloned()
    symlinkSync(join(folder, 'secret'), join(output, 'environment'))
    const { steps, stderr } = await run('create-environment')

    expect(steps).toEqual([{ name: 'render', code: 1 }])
    expect(stderr).toContain('OutputRefused')
    expect(readdirSync(join(folder, 'secret'))).toEqual(['password'])
  })
})

describe('push-environment, then remove-environment', () => {
  test('the object becomes a file in the GitOps repository, and goes again', async () => {
    await cloned()
    await run('create-environment')
    const repository = await makeRepository()
    const host = await makeHost(repository)
    const params = { gitopsUrl: host.url }

    const pushed = await run('push-environment', { params })
    expect(pushed).toEqual({ steps: done('push'), stderr: '', results: { commit: await repository.head() } })
    expect(parse(await repository.git('show', `main:${path}`))).toEqual(written())

    const removed = await run('remove-environment', { params })
    expect(removed).toEqual({ steps: done('remove'), stderr: '', results: { commit: await repository.head() } })
    expect((await repository.log()).map(({ paths }) => paths)).toEqual([[path], [path]])

    expect((await run('remove-environment', { params })).steps).toEqual(done('remove'))
    expect(await repository.head()).toBe(removed.results.commit)
  })

  test('more arguments of the pipeline’s own reach the program', async () => {
    await cloned()
    await run('create-environment')
    const gitopsUrl = 'http://gitops.invalid/acme/gitops.git'

    const refused = await run('push-environment', { params: { gitopsUrl } })
    const allowed = await run('push-environment', { params: { gitopsUrl, gitopsArgs: ['--allow-http', '--no-such'] } })

    expect(refused.stderr).toContain('GitUrlRefused')
    expect(allowed.stderr).toContain("unknown option '--no-such'")
  })
})

test('preview-environment goes from a commit to the GitOps repository in one row', async () => {
  const repository = await makeRepository()
  const host = await makeHost(repository)

  const outcome = await run('preview-environment', {
    params: { gitUrl: application.url, gitRevision: commit, gitopsUrl: host.url },
  })

  expect(outcome).toMatchObject({
    steps: done('init', 'fetch', 'checkout', 'clean', 'render', 'push'),
    results: { commit: await repository.head() },
  })
  expect(parse(await repository.git('show', `main:${path}`))).toMatchObject({
    kind: 'EnvironmentProvisioner',
    metadata: { annotations: { 'tronador.stakater.com/commit': commit, 'tronador.stakater.com/branch': hostile } },
  })
})
