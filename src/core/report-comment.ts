/** The comment on a pull request: the one place its wording lives. Pure. */
import { type EnvironmentKind, environmentKinds } from '../api/environment-kind.ts'
import { codeBlock, inlineCode, link, wrapWords } from './markdown.ts'
import type { PreviewReport, PreviewState } from './preview-report.ts'
import {
  type Committed,
  describeStages,
  noBreakSpace,
  readySince,
  type StageRow,
  sayDuration,
  stalledMessage,
} from './preview-stages.ts'

/** First line of our comment, invisible when rendered: how it is found again. */
export const commentMarker = '<!-- tronador:preview -->'

/** The comment's Markdown, without the marker. The same report always gives the same text. */
export function writeComment(report: PreviewReport): string {
  return [...describe(report.state, report), writeFootnote(report)].join('\n\n')
}

function describe(state: PreviewState, report: PreviewReport): string[] {
  switch (state.kind) {
    case 'fork':
      return [
        '### No preview: this pull request comes from a fork',
        'A preview runs the code of the pull request, and code from a fork may come from anyone. Push the branch to this repository and open the pull request from there to get one.',
      ]
    case 'limit':
      return [
        '### ⏳ Preview waits for a free place',
        `This repository may have ${state.limit} previews at once, and has them. The preview starts by itself when another pull request is closed.`,
      ]
    case 'configMissing':
      return [
        '### No preview: there is no config file',
        `Add ${inlineCode(state.path)} to this branch and push; with a chart in the folder ${inlineCode('deploy')} this is enough:`,
        ['```yaml', ...sampleConfig, '```'].join('\n'),
      ]
    case 'configFaults':
      return [
        '### ❌ No preview: the config file has faults',
        codeBlock(state.faults.join('\n')),
        `Mend ${inlineCode(state.path)} and push; ${inlineCode(lintCommand(state.rendered))} shows the same on your machine.`,
      ]
    case 'blocked':
      return [
        '### ❌ Preview is blocked',
        codeBlock(`${state.code}: ${state.message}\n${state.mend}`, 2000),
        'It is tried again by itself.',
      ]
    case 'imageAwaited':
      return [
        '### ⏳ Preview waits for its image',
        `${inlineCode(state.image, 700)} is not in the registry yet; ${sayPipeline(state.run)} pushes it.${state.until === undefined ? '' : ` Looked for until ${sayTime(state.until)}.`}`,
      ]
    case 'pipelineFailed':
      return [
        `### ❌ No preview: the pipeline failed${state.step === undefined ? '' : ` at ${inlineCode(state.step)}`}`,
        ...(state.message === '' ? [] : [inlineCode(state.message, 300)]),
        ...(state.log === undefined ? [] : [codeBlock(wrapWords(state.log, 100), 4000)]),
        `Push a commit that mends it. The run is ${inlineCode(state.run)}: where it is deleted, it is started again.`,
      ]
    case 'pipelineWithoutImage':
      return [
        '### ❌ No preview: the pipeline pushed no image',
        `The run ${inlineCode(state.run)} succeeded, and ${inlineCode(state.image, 700)} is not in the registry. Let the pipeline push what its parameters ${inlineCode('imageRepo')} and ${inlineCode('imageTag')} name; where the run is deleted, it is started again.`,
      ]
    case 'imageMissing':
      return [
        '### ❌ No preview: the image never came',
        `${inlineCode(state.image, 700)} did not appear in the registry within ${inlineCode(state.wait)}. Look at the pipeline that builds this commit; once the image is there, the preview starts by itself.`,
      ]
    case 'closed':
      return describeClosed(state)
    case 'committed':
      return describeCommitted(state, report)
  }
}

function sayPipeline(run: string | undefined): string {
  return run === undefined ? 'the pipeline that builds this commit' : `the pipeline’s run ${inlineCode(run)}`
}

function lintCommand(kind: EnvironmentKind): string {
  return kind === environmentKinds[0] ? 'tronador lint' : `tronador lint --kind ${kind}`
}

