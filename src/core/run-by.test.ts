import { expect, test } from 'vitest'
import { TronadorError } from './errors.ts'
import type { DesiredEnvironment } from './model.ts'
import { runBy } from './run-by.ts'

type Ref = DesiredEnvironment['source']['ref']
type Values = DesiredEnvironment['release']['valuesFrom']

function wish(ref: Ref = {}, valuesFrom: Values = [], suspended = false) {
  const source = { name: 'shop', url: 'https://git.example.com/acme/shop', ref, interval: '1m' }
  const release = { name: 'shop', chartPath: 'deploy', reconcileStrategy: 'Revision', interval: '10m' } as const
  return { repositoryProfile: 'confined', source, release: { ...release, values: {}, valuesFrom }, suspended } as const
}

test.each([
  ['flux', 'confined', 'confined'],
  ['flux', 'trusted', 'trusted'],
  ['helm-operator', 'confined', 'trusted'],
  ['helm-operator', 'trusted', 'trusted'],
] as const)('With %s the preview of a %s repository is %s', (engine, repositoryProfile, profile) => {
  expect(runBy(engine, { ...wish(), repositoryProfile })).toEqual({ ...wish(), repositoryProfile, engine, profile })
})

const commit = 'b'.repeat(40)
const orFlux = 'or let Flux run this kind (`--environment-engine`, `--provisioner-engine`).'
test.each([
  [
    'a range of versions',
    wish({ semver: '>=1.0', branch: 'main' }),
    'EnvironmentInvalid',
    'The field gitRepository.ref.semver is ">=1.0"; Helm Operator follows no range of versions.',
    `Give a commit, a tag or a branch, ${orFlux}`,
  ],
  [
    'standing still on a branch',
    wish({ branch: 'main' }, [], true),
    'EnvironmentInvalid',
    'The field suspend is true; Helm Operator follows a branch or tag all the same.',
    `Give the commit to stay at, ${orFlux}`,
  ],
  [
    'a value at a path',
    wish({ commit }, [
      { kind: 'ConfigMap', name: 'common' },
      { kind: 'Secret', name: 'tls', valuesKey: 'crt', targetPath: 'ingress.tls' },
    ]),
    'ValuesFromUnsupported',
    '`valuesFrom` names a `targetPath` for Secret tls; Helm Operator knows none.',
    `Keep a whole values file under that key, ${orFlux}`,
  ],
])(
  'Helm Operator has no word for %s: refused with the mend, and no trouble to Flux',
  (_, asked, code, message, mend) => {
    expect(runBy('flux', asked).engine).toBe('flux')
    const refusal = refusalOf(() => runBy('helm-operator', asked))
    expect(refusal).toMatchObject({ code, message, mend })
  },
)

test.each([
  ['a range of versions besides a commit', wish({ semver: '>=1.0', commit })],
  ['a tag', wish({ tag: 'v1' })],
  ['standing still on a commit', wish({ branch: 'main', commit }, [], true)],
  ['whole files of values', wish({ commit }, [{ kind: 'Secret', name: 'db', valuesKey: 'x', optional: true }])],
])('Helm Operator takes %s', (_, asked) => {
  expect(runBy('helm-operator', asked).engine).toBe('helm-operator')
})

function refusalOf(deed: () => unknown): TronadorError | undefined {
  try {
    deed()
    return undefined
  } catch (error) {
    if (error instanceof TronadorError) return error
    throw error
  }
}
