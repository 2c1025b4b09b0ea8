/** What the tests of Argo CD stand on: its project, a GitOps repository that tells it of pushes, an application's own. */
import { afterAll, beforeAll, inject } from 'vitest'
import { type Stage, uniqueName } from '../environment-operator.ts'
import { type GitRepository, startGitRepository } from '../git-repository.ts'
import { applications, applicationWhere, appProjects, readExample, removeFromArgoCd, teachHealth } from './argocd.ts'
import { createGitOpsRepository, type GitOpsRepository } from './gitops-repository.ts'
import { chart } from './previews.ts'

/** See {@link setProject}. */
export interface ProjectStage {
  readonly project: string
  readonly gitops: GitOpsRepository
  /** The application's repository, with the chart of `previews.ts`, and the commit that has it. */
  readonly repository: GitRepository
  readonly commit: string
  /** What the example files call things, and what they are called here. */
  words(): Readonly<Record<string, string>>
}

const apply = { fieldManager: 'test', force: true }

/** Makes the project of the examples before the tests of this file, and removes it afterwards. */
export function setProject(stage: Stage): ProjectStage {
  const project = uniqueName('previews')
  const here = { project } as { -readonly [Key in keyof ProjectStage]: ProjectStage[Key] }
  here.words = () => ({
    'https://git.example.com/acme/gitops.git': here.gitops.url,
    'project: previews\n': `project: ${project}\n`,
    'name: previews\n': `name: ${project}\n`,
  })
  beforeAll(async () => {
    const { url, webhookSecret: secret } = inject('argocd')
    await teachHealth(stage.admin)
    here.gitops = await createGitOpsRepository({ url: `${url}/api/webhook`, secret })
    here.repository = await startGitRepository()
    here.commit = await here.repository.commit(chart)
    await stage.admin.apply(appProjects, await readExample('argocd/project.yaml', here.words()), apply)
  })
  afterAll(async () => {
    await removeFromArgoCd(stage.admin, appProjects, project)
    await here.repository.stop()
    await here.gitops.remove()
  })
  return here
}

/** The same with the Application of the examples. */
export function setApplication(stage: Stage): ProjectStage & { readonly application: string } {
  const application = uniqueName('previews-shop')
  const here = setProject(stage)
  beforeAll(async () => {
    await stage.admin.apply(
      applications,
      await readExample('argocd/application.yaml', {
        ...here.words(),
        'name: previews-shop\n': `name: ${application}\n`,
      }),
      apply,
    )
    await applicationWhere(stage.admin, application, ({ status }) => status?.sync?.status === 'Synced')
  })
  afterAll(() => removeFromArgoCd(stage.admin, applications, application))
  return Object.assign(here, { application })
}
