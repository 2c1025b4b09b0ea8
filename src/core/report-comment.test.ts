import { expect, test } from 'vitest'
import type { PreviewReport, PreviewState } from './preview-report.ts'
import { writeComment } from './report-comment.ts'
import { writeStatus } from './report-status.ts'

const commit = '1234567890abcdef1234567890abcdef12345678'
const noon = Date.UTC(2026, 0, 1, 12)
const at = (seconds: number) => `${new Date(noon + seconds * 1000).toISOString().slice(0, 19)}Z`

function report(state: PreviewState, timeline: PreviewReport['timeline'] = {}): PreviewReport {
  return { commit, state, timeline }
}

const committed = {
  kind: 'committed',
  image: 'registry.example.com/shop:1234567',
  environment: 'shop-7-1a2b3c4d',
  gitopsCommit: 'fedcba9876543210',
  status: undefined,
  applied: false,
  earlierUrl: undefined,
} as const

const timeline = { heard: noon, imageFound: noon + 12_300, committed: noon + 13_000, applied: noon + 15_000 }

test('a preview that is ready shows its URL first, then how it came there', () => {
  const ready = report(
    {
      ...committed,
      applied: true,
      status: {
        conditions: [{ type: 'Ready', status: 'True', reason: 'Ready', message: '', lastTransitionTime: at(41) }],
        urls: ['http://shop.example.com/'],
        stages: [
          { name: 'namespace', state: 'Done', since: at(16) },
          { name: 'secrets', state: 'Done', since: at(16) },
          { name: 'source', state: 'Done', since: at(18) },
          { name: 'release', state: 'Done', since: at(21) },
          { name: 'workloads', state: 'Done', since: at(41) },
        ],
      },
    },
    timeline,
  )

  expect(writeComment(ready)).toBe(`### ✅ Preview is ready, 41 s after the push

**<http://shop.example.com/>**

| Stage | State | Took |
| :-- | :-- | --: |
| Image | ✅ done: \`registry.example.com/shop:1234567\` | 12 s |
| GitOps commit | ✅ done: \`fedcba987654\` | < 1 s |
| GitOps sync | ✅ done | 2 s |
| Namespace | ✅ done | 1 s |
| Secrets | ✅ done | < 1 s |
| Chart source | ✅ done | 2 s |
| Helm release | ✅ done | 3 s |
| Workloads | ✅ done | 20 s |

<sub>Commit \`1234567890\`, environment \`shop-7-1a2b3c4d\`</sub>`)
  expect(writeStatus(ready)).toEqual({ state: 'success', description: 'Ready', url: 'http://shop.example.com/' })
})

test('a failed stage is named with its cause, and nothing in it is more than text', () => {
  const failed = report({
    ...committed,
    applied: true,
    earlierUrl: 'http://shop.example.com/',
    status: {
      conditions: [{ type: 'Ready', status: 'False', reason: 'Failed', message: '', lastTransitionTime: at(20) }],
      stages: [
        { name: 'release', state: 'Failed', since: at(20), message: 'HelmRelease/shop: ``` @dana | <img src=x>' },
        { name: 'workloads', state: 'Pending', since: at(20) },
      ],
    },
  })

  expect(writeComment(failed)).toBe(`### ❌ Preview failed at: Helm release

An earlier commit still answers at <http://shop.example.com/>.

\`\`\`\`text
HelmRelease/shop: \`\`\` @dana | <img src=x>
\`\`\`\`

Push a commit that mends it: the preview tries again by itself.

| Stage | State | Took |
| :-- | :-- | --: |
| Image | ✅ done: \`registry.example.com/shop:1234567\` |  |
| GitOps commit | ✅ done: \`fedcba987654\` |  |
| GitOps sync | ✅ done |  |
| Helm release | ❌ failed |  |
| Workloads | · |  |

<sub>Commit \`1234567890\`, environment \`shop-7-1a2b3c4d\`</sub>`)
  expect(writeStatus(failed)).toEqual({ state: 'failure', description: 'Failed at: Helm release', url: undefined })
})

test('an environment that a person must mend says why, though no stage has failed', () => {
  const stalled = report({
    ...committed,
    applied: true,
    status: {
      conditions: [
        { type: 'Ready', status: 'False', reason: 'NamespaceConflict', message: 'm', lastTransitionTime: at(20) },
        {
          type: 'Stalled',
          status: 'True',
          reason: 'NamespaceConflict',
          message: 'It is taken.',
          lastTransitionTime: at(20),
        },
      ],
    },
  })

  expect(writeComment(stalled)).toContain('### ❌ Preview failed\n\n```text\nIt is taken.\n```')
  expect(writeStatus(stalled)).toEqual({ state: 'failure', description: 'Failed', url: undefined })
})

test('what was done before this commit took no time', () => {
  const updated = report(
    {
      ...committed,
      applied: true,
      status: {
        stages: [
          { name: 'namespace', state: 'Done', since: at(-9000) },
          { name: 'source', state: 'Done', since: at(17) },
          { name: 'release', state: 'Running', since: at(17), message: 'upgrading' },
        ],
      },
    },
    timeline,
  )

  const rows = writeComment(updated)
    .split('\n')
    .filter((line) => /Namespace|source|release/.test(line))
  expect(rows).toEqual([
    '| Namespace | ✅ done |  |',
    '| Chart source | ✅ done | 2 s |',
    '| Helm release | ⏳ under way: `upgrading` |  |',
  ])
})

test.each<[string, PreviewState, string, ReturnType<typeof writeStatus>]>([
  ['a fork', { kind: 'fork' }, '### No preview: this pull request comes from a fork', undefined],
  [
    'no free place',
    { kind: 'limit', limit: 3 },
    'This repository may have 3 previews at once',
    { state: 'pending', description: 'Waiting for a free place', url: undefined },
  ],
  [
    'no config file',
    { kind: 'configMissing', path: '.tronador.yaml' },
    'Add `.tronador.yaml` to this branch and push',
    { state: 'failure', description: 'There is no config file', url: undefined },
  ],
  [
    'a faulty config file',
    { kind: 'configFaults', path: '.tronador.yaml', faults: ['.tronador.yaml:2:3: KeyUnknown: x; y'] },
    '```text\n.tronador.yaml:2:3: KeyUnknown: x; y\n```',
    { state: 'failure', description: 'The config file has faults', url: undefined },
  ],
  [
    'a block',
    { kind: 'blocked', code: 'RegistryUnauthorized', message: 'It refuses.', mend: 'Give it a key.' },
    '```text\nRegistryUnauthorized: It refuses.\nGive it a key.\n```\n\nIt is tried again by itself.',
    { state: 'failure', description: 'Blocked: RegistryUnauthorized', url: undefined },
  ],
  [
    'a missing image',
    { kind: 'imageAwaited', image: 'registry.example.com/shop:1', until: noon },
    'Looked for until 2026-01-01 12:00 UTC.',
    { state: 'pending', description: 'Waiting for the image', url: undefined },
  ],
  [
    'an image that never came',
    { kind: 'imageMissing', image: 'registry.example.com/shop:1', wait: '30m' },
    'did not appear in the registry within `30m`',
    { state: 'failure', description: 'The image never came', url: undefined },
  ],
  [
    'a close',
    { kind: 'closed', merged: false, environment: 'shop-7-1a2b3c4d' },
    'The pull request was closed. `shop-7-1a2b3c4d` is on its way out.',
    undefined,
  ],
])('%s is said', (_, state, text, status) => {
  expect(writeComment(report(state))).toContain(text)
  expect(writeStatus(report(state))).toEqual(status)
})
