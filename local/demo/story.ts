/** The life of a pull request, stage by stage. Each stage is seen from outside, where the team would look. */
import { type Stage, type StageName, stageNames } from '../../src/api/environment.ts'
import { changeOf } from '../../src/core/change-of.ts'
import { engineTitles } from '../../src/core/engine-choice.ts'
import { repositoryIdentity } from '../../src/core/identity.ts'
import { environmentName } from '../../src/core/names.ts'
import { apiVersionOf } from '../../src/kube/resources.ts'
import { owner, repository } from './code-host.ts'
import { awaitPage } from './page-request.ts'
import { gitopsFiles, type Preview, readComment, readCommitStatus, readEnvironment, type Scene } from './scene.ts'
import { type StageHandle, waitFor } from './stage.ts'
import { releasesOfEngine, type Subject } from './subject.ts'

const page = 'page/index.html'
const deployment = 'deploy/templates/deployment.yaml'

/** What each stage of an environment means to a reader. */
function stageTitle(stageName: StageName, { engine }: Subject): string {
  const titles: Readonly<Record<StageName, string>> = {
    namespace: 'Its namespace is there',
    secrets: 'Its secrets are there',
    source: `${engineTitles[engine]} fetched the chart at the pull request’s commit`,
    release: 'Helm deployed the release',
    workloads: 'Its pods are ready',
  }
  return titles[stageName]
}

/** Pushes a branch, opens the pull request and follows it until the preview answers with its commit. */
export async function openPullRequest(scene: Scene): Promise<Preview> {
  const { stages, codeHost } = scene
  const pullRequest = await stages.run('open.pull-request', 'Its branch is pushed and it is opened', async (stage) => {
    const text = (await readSampleFile(scene, page)).replace('Fresh bread every', 'Fresh bread and croissants every')
    await codeHost.copy.commitAndPush(scene.branch, 'Sell croissants as well', { [page]: text })
    const opened = await codeHost.developer.openPullRequest(owner, repository, {
      head: scene.branch,
      title: 'Sell croissants as well',
      body: 'Bread alone will not do.',
    })
    stage.saw(opened.html_url)
    return opened
  })
  const preview = await findPreview(scene, pullRequest)
  await followCommit(scene, preview, 'open', pullRequest.head.sha)
  return preview
}

/** Pushes one more commit and follows it until the preview answers with that one. */
export async function pushChange(scene: Scene, preview: Preview): Promise<void> {
  const commit = await pushCommit(scene, 'push.commit', 'A new page is pushed', 'Add coffee', page, (text) =>
    text.replace('bread and croissants', 'bread, croissants and coffee'),
  )
  await followCommit(scene, preview, 'push', commit)
}

/** Pushes a chart that cannot be rendered: the comment names the cause, and what ran before still answers. */
export async function breakChart(scene: Scene, preview: Preview): Promise<void> {
  const { stages } = scene
  const before = (await readEnvironment(scene, preview.name))?.status?.commit
  const commit = await pushCommit(scene, 'break.commit', 'A broken chart is pushed', 'Break it', deployment, (text) =>
    text.replace('{{ .Values.replicas }}', '{{ .Values.shop.replicas }}'),
  )
  await stages.run('break.comment', 'The comment names the cause', async (stage) => {
    stage.saw(await awaitCommentWith(scene, preview, stage, ['Preview failed', commit.slice(0, 10), 'nil pointer']))
  })
  await stages.run('break.status', 'The commit is marked as failed', (stage) =>
    awaitCommitStatus(scene, commit, 'failure', stage),
  )
  await seeHealth(scene, preview, 'break', 'Degraded')
  if (preview.url === undefined || before === undefined) return
  const { url } = preview
  await stages.run('break.page', 'The last good commit still answers', (stage) => awaitPage(url, before, stage))
}