const sampleConfig = [
  'application:',
  '  chart_path: deploy',
  '  value_overrides:',
  '    image:',
  '      repository: {{APPLICATION_IMAGE_NAME}}',
  '      tag: {{APPLICATION_IMAGE_TAG}}',
]

function describeClosed(state: Extract<PreviewState, { kind: 'closed' }>): string[] {
  const why = state.merged ? 'merged' : 'closed'
  if (state.environment !== undefined) {
    return [
      '### ⏳ Preview is being removed',
      `The pull request was ${why}. ${inlineCode(state.environment)} is on its way out.`,
    ]
  }
  return ['### Preview removed', `The pull request was ${why}; nothing of its preview is left.`]
}

function describeCommitted(state: Committed, report: PreviewReport): string[] {
  const stages = describeStages(state, report.timeline)
  const failed = stages.find((stage) => stage.state === 'failed')
  return [
    headline(state, failed, report),
    ...describeUrls(state),
    ...describeFailure(state, failed),
    ...describeWaits(stages),
    readySince(state) === undefined || failed !== undefined ? writeTable(stages) : fold('Stages', writeTable(stages)),
  ]
}

function headline(state: Committed, failed: StageRow | undefined, report: PreviewReport): string {
  if (failed !== undefined) return `### ❌ Preview failed at: ${failed.title}`
  const ready = readySince(state)
  if (stalledMessage(state) !== undefined) return '### ❌ Preview failed'
  if (ready === undefined) return '### ⏳ Preview is on its way'
  const { heard } = report.timeline
  const after = heard === undefined || ready < heard ? '' : `, ${sayDuration(ready - heard)} after the push`
  return `### ✅ Preview is ready${after}`
}

function describeUrls(state: Committed): string[] {
  const urls = state.status?.urls ?? []
  if (urls.length > 0 && readySince(state) !== undefined) return urls.slice(0, 5).map((url) => `**${link(url)}**`)
  if (state.earlierUrl !== undefined) return [`An earlier commit still answers at ${link(state.earlierUrl)}.`]
  return []
}

function describeFailure(state: Committed, failed: StageRow | undefined): string[] {
  const trouble = failed === undefined ? stalledMessage(state) : (failed.detail ?? 'The cluster gave no reason.')
  if (trouble === undefined) return []
  return [codeBlock(wrapWords(trouble, 100), 1500), 'Push a commit that mends it: the preview tries again by itself.']
}

/** What is waited for stands above the table, as what failed does: a long line would squeeze the other columns. */
function describeWaits(stages: readonly StageRow[]): string[] {
  return stages
    .filter(({ state }) => state === 'running')
    .flatMap(({ title, detail }) => (detail === undefined ? [] : [`${title}: ${inlineCode(detail, 300)}`]))
}

const signs: Readonly<Record<StageRow['state'], string>> = { waiting: '·', running: '⏳', done: '✅', failed: '❌' }

function writeTable(stages: readonly StageRow[]): string {
  const rows = stages.map(({ title, state, detail, took }) => {
    const made = state === 'done' && detail !== undefined ? ` ${inlineCode(detail, 40)}` : ''
    const time = took === undefined ? '' : sayDuration(took)
    return `| ${signs[state]} | ${title.replaceAll(' ', noBreakSpace)}${made} | ${time} |`
  })
  return ['|  | Stage | Took |', '| :-: | :-- | --: |', ...rows].join('\n')
}

/** Behind a click. The empty lines make the body Markdown again. */
function fold(title: string, body: string): string {
  return `<details><summary>${title}</summary>\n\n${body}\n\n</details>`
}

function writeFootnote({ commit, state }: PreviewReport): string {
  const made =
    state.kind === 'committed'
      ? `, environment ${inlineCode(state.environment)}, image ${inlineCode(state.image, 700)}`
      : ''
  return `<sub>Commit ${inlineCode(commit.slice(0, 10))}${made}</sub>`
}

function sayTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
