/** Many repositories in one GitOps repository: an Application for each, made by Argo CD. */
import { expect, test } from 'vitest'
import { argoCdNamespace } from '../../local/argocd/objects.ts'
import { environments, namespaces } from '../../src/kube/resources.ts'
import { environmentWhere, eventually, gone, setStage, uniqueName } from '../environment-operator.ts'
import { type Application, applicationSets, applications, inArgoCd, readExample, removeFromArgoCd } from './argocd.ts'
import { setProject } from './argocd-stage.ts'
import { environmentOf } from './previews.ts'

const stage = setStage()
const here = setProject(stage)

test('An ApplicationSet follows folders: one comes with its first preview and goes with its last', async () => {
  const [one, other] = [uniqueName('one'), uniqueName('other')]
  const set = await readExample('argocd/applicationset.yaml', here.words())
  await stage.admin.apply(applicationSets, set, { fieldManager: 'test', force: true })
  await here.gitops.commit({
    'acme/shop/pr-1.yaml': environmentOf(one, here.repository, here.commit, 'a'),
    'other/shop/pr-1.yaml': environmentOf(other, here.repository, here.commit, 'a'),
  })
  await lookAgain()
  for (const name of [one, other]) await environmentWhere(stage.admin, name, ({ status }) => status?.phase === 'Ready')
  expect(await includes()).toEqual(['acme/shop/*.yaml', 'other/shop/*.yaml'])

  await here.gitops.commit({ 'other/shop/pr-1.yaml': null })
  await lookAgain()
  await gone(stage.admin, environments, other)
  await gone(stage.admin, namespaces, other)
  await eventually('one Application', async () => (await includes()).length === 1)
  expect(await stage.admin.get(environments, { name: one })).toBeDefined()

  await removeFromArgoCd(stage.admin, applicationSets, here.project)
  await gone(stage.admin, environments, one)
  await gone(stage.admin, namespaces, one)
})

/** What each Application of this repository applies. */
async function includes(): Promise<string[]> {
  const { items } = await stage.admin.list<Application>(applications, { namespace: argoCdNamespace })
  return items
    .map(({ spec }) => spec.source)
    .filter(({ repoURL }) => repoURL === here.gitops.url)
    .map(({ directory }) => directory.include)
    .toSorted()
}

/** Argo CD looks at a set anew when an annotation asks for it, or when a webhook of the set's own tells of a push. */
async function lookAgain(): Promise<void> {
  const annotations = { 'argocd.argoproj.io/application-set-refresh': 'true' }
  await stage.admin.patch(applicationSets, inArgoCd(here.project), { metadata: { annotations } })
}
