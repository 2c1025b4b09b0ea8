/** After the first preview: what to try, and what happens meanwhile. */
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { owner, repository } from './code-host.ts'
import { type Preview, readComment, type Scene } from './scene.ts'
import type { Screen } from './screen.ts'

/** Names the URLs and three things to try, then tells each news of the pull request until `ended` resolves. */
export async function stayInteractive(
  scene: Scene,
  screen: Screen,
  preview: Preview,
  ended: Promise<unknown>,
): Promise<void> {
  screen.heading('It stands. Look at it:')
  for (const line of listPlaces(scene, preview)) screen.say(line)
  screen.heading('Three things to try, in another terminal:')
  for (const line of listThingsToTry(scene, preview)) screen.say(line)
  screen.heading('Ctrl-C stops everything. News of the pull request:')
  await tellNews(scene, screen, preview, ended)
}

function listPlaces(scene: Scene, preview: Preview): string[] {
  const { codeHost } = scene
  const { user, password } = codeHost.developerAccount
  const kubectl = `kubectl --kubeconfig ${scene.kubeconfig} get ${scene.subject.kind.toLowerCase()} ${preview.name} -o yaml`
  return [
    ...(preview.url === undefined ? [] : [`  the preview        ${preview.url}`]),
    `  the pull request   ${preview.pullRequest.html_url}   (sign in as ${user}, password ${password})`,
    `  the environment    ${isOnPath('kubectl') ? kubectl : `${preview.name}, with the kubeconfig ${scene.kubeconfig}`}`,
    `  the GitOps file    ${codeHost.gitopsCloneUrl.replace(/\.git$/, '')}/src/branch/main/${preview.file}`,
  ]
}

function listThingsToTry(scene: Scene, preview: Preview): string[] {
  const values = ['.Values.replicas', '.Values.shop.replicas']
  return [
    `     cd ${scene.codeHost.copy.folder}`,
    `  1. Change the page: seconds later the ${preview.url === undefined ? 'environment has' : 'preview shows'} it.`,
    "     sed -i 's/every morning/all day long/' page/index.html && git commit -qam 'Open all day' && git push -q",
    '  2. Break the chart: the comment names the cause, and what ran before stays. Then mend it.',
    `     sed -i 's/${values[0]}/${values[1]}/' deploy/templates/deployment.yaml && git commit -qam 'Break it' && git push -q`,
    '     git revert --no-edit HEAD && git push -q',
    '  3. Close the pull request, here or on its page: everything of it goes. Once gone, open it again: all comes back.',
    `     ${setStateCommand(scene, preview, 'closed')}`,
    `     ${setStateCommand(scene, preview, 'open')}`,
  ]
}

/** Closing keeps the branch, so that the pull request can be opened again. */
function setStateCommand({ codeHost }: Scene, { pullRequest }: Preview, state: 'closed' | 'open'): string {
  const { user, password } = codeHost.developerAccount
  const url = `${codeHost.url}/api/v1/repos/${owner}/${repository}/pulls/${pullRequest.number}`
  return `curl -so /dev/null -u ${user}:${password} -X PATCH -H 'Content-Type: application/json' -d '{"state":"${state}"}' ${url}`
}

function isOnPath(command: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, command)))
}

/** Each new headline of Tronador's comment, with the commit it is about. */
async function tellNews(scene: Scene, screen: Screen, preview: Preview, ended: Promise<unknown>): Promise<void> {
  let over = false
  let told = ''
  void ended.then(() => {
    over = true
  })
  while (!over) {
    const comment = await readComment(scene, preview.pullRequest.number).catch(() => undefined)
    const news = comment === undefined ? told : summarise(comment)
    if (news !== told) screen.say(`  ${new Date().toLocaleTimeString('en-GB')}  ${news}`)
    told = news
    await Promise.race([delay(500), ended])
  }
}

function summarise(comment: string): string {
  const headline = /^### (.*)$/m.exec(comment)?.[1] ?? ''
  const commit = /Commit `([0-9a-f]+)`/.exec(comment)?.[1]
  return commit === undefined ? headline : `${headline} (commit ${commit})`
}
