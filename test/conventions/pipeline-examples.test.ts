/** The scripts of the pipeline examples, run as they stand by bash with a hostile branch; their host is not there. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { parse } from 'yaml'
import { makeBareRepository } from '../../src/gitops/testing/bare-repository.ts'
import { startGitHost } from '../../src/gitops/testing/git-host.ts'
import { read, root } from './sources.ts'

vi.setConfig({ testTimeout: 30_000 })

const commit = '0123456789abcdef0123456789abcdef01234567'
/** A name that git takes for a branch. */
const hostileBranch = 'x$(touch$IFS.stolen)`touch$IFS.stolen`";touch$IFS.stolen;"'
const configFile = `application:
  chart_path: deploy
  value_overrides:
    image: "{{APPLICATION_IMAGE_NAME}}:{{APPLICATION_IMAGE_TAG}}"
`
const token = 'canary-s3cret/+'

const cleanUps: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of cleanUps.splice(0).reverse()) await end()
})

/** A checkout beside Tronador's one file, and a GitOps repository that wants the token. */
async function setStage() {
  const folder = await mkdtemp(join(tmpdir(), 'pipeline-'))
  cleanUps.push(() => rm(folder, { recursive: true }))
  const repository = await makeBareRepository()
  cleanUps.push(repository.close)
  const host = await startGitHost(repository.path, 'tronador', token)
  cleanUps.push(host.close)
  const checkout = join(folder, 'checkout')
  await mkdir(checkout)
  await writeFile(join(checkout, '.tronador.yaml'), configFile)
  for (const place of [folder, checkout]) {
    await writeFile(join(place, 'tronador.js'), `import ${JSON.stringify(join(root, 'src/main.ts'))}\n`)
  }
  const run = (script: string, env: Readonly<Record<string, string>>) =>
    runScript(script, checkout, { TRONADOR_GITOPS_USERNAME: 'tronador', GITOPS_URL: host.url, ...env })
  return { folder, checkout, repository, run }
}

function runScript(script: string, cwd: string, env: Readonly<Record<string, string>>) {
  const path = `${dirname(process.execPath)}:${process.env.PATH}`
  return new Promise<{ code: number; said: string }>((resolve) => {
    const options = { cwd, env: { PATH: path, HOME: cwd, ...env } }
    execFile('bash', ['--norc', '-euo', 'pipefail', '-c', script], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), said: stdout + stderr })
    })
  })
}

interface Workflow {
  readonly env: Readonly<Record<string, string>>
  readonly jobs: { readonly preview: { readonly steps: readonly WorkflowStep[] } }
}
interface WorkflowStep {
  readonly name?: string
  readonly run?: string
  readonly env?: Readonly<Record<string, string>>
}

test('the GitHub workflow writes the environment of a pull request and takes it back, whatever its branch is called', async () => {
  const { folder, checkout, repository, run } = await setStage()
  const workflow: Workflow = parse(read('examples/github-actions/preview.yml'))
  const contexts: Readonly<Record<string, string>> = {
    'github.repository': 'acme/shop',
    'github.server_url': 'https://github.com',
    'github.event.pull_request.number': '7',
    'github.event.pull_request.html_url': 'https://github.com/acme/shop/pull/7',
    'github.event.pull_request.head.ref': hostileBranch,
    'github.event.pull_request.head.sha': commit,
    'secrets.GITOPS_TOKEN': token,
  }
  const fill = (env: Readonly<Record<string, string>> = {}) =>
    Object.entries(env).map(([name, text]) => [
      name,
      String(text).replace(/\$\{\{ ([\w.]+) \}\}/g, (_, context: string) => contexts[context] ?? ''),
    ])
  const set = join(folder, 'env')
  const ofRunner = { GITHUB_REPOSITORY: 'Acme/Shop', GITHUB_ENV: set, RUNNER_TEMP: folder }
  const runStep = async (name: string) => {
    const step = workflow.jobs.preview.steps.find((each) => each.name === name)
    const { GITOPS_URL: _, ...shared } = Object.fromEntries(fill(workflow.env))
    const before = (await readFile(set, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '')
    const given = Object.fromEntries(before.map((line) => line.split('=')))
    return run(step?.run ?? 'false', { ...shared, ...given, ...Object.fromEntries(fill(step?.env)), ...ofRunner })
  }

  expect(await runStep('Name the image')).toEqual({ code: 0, said: '' })
  const deployed = await runStep('Bring the preview up to date')
  expect(deployed).toEqual({ code: 0, said: `${await repository.head()}\n` })
  const object = parse(await repository.git('show', 'main:acme/shop/pr-7.yaml'))
  expect(object.spec.change).toEqual({
    provider: 'github',
    repository: 'github.com/acme/shop',
    number: 7,
    branch: hostileBranch,
    commit,
    url: 'https://github.com/acme/shop/pull/7',
  })
  expect(object.spec.application.release.values).toEqual({ image: `ghcr.io/acme/shop:${commit}` })
  expect((await readdir(checkout)).sort()).toEqual(['.tronador.yaml', 'environment.yaml', 'tronador.js'])

  expect((await runStep('Take the preview back')).code).toBe(0)
  expect((await repository.log()).map(({ paths }) => paths)).toEqual([['acme/shop/pr-7.yaml'], ['acme/shop/pr-7.yaml']])
  expect(await repository.git('ls-tree', '-r', '--name-only', 'main')).toBe('README.md\n')
})

test('no script of the GitHub workflow holds an expression: whatever a stranger chooses is a variable', () => {
  const workflow: Workflow = parse(read('examples/github-actions/preview.yml'))
  const scripts = workflow.jobs.preview.steps.flatMap(({ run }) => (run === undefined ? [] : [run]))

  expect(scripts.length).toBe(4)
  expect(scripts.filter((script) => script.includes('${{'))).toEqual([])
})

test('the GitLab jobs write the environment of a merge request and take it back, whatever its branch is called', async () => {
  const { checkout, repository, run } = await setStage()
  const jobs: Record<string, { readonly script: readonly string[] }> = parse(read('examples/gitlab-ci/preview.yml'))
  const env = {
    CI_PROJECT_PATH: 'acme/shop',
    CI_PROJECT_URL: 'https://gitlab.example.com/acme/shop',
    CI_MERGE_REQUEST_IID: '7',
    CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: hostileBranch,
    CI_COMMIT_SHA: commit,
    CI_REGISTRY_IMAGE: 'registry.example.com/acme/shop',
    // GitLab fills variables in variables.
    GITOPS_BRANCH: 'main',
    GITOPS_FILE: 'acme/shop/pr-7.yaml',
    TRONADOR_GITOPS_PASSWORD: token,
  }
  const runJob = (name: string) => run(jobs[name]?.script.join('\n') ?? 'false', env)

  expect(await runJob('preview')).toEqual({ code: 0, said: `${await repository.head()}\n` })
  const object = parse(await repository.git('show', 'main:acme/shop/pr-7.yaml'))
  expect(object.spec.change).toEqual({
    provider: 'gitlab',
    repository: 'gitlab.example.com/acme/shop',
    number: 7,
    branch: hostileBranch,
    commit,
    url: 'https://gitlab.example.com/acme/shop/-/merge_requests/7',
  })
  expect((await readdir(checkout)).sort()).toEqual(['.tronador.yaml', 'environment.yaml', 'tronador.js'])

  expect((await runJob('remove-preview')).code).toBe(0)
  expect(await repository.git('ls-tree', '-r', '--name-only', 'main')).toBe('README.md\n')
})
