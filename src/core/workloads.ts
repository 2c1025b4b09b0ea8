/**
 * Whether Deployments, StatefulSets, DaemonSets and Jobs are as their newest specification asks: the rules of
 * kstatus, on the fields of `status` that each controller keeps.
 */
import type { Condition } from '../api/conditions.ts'
import type { KubeObject } from '../api/object.ts'

/** A workload as far as its state shows. */
export interface Workload extends KubeObject {
  spec?: {
    replicas?: number
    paused?: boolean
    updateStrategy?: { type?: string; rollingUpdate?: { partition?: number } }
    template?: { metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> } }
  }
  status?: {
    observedGeneration?: number
    conditions?: readonly Pick<Condition, 'type' | 'status' | 'reason' | 'message'>[]
    replicas?: number
    updatedReplicas?: number
    readyReplicas?: number
    availableReplicas?: number
    currentRevision?: string
    updateRevision?: string
    desiredNumberScheduled?: number
    updatedNumberScheduled?: number
    numberAvailable?: number
    active?: number
    succeeded?: number
    startTime?: string
  }
}

/** What a workload is doing. `Failed` does not mend itself; `message` says what is missing or went wrong. */
export type WorkloadState =
  | { readonly state: 'Current' }
  | { readonly state: 'InProgress' | 'Failed'; readonly message: string }

/** The state of one workload; other kinds are always `Current`. */
export function readWorkload(workload: Workload): WorkloadState {
  if (workload.metadata.deletionTimestamp !== undefined) return inProgress('it is being deleted')
  if (workload.kind === 'Job') return readJob(workload)
  const refused = conditionOf(workload, 'ReplicaFailure')
  if (refused?.status === 'True') return failed(refused.message)
  if ((workload.status?.observedGeneration ?? 0) < (workload.metadata.generation ?? 0)) {
    return inProgress('its controller has not seen the newest change')
  }
  if (workload.kind === 'Deployment') return readDeployment(workload)
  if (workload.kind === 'StatefulSet') return readStatefulSet(workload)
  if (workload.kind === 'DaemonSet') return readDaemonSet(workload)
  return { state: 'Current' }
}

function readDeployment(deployment: Workload): WorkloadState {
  const progressing = conditionOf(deployment, 'Progressing')
  if (progressing?.reason === 'ProgressDeadlineExceeded') return failed(progressing.message)
  const wanted = deployment.spec?.replicas ?? 1
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = deployment.status ?? {}
  if (updatedReplicas < wanted) return inProgress(`${updatedReplicas} of ${wanted} pods are of the newest version`)
  if (replicas > updatedReplicas) return inProgress(`${replicas - updatedReplicas} old pods are still to end`)
  if (availableReplicas < updatedReplicas) return inProgress(`${availableReplicas} of ${wanted} pods are ready`)
  return { state: 'Current' }
}

function readStatefulSet(set: Workload): WorkloadState {
  const wanted = set.spec?.replicas ?? 1
  const { readyReplicas = 0, updatedReplicas = 0, currentRevision, updateRevision } = set.status ?? {}
  if (readyReplicas < wanted) return inProgress(`${readyReplicas} of ${wanted} pods are ready`)
  if (set.spec?.updateStrategy?.type === 'OnDelete') return { state: 'Current' }
  const partition = set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0
  if (partition > 0) {
    const due = Math.max(0, wanted - partition)
    return updatedReplicas < due
      ? inProgress(`${updatedReplicas} of ${due} pods are of the newest version`)
      : { state: 'Current' }
  }
  if (currentRevision !== updateRevision)
    return inProgress(`${updatedReplicas} of ${wanted} pods are of the newest version`)
  return { state: 'Current' }
}

function readDaemonSet(set: Workload): WorkloadState {
  const { desiredNumberScheduled, updatedNumberScheduled = 0, numberAvailable = 0 } = set.status ?? {}
  if (desiredNumberScheduled === undefined) return inProgress('it is not scheduled yet')
  if (updatedNumberScheduled < desiredNumberScheduled) {
    return inProgress(`${updatedNumberScheduled} of ${desiredNumberScheduled} pods are of the newest version`)
  }
  if (numberAvailable < desiredNumberScheduled) {
    return inProgress(`${numberAvailable} of ${desiredNumberScheduled} pods are ready`)
  }
  return { state: 'Current' }
}

/** A Job that runs is current: some run as long as the preview does. */
function readJob(job: Workload): WorkloadState {
  const failure = conditionOf(job, 'Failed')
  if (failure?.status === 'True') return failed(failure.message)
  if (conditionOf(job, 'Complete')?.status === 'True') return { state: 'Current' }
  if (conditionOf(job, 'Suspended')?.status === 'True') return { state: 'Current' }
  return job.status?.startTime === undefined ? inProgress('it has not started yet') : { state: 'Current' }
}

function conditionOf(workload: Workload, type: string) {
  return workload.status?.conditions?.find((condition) => condition.type === type)
}

function inProgress(message: string): WorkloadState {
  return { state: 'InProgress', message }
}

function failed(message: string): WorkloadState {
  return { state: 'Failed', message }
}