/** Mends the chart and follows the commit until the preview answers with it. */
export async function mendChart(scene: Scene, preview: Preview): Promise<void> {
  const commit = await pushCommit(scene, 'mend.commit', 'The mended chart is pushed', 'Mend it', deployment, (text) =>
    text.replace('{{ .Values.shop.replicas }}', '{{ .Values.replicas }}'),
  )
  await followCommit(scene, preview, 'mend', commit)
}

/** Closes the pull request. */
export async function closePullRequest(scene: Scene, preview: Preview): Promise<void> {
  await scene.stages.run('close.pull-request', 'Gitea has closed it', () =>
    scene.codeHost.developer.closePullRequest(owner, repository, preview.pullRequest.number),
  )
}

/** Follows one commit from the pipeline to the page. `chapter` begins the stages' names. */
export async function followCommit(scene: Scene, preview: Preview, chapter: string, commit: string): Promise<void> {
  const { stages, subject } = scene
  const { name } = preview
  await stages.run(`${chapter}.image`, scene.pipeline.title, async (stage) => {
    const image = await scene.pipeline.built(commit, stage.update)
    stage.saw(image.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]*$/, '$1'))
  })
  await stages.run(`${chapter}.gitops`, 'The environment stands in the GitOps repository', async (stage) => {
    await waitFor(`${preview.file} with the new commit`, async () => {
      const text = (await gitopsFiles(scene)).includes(preview.file) ? await readGitOpsFile(scene, preview.file) : ''
      if (text.includes(commit)) return { found: true }
      return { still: text === '' ? 'no such file' : 'an older commit' }
    })
    stage.saw(preview.file)
  })
  await stages.run(`${chapter}.environment`, `${scene.syncer.title} applied it to the cluster`, async (stage) => {
    await waitFor(`${subject.kind} ${name} at the new commit`, async () => {
      const object = await readEnvironment(scene, name)
      const applied = object === undefined ? undefined : changeOf(object)?.commit
      return applied === commit ? { found: true } : { still: applied ?? `no such ${subject.kind}` }
    })
    stage.saw(`${subject.kind} ${name}`)
  })
  for (const stageName of stageNames) {
    await stages.run(`${chapter}.${stageName}`, stageTitle(stageName, subject), async (stage) => {
      await awaitEnvironmentStage(scene, name, commit, stageName, stage)
      if (stageName === 'release') stage.saw(await findRelease(scene, name))
    })
  }
  const { url } = preview
  if (url !== undefined)
    await stages.run(`${chapter}.page`, 'The preview answers with the commit', (stage) => awaitPage(url, commit, stage))
  await stages.run(`${chapter}.comment`, 'The pull request’s comment shows it ready', async (stage) => {
    await awaitCommentWith(scene, preview, stage, ['Preview is ready', commit.slice(0, 10), `${name}.localhost`])
  })
  await stages.run(`${chapter}.status`, 'The commit is marked as good', (stage) =>
    awaitCommitStatus(scene, commit, 'success', stage),
  )
  await seeHealth(scene, preview, chapter, 'Healthy')
}

/** What the syncer itself shows of the preview. */
async function seeHealth(
  { stages, syncer }: Scene,
  preview: Preview,
  chapter: string,
  health: 'Healthy' | 'Degraded',
): Promise<void> {
  const { title, awaitHealth } = syncer
  if (awaitHealth === undefined) return
  await stages.run(`${chapter}.health`, `${title} shows it Synced and ${health}`, async (stage) => {
    stage.saw(await awaitHealth(preview, health, stage.update))
  })
}

async function awaitEnvironmentStage(
  scene: Scene,
  name: string,
  commit: string,
  stageName: StageName,
  handle: StageHandle,
): Promise<void> {
  await waitFor(
    `Stage ${stageName} of ${scene.subject.kind} ${name}`,
    async () => {
      const environment = await readEnvironment(scene, name)
      const status = environment?.status
      if (status?.observedGeneration !== environment?.metadata.generation) return { still: 'status of an older object' }
      if (stageName === 'workloads' && status?.commit !== commit) return { still: `commit ${status?.commit} runs` }
      const stage = status?.stages?.find((candidate) => candidate.name === stageName)
      return stage?.state === 'Done' ? { found: true } : { still: describeStage(stage) }
    },
    { within: 120, update: handle.update },
  )
}

