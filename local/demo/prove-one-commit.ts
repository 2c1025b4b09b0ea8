/** Whoever wrote the GitOps repository, and however many did: each change of a pull request is one commit there. */
import { gitopsRepository, owner } from './code-host.ts'
import type { Preview, Scene } from './scene.ts'

/** Looks once the pull request is closed and nothing of it is left. */
export async function proveOneCommitEach(scene: Scene, preview: Preview): Promise<void> {
  await scene.stages.run('close.commits', 'Each change was one commit in the GitOps repository', async (stage) => {
    const subjects = await scene.codeHost.admin.commitSubjects(owner, gitopsRepository)
    // They name environment and commit, so that two of a kind are one change written twice.
    const own = subjects.filter((subject) => subject.split(' ').includes(preview.name))
    const twice = own.filter((subject, index) => own.indexOf(subject) !== index)
    if (own.length === 0) throw new Error(`No commit names ${preview.name}`)
    if (twice.length > 0) throw new Error(`More than one commit: ${twice.join(', ')}`)
    stage.saw(`${own.length} commits`)
  })
}
