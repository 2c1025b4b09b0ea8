/** Why pods do not run: read from their status and their events, object and reason, never guessed. */
import type { KubeObject } from '../api/object.ts'

interface ContainerStatus {
  readonly name: string
  readonly ready?: boolean
  readonly restartCount?: number
  readonly image?: string
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string }
    readonly running?: object
    readonly terminated?: { readonly reason?: string; readonly exitCode?: number; readonly message?: string }
  }
  readonly lastState?: {
    readonly terminated?: { readonly reason?: string; readonly exitCode?: number; readonly message?: string }
  }
}

/** A pod as far as trouble shows in it. */
export interface Pod extends KubeObject {
  spec?: { containers?: readonly { readonly name: string; readonly image?: string }[] }
  status?: {
    phase?: string
    conditions?: readonly { type: string; status: string; reason?: string; message?: string }[]
    initContainerStatuses?: readonly ContainerStatus[]
    containerStatuses?: readonly ContainerStatus[]
  }
}

/** An event (events.k8s.io/v1). */
export interface ClusterEvent extends KubeObject {
  type?: string
  reason?: string
  note?: string
  regarding?: { kind?: string; name?: string; uid?: string }
  eventTime?: string | null
  deprecatedLastTimestamp?: string | null
  series?: { lastObservedTime?: string }
}

/** One thing that is wrong. */
export interface Trouble {
  /** `Pod shop-6b9c-x2x4z`. */
  readonly object: string
  /** Kubernetes' own word: `ImagePullBackOff`, `Unschedulable`, `FailedCreate`. */
  readonly reason: string
  /** In a sentence. */
  readonly message: string
  /** Whether waiting may help (a probe may pass yet, a node may come) or hardly (no such image). */
  readonly mayPass: boolean
}

const brokenWaits = new Set([
  'CrashLoopBackOff',
  'CreateContainerConfigError',
  'CreateContainerError',
  'ErrImageNeverPull',
  'ErrImagePull',
  'ImageInspectError',
  'ImagePullBackOff',
  'InvalidImageName',
  'RunContainerError',
])

/** What is seen of a namespace while something in it does not run. */
export interface Symptoms {
  readonly pods: readonly Pod[]
  readonly events: readonly ClusterEvent[]
}

/** Trouble of the namespace's pods and of whatever could not make its pods. Newest pods first, one entry per pod. */
export function readTrouble({ pods, events }: Symptoms): Trouble[] {
  const newestFirst = [...pods].sort((a, b) => stampOf(b).localeCompare(stampOf(a)))
  return [...withoutReplaced(newestFirst).flatMap((pod) => readPod(pod, events)), ...readFailedCreations(pods, events)]
}

/** A Deployment keeps the pods of the commit before until the new ones are ready; what ails those is past. */
function withoutReplaced(newestFirst: readonly Pod[]): Pod[] {
  const hashes = new Map<string, string>()
  return newestFirst.filter(({ metadata }) => {
    const hash = metadata.labels?.['pod-template-hash']
    if (hash === undefined) return true
    const [deployment = ''] = metadata.name.split(`-${hash}-`)
    const newest = hashes.get(deployment) ?? hash
    hashes.set(deployment, newest)
    return hash === newest
  })
}

/** What is wrong, in a line: `Pod shop-1: ImagePullBackOff: …`. Two things at most, and how many more there are. */
export function describeTrouble(trouble: readonly Trouble[]): string {
  // Replicas of one workload mostly say the same.
  const distinct = trouble.filter(
    (item, index) =>
      trouble.findIndex((other) => other.reason === item.reason && other.message === item.message) === index,
  )
  const lines = distinct.slice(0, 2).map((item) => `${item.object}: ${item.reason}: ${item.message}`)
  const more = distinct.length - lines.length
  return lines.join(' ') + (more > 0 ? ` And ${more} more.` : '')
}

