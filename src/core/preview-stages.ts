/** A committed preview's way, stage by stage, as people read it. Pure. */
import type { Stage, StageName } from '../api/environment.ts'
import type { PreviewReport, PreviewState } from './preview-report.ts'

/** One line of the way. */
export interface StageRow {
  readonly title: string
  readonly state: 'waiting' | 'running' | 'done' | 'failed'
  /** What was made, what it waits for or what went wrong. */
  readonly detail: string | undefined
  /** Milliseconds it took for this commit; absent where that is unknown or nothing was to be done. */
  readonly took: number | undefined
}

/** The state of a preview that is committed. */
export type Committed = Extract<PreviewState, { kind: 'committed' }>

const titles: Readonly<Record<StageName, string>> = {
  namespace: 'Namespace',
  secrets: 'Secrets',
  source: 'Chart source',
  release: 'Helm release',
  workloads: 'Workloads',
}

const states: Readonly<Record<Stage['state'], StageRow['state']>> = {
  Pending: 'waiting',
  Running: 'running',
  Done: 'done',
  Failed: 'failed',
  Removing: 'running',
}

/** Every stage in order, from the image to the workloads. */
export function describeStages(state: Committed, timeline: PreviewReport['timeline']): StageRow[] {
  const { heard, imageFound, committed, applied } = timeline
  return [
    { title: 'Image', state: 'done', detail: shortenImage(state.image), took: between(heard, imageFound) },
    {
      title: 'GitOps commit',
      state: 'done',
      detail: state.gitopsCommit?.slice(0, 12),
      took: between(imageFound, committed),
    },
    {
      title: 'GitOps sync',
      state: state.applied ? 'done' : 'running',
      detail: state.applied ? undefined : 'the cluster has not received the commit yet',
      took: between(committed, applied),
    },
    ...describeClusterStages(state.status?.stages ?? [], applied ?? committed),
  ]
}

/**
 * The cluster's own stages. Each begins when the one before it was done, but not before this commit arrived: what
 * was done earlier was not done again, and took nothing.
 */
function describeClusterStages(stages: readonly Stage[], begin: number | undefined): StageRow[] {
  return stages.map((stage, index) => {
    const before = stages[index - 1]
    const end = Date.parse(stage.since)
    const start = Math.max(begin ?? Number.NaN, before === undefined ? 0 : Date.parse(before.since))
    const state = states[stage.state]
    const isOver = state === 'done' || state === 'failed'
    return {
      title: titles[stage.name],
      state,
      detail: stage.message,
      // The cluster tells whole seconds, and the two clocks may differ a little.
      took: isOver && end >= (begin ?? Number.POSITIVE_INFINITY) - 2000 ? Math.max(0, end - start) : undefined,
    }
  })
}

/** When the preview of this commit became ready, in milliseconds since 1970; undefined while it is not. */
export function readySince(state: Committed): number | undefined {
  const ready = state.status?.conditions?.find(({ type }) => type === 'Ready')
  return ready?.status === 'True' ? Date.parse(ready.lastTransitionTime) : undefined
}

/** What a person must mend before this preview can go on, where the cluster says so. */
export function stalledMessage(state: Committed): string | undefined {
  const stalled = state.status?.conditions?.find(({ type }) => type === 'Stalled')
  return stalled?.status === 'True' ? stalled.message : undefined
}

function between(start: number | undefined, end: number | undefined): number | undefined {
  return start === undefined || end === undefined ? undefined : Math.max(0, end - start)
}

/** Name and tag without the registry, the tag cut to twelve characters: it is often a commit's full hash. */
function shortenImage(image: string): string {
  const name = image.slice(image.lastIndexOf('/') + 1)
  const colon = name.indexOf(':')
  return colon < 0 ? name : name.slice(0, colon + 13)
}

/** Keeps two words on one line. */
export const noBreakSpace = '\u00a0'

/** A duration as people say it: `< 1 s`, `12 s`, `3 min 5 s`; no line breaks within. */
export function sayDuration(milliseconds: number): string {
  return describeDuration(milliseconds).replaceAll(' ', noBreakSpace)
}

function describeDuration(milliseconds: number): string {
  if (milliseconds < 950) return '< 1 s'
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 60) return `${seconds} s`
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
