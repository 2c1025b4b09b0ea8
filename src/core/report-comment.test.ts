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

/** Spaces at which no line breaks, made visible. */
const withSpaces = (text: string) => text.replaceAll('\u00a0', '_')

const committed = {
  kind: 'committed',
  image: `registry.example.com/shop:${commit}`,
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

  expect(withSpaces(writeComment(ready))).toBe(`### ✅ Preview is ready, 41_s after the push

**<http://shop.example.com/>**

<details><summary>Stages</summary>

|  | Stage | Took |
| :-: | :-- | --: |
| ✅ | Image \`shop:1234567890ab\` | 12_s |
| ✅ | GitOps_commit \`fedcba987654\` | <_1_s |
| ✅ | GitOps_sync | 2_s |
| ✅ | Namespace | 1_s |
| ✅ | Secrets | <_1_s |
| ✅ | Chart_source | 2_s |
| ✅ | Helm_release | 3_s |
| ✅ | Workloads | 20_s |

</details>

<sub>Commit \`1234567890\`, environment \`shop-7-1a2b3c4d\`, image \`registry.example.com/shop:${commit}\`</sub>`)
  expect(writeStatus(ready, undefined)).toEqual({
    state: 'success',
    description: 'Ready',
    url: 'http://shop.example.com/',
  })
})

test('a failed stage is named with its cause, and nothing in it is more than text', () => {
  const failed = report(
    {
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
    },
    timeline,
  )

  expect(withSpaces(writeComment(failed))).toBe(`### ❌ Preview failed at: Helm release

An earlier commit still answers at <http://shop.example.com/>.

\`\`\`\`text
HelmRelease/shop: \`\`\` @dana | <img src=x>
\`\`\`\`

Push a commit that mends it: the preview tries again by itself.

|  | Stage | Took |
| :-: | :-- | --: |
| ✅ | Image \`shop:1234567890ab\` | 12_s |
| ✅ | GitOps_commit \`fedcba987654\` | <_1_s |
| ✅ | GitOps_sync | 2_s |
| ❌ | Helm_release | 5_s |
| · | Workloads |  |

<sub>Commit \`1234567890\`, environment \`shop-7-1a2b3c4d\`, image \`registry.example.com/shop:${commit}\`</sub>`)
  expect(writeStatus(failed, undefined)).toEqual({
    state: 'failure',
    description: 'Failed at: Helm release',
    url: undefined,
  })
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
  expect(writeStatus(stalled, undefined)).toEqual({ state: 'failure', description: 'Failed', url: undefined })
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

  const comment = withSpaces(writeComment(updated))
  expect(comment.split('\n').filter((line) => /\| (Namespace|Chart|Helm)/.test(line))).toEqual([
    '| ✅ | Namespace |  |',
    '| ✅ | Chart_source | 2_s |',
    '| ⏳ | Helm_release |  |',
  ])
  expect(comment).toContain('way\n\nHelm release: `upgrading`\n\n|')
})

test('the last word beside a commit is that its preview is gone, unless it had failed', () => {
  const gone = report({ kind: 'closed', merged: true, environment: undefined })
  const going = report({ kind: 'closed', merged: true, environment: 'shop-7-1a2b3c4d' })
  const ready = { state: 'success', description: 'Ready', url: 'http://shop.example.com/' } as const
  const removed = { state: 'success', description: 'Removed', url: undefined }

  expect(writeStatus(gone, ready)).toEqual(removed)
  expect(writeStatus(gone, { ...ready, state: 'pending' })).toEqual(removed)
  expect(writeStatus(gone, { ...ready, state: 'failure' })).toBeUndefined()
  expect(writeStatus(gone, undefined)).toBeUndefined()
  expect(writeStatus(going, ready)).toBeUndefined()
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
    {
      kind: 'configFaults',
      path: '.tronador.yaml',
      faults: ['.tronador.yaml:2:3: KeyUnknown: x; y'],
      rendered: 'Environment',
    },
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
    { kind: 'imageAwaited', image: 'registry.example.com/shop:1', until: noon, run: undefined },
    'Looked for until 2026-01-01 12:00 UTC.',
    { state: 'pending', description: 'Waiting for the image', url: undefined },
  ],
  [
    'an image that a run of ours builds',
    { kind: 'imageAwaited', image: 'registry.example.com/shop:1', until: noon, run: 'previews/shop-7-1a2b3c4d' },
    'not in the registry yet; the pipeline’s run `previews/shop-7-1a2b3c4d` pushes it.',
    { state: 'pending', description: 'Waiting for the image', url: undefined },
  ],
  [
    'a run of ours that goes on',
    { kind: 'imageAwaited', image: 'registry.example.com/shop:1', until: undefined, run: 'previews/shop-7-1a2b3c4d' },
    'the pipeline’s run `previews/shop-7-1a2b3c4d` pushes it.\n',
    { state: 'pending', description: 'Waiting for the image', url: undefined },
  ],
  [
    'a run of ours that pushed something else',
    { kind: 'pipelineWithoutImage', image: 'registry.example.com/shop:1', run: 'previews/shop-7-1a2b3c4d' },
    'The run `previews/shop-7-1a2b3c4d` succeeded, and `registry.example.com/shop:1` is not in the registry.',
    { state: 'failure', description: 'The pipeline pushed no image', url: undefined },
  ],
  [
    'a pipeline that failed',
    {
      kind: 'pipelineFailed',
      run: 'previews/shop-7-1a2b3c4d',
      step: 'build/build',
      message: 'Failed: "step-build" exited with code 1',
      log: 'npm ci\n``` @everyone',
    },
    [
      '### ❌ No preview: the pipeline failed at `build/build`',
      '`Failed: "step-build" exited with code 1`',
      '````text\nnpm ci\n``` @everyone\n````',
      'Push a commit that mends it. The run is `previews/shop-7-1a2b3c4d`: where it is deleted, it is started again.',
    ].join('\n\n'),
    { state: 'failure', description: 'The pipeline failed', url: undefined },
  ],
  [
    'a pipeline that was refused',
    { kind: 'pipelineFailed', run: 'previews/a', step: undefined, message: 'CouldntGetPipeline: x', log: undefined },
    '### ❌ No preview: the pipeline failed\n\n`CouldntGetPipeline: x`\n\nPush a commit',
    { state: 'failure', description: 'The pipeline failed', url: undefined },
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
  expect(writeStatus(report(state), undefined)).toEqual(status)
})