/** The one HelmRelease in the namespace, in words. Rejects unless it is the engine's own. */
async function findRelease({ cluster, subject }: Scene, namespace: string): Promise<string> {
  const lists = await Promise.all(
    Object.values(releasesOfEngine).map(async (resource) => {
      const { items } = await cluster.list(resource, { namespace, metadataOnly: true })
      return items.map(({ metadata }) => ({ resource, text: `${apiVersionOf(resource)} HelmRelease ${metadata.name}` }))
    }),
  )
  const [release, ...others] = lists.flat()
  if (release?.resource === releasesOfEngine[subject.engine] && others.length === 0) return release.text
  const found = lists.flat().map(({ text }) => text)
  throw new Error(`${engineTitles[subject.engine]} shall run one release, but there is ${found.join(', ') || 'none'}`)
}

function describeStage(stage: Stage | undefined): string {
  return stage === undefined ? 'not reported yet' : [stage.state, stage.message].filter(Boolean).join(': ')
}

/** Waits until Tronador's comment holds all these words, however its lines break; the sentence with the last of them. */
async function awaitCommentWith(
  scene: Scene,
  preview: Preview,
  stage: StageHandle,
  words: readonly string[],
): Promise<string> {
  const comment = await waitFor(
    `A comment of Tronador with ${words.join(', ')}`,
    async () => {
      const comment = (await readComment(scene, preview.pullRequest.number)) ?? 'no comment yet'
      const text = comment.replaceAll(/\s+/g, ' ')
      return words.every((word) => text.includes(word)) ? { found: comment } : { still: comment }
    },
    { update: (detail) => stage.update(detail.split('\n').find((line) => line.startsWith('###')) ?? '') },
  )
  const last = words.at(-1) ?? ''
  const paragraphs = comment.split(/```(?:text)?|\n\n/).map((paragraph) => paragraph.replaceAll(/\s+/g, ' ').trim())
  return (paragraphs.find((paragraph) => paragraph.includes(last)) ?? '').slice(0, 300)
}

async function awaitCommitStatus(scene: Scene, commit: string, wanted: string, stage: StageHandle): Promise<void> {
  await waitFor(
    `Commit status ${wanted}`,
    async () => {
      const state = await readCommitStatus(scene, commit)
      return state === wanted ? { found: true } : { still: state }
    },
    { update: stage.update },
  )
}

async function pushCommit(
  scene: Scene,
  name: string,
  title: string,
  message: string,
  path: string,
  edit: (text: string) => string,
): Promise<string> {
  return scene.stages.run(name, title, async (stage) => {
    const text = await readSampleFile(scene, path)
    const edited = edit(text)
    if (edited === text) throw new Error(`The edit of ${path} changes nothing`)
    const commit = await scene.codeHost.copy.commitAndPush(scene.branch, message, { [path]: edited })
    stage.saw(commit.slice(0, 8))
    return commit
  })
}

async function findPreview(scene: Scene, pullRequest: Preview['pullRequest']): Promise<Preview> {
  const identity = repositoryIdentity(scene.codeHost.repositoryUrl)
  const name = environmentName(identity, pullRequest.number)
  return {
    pullRequest,
    name,
    file: `${owner}/${repository}/pr-${pullRequest.number}.yaml`,
    url: scene.ingressPort === undefined ? undefined : `http://${name}.localhost:${scene.ingressPort}/`,
  }
}

async function readSampleFile(scene: Scene, path: string): Promise<string> {
  return scene.codeHost.developer
    .file(owner, repository, path, scene.branch)
    .catch(() => scene.codeHost.developer.file(owner, repository, path, 'main'))
}

async function readGitOpsFile(scene: Scene, path: string): Promise<string> {
  return scene.codeHost.admin.file(owner, 'gitops', path, 'main')
}
