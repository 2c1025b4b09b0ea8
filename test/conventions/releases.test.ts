/** What a release is made of stands in many files; they agree, and none of it can change under a release's feet. */
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { filesMatching, read } from './sources.ts'

interface Workflow {
  readonly jobs: {
    readonly chart: { readonly steps: readonly { readonly uses?: string; readonly with?: { version?: string } }[] }
  }
}

const { version } = JSON.parse(read('package.json')) as { readonly version: string }
const workflows = filesMatching(/^\.github\/workflows\//)

/** Files that name a version of Tronador for others to use. Of the chart, chart.test.ts takes care. */
const offers = filesMatching(/^(?:tekton|examples|docs)\/|^README\.md$/)
const naming = /\b(?:tronador:|TRONADOR_VERSION: ["']?)([\w.+-]+)/g

test('every version of Tronador that is named is this one', () => {
  const named = offers.flatMap((path) => [...read(path).matchAll(naming)].map(([, found]) => ({ path, found })))
  const folders = new Set(named.map(({ path }) => path.split('/')[0]))

  expect([...folders]).toEqual(expect.arrayContaining(['examples', 'tekton']))
  expect(named.filter(({ found }) => found !== version)).toEqual([])
})

test('every action that a workflow runs is one commit, with its version beside it', () => {
  const used = workflows.flatMap((path) => read(path).match(/\buses: .*/g) ?? [])

  expect(used).not.toEqual([])
  expect(used.filter((use) => !/^uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(use))).toEqual([])
})

test('the chart is packed by the Helm that the tests install it with', () => {
  const tested = /helm\.sh\/helm\/v4 (v\S+)/.exec(read('local/modules/helm/go.mod'))?.[1]
  const { jobs } = parse(read('.github/workflows/release.yml')) as Workflow
  const installing = jobs.chart.steps.find(({ uses }) => uses?.startsWith('azure/setup-helm@'))

  expect(installing?.with?.version).toBe(tested)
})
