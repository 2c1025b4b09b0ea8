import { expect, test } from 'vitest'
import { repositoryIdentity } from './identity.ts'
import { pipelineRunFor } from './pipeline-run.ts'

const cloneUrl = 'https://git.example.com/acme/shop.git'
const settings = { identity: repositoryIdentity(cloneUrl), identityText: 'git.example.com/acme/shop', cloneUrl }

test('a branch with a reference in its name comes out of Kubernetes as it is called', () => {
  const change = { number: 7, commit: 'a'.repeat(40), branch: 'x$(HOME)$(id)', image: { name: 'shop', tag: '1' } }
  const { spec } = pipelineRunFor(settings, { namespace: 'previews', run: { pipelineRef: { name: 'build' } } }, change)

  expect(spec.params).toContainEqual({ name: 'gitBranch', value: 'x$$(HOME)$$(id)' })
})