function readPod(pod: Pod, events: readonly ClusterEvent[]): Trouble[] {
  if (pod.metadata.deletionTimestamp !== undefined) return []
  const { phase, conditions = [], initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {}
  if (phase === 'Succeeded') return []
  const object = `Pod ${pod.metadata.name}`
  const unscheduled = conditions.find((condition) => condition.type === 'PodScheduled' && condition.status === 'False')
  if (unscheduled?.reason === 'Unschedulable') {
    return [{ object, reason: 'Unschedulable', message: sentence(unscheduled.message ?? ''), mayPass: true }]
  }
  const containers = [...initContainerStatuses, ...containerStatuses]
  const broken = containers.flatMap((container) => readContainer(container))
  if (broken[0] !== undefined) return [{ object, ...broken[0] }]
  const unready = containerStatuses.find((container) => container.state?.running !== undefined && !container.ready)
  const probe = unready && newestEvent(events, pod, 'Unhealthy')
  if (probe !== undefined) {
    return [{ object, reason: 'Unhealthy', message: sentence(probe.note ?? ''), mayPass: true }]
  }
  const mount = containerStatuses.some((container) => container.state?.waiting?.reason === 'ContainerCreating')
    ? newestEvent(events, pod, 'FailedMount', 'FailedCreatePodSandBox', 'FailedAttachVolume')
    : undefined
  if (mount === undefined) return []
  return [{ object, reason: mount.reason ?? 'FailedMount', message: sentence(mount.note ?? ''), mayPass: true }]
}

function readContainer(container: ContainerStatus): Omit<Trouble, 'object'>[] {
  const { waiting, terminated } = container.state ?? {}
  const place = `container ${container.name}`
  if (waiting?.reason !== undefined && brokenWaits.has(waiting.reason)) {
    const last = container.lastState?.terminated
    const message =
      waiting.reason === 'CrashLoopBackOff' && last !== undefined
        ? `${place} ended with exit code ${last.exitCode ?? '?'} (${last.reason ?? 'Error'})${quoteLastWords(last.message)}.`
        : sentence(`${place}: ${waiting.message ?? `cannot run ${container.image ?? 'its image'}`}`)
    return [{ reason: waiting.reason, message, mayPass: false }]
  }
  if (terminated !== undefined && terminated.exitCode !== 0) {
    const message = `${place} ended with exit code ${terminated.exitCode ?? '?'}${quoteLastWords(terminated.message)}.`
    return [{ reason: terminated.reason ?? 'Error', message, mayPass: false }]
  }
  return []
}

/**
 * StatefulSets, DaemonSets and Jobs that were refused a pod, by quota, pod security or a webhook. (Deployments say so
 * themselves.) Events outlive their cause: one whose owner has made a pod since is past.
 */
function readFailedCreations(pods: readonly Pod[], events: readonly ClusterEvent[]): Trouble[] {
  const refusals = events.filter(
    (event) =>
      event.type === 'Warning' &&
      event.reason === 'FailedCreate' &&
      event.regarding?.kind !== 'ReplicaSet' &&
      !pods.some((pod) => pod.metadata.name.startsWith(`${event.regarding?.name}-`) && stampOf(pod) >= timeOf(event)),
  )
  return newestPerObject(refusals).map((event) => ({
    object: `${event.regarding?.kind} ${event.regarding?.name}`,
    reason: 'FailedCreate',
    message: sentence(event.note ?? ''),
    mayPass: false,
  }))
}

function newestPerObject(events: readonly ClusterEvent[]): ClusterEvent[] {
  const newest = new Map<string, ClusterEvent>()
  for (const event of events) {
    const key = `${event.regarding?.kind}/${event.regarding?.name}`
    const known = newest.get(key)
    if (known === undefined || timeOf(known) <= timeOf(event)) newest.set(key, event)
  }
  return [...newest.values()]
}

function newestEvent(events: readonly ClusterEvent[], pod: Pod, ...reasons: string[]): ClusterEvent | undefined {
  return events
    .filter((event) => event.regarding?.kind === 'Pod' && event.regarding.name === pod.metadata.name)
    .filter((event) => reasons.includes(event.reason ?? ''))
    .sort((a, b) => timeOf(b).localeCompare(timeOf(a)))[0]
}

function timeOf(event: ClusterEvent): string {
  return (
    event.series?.lastObservedTime ??
    event.deprecatedLastTimestamp ??
    event.eventTime ??
    event.metadata.creationTimestamp ??
    ''
  )
}

function stampOf(pod: Pod): string {
  return pod.metadata.creationTimestamp ?? ''
}

function quoteLastWords(words: string | undefined): string {
  const line = words?.trim().split('\n').at(-1)
  return line ? `: ${line.slice(0, 300)}` : ''
}

/**
 * One line that ends like a sentence. Kubelet's back-off times and pod hashes change from try to try; without them
 * the same trouble reads the same, and status is not written again for it.
 */
function sentence(text: string): string {
  const line = text
    .replace(/\s+/g, ' ')
    .replace(/^back-off \S+ restarting/i, 'back-off restarting')
    .replace(/failed container=(\S+) pod=\S+/, 'container $1')
    .trim()
    .slice(0, 800)
  return /[.!?]$/.test(line) ? line : `${line}.`
}
