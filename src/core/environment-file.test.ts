import { expect, test } from 'vitest'
import { environmentKinds } from '../api/environment-kind.ts'
import { readEnvironmentFile } from './environment-file.ts'
import { environmentYaml, renderEnvironment } from './render.ts'

const commit = '4f0c7a1d9b3e5f60718293a4b5c6d7e8f9012345'

/** What is rendered for pull request 7. */
function file(kind: (typeof environmentKinds)[number]): string {
  const { environment } = renderEnvironment(kind, {
    configText: 'application:\n  chart_path: {{APPLICATION_IMAGE_TAG}}\n',
    change: { repositoryUrl: 'https://git.example.com/acme/shop', number: 7, branch: 'main', commit },
    image: { name: 'shop', tag: '1' },
  })
  return environment === undefined ? '' : environmentYaml(environment)
}

test.each(environmentKinds)('whose environment it is can be read back from a rendered %s', (kind) => {
  expect(readEnvironmentFile(file(kind))).toEqual({
    name: 'shop-7-19f53e97',
    repository: 'git.example.com/acme/shop',
    number: 7,
    commit,
  })
})

test.each([
  ['nothing', ''],
  ['no YAML', 'a: ['],
  ['another kind of object', file('Environment').replace('kind: Environment\n', 'kind: Pod\n')],
  ['an Environment without its pull request', file('Environment').replace('  change:', '  other:')],
  [
    'an EnvironmentProvisioner without its pull request',
    file('EnvironmentProvisioner').replace('/pull-request:', '/x:'),
  ],
  [
    'an EnvironmentProvisioner with the pull request of an Environment',
    file('Environment').replace('kind: Environment\n', 'kind: EnvironmentProvisioner\n'),
  ],
])('a file that holds %s is nobody’s', (_, text) => {
  expect(readEnvironmentFile(text)).toBeUndefined()
})
