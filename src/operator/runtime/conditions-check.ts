/**
 * Whether an object's conditions say what kstatus can read; for the tests of every reconciler. `Ready` stands
 * first; `Reconciling` and `Stalled` stand only while they are true, and never both.
 */
import type { KubeObject } from '../../kube/cluster.ts'

interface ConditionLike {
  readonly type: string
  readonly status: string
  readonly reason: string
  readonly message: string
  readonly lastTransitionTime: string
  readonly observedGeneration?: number
}

/** What is wrong with the conditions of an object that its controller has looked at, one line each; empty: nothing. */
export function checkConditions(object: KubeObject): string[] {
  const { status } = object as KubeObject & {
    readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly ConditionLike[] }
  }
  const conditions = status?.conditions ?? []
  const find = (type: string) => conditions.find((condition) => condition.type === type)
  const [ready, reconciling, stalled] = [find('Ready'), find('Reconciling'), find('Stalled')]
  const generation = object.metadata.generation
  const faults: (string | false | undefined)[] = [
    conditions[0]?.type !== 'Ready' && `Ready does not stand first (${conditions[0]?.type ?? 'no conditions'} does)`,
    new Set(conditions.map(({ type }) => type)).size < conditions.length && 'a type stands twice',
    reconciling && stalled && 'Reconciling and Stalled stand together',
    ...[reconciling, stalled].map(
      (condition) =>
        condition && condition.status !== 'True' && `${condition.type} is ${condition.status}: leave it out`,
    ),
    ready?.status === 'True' && (reconciling ?? stalled) && `Ready is True beside ${(reconciling ?? stalled)?.type}`,
    ready?.status === 'Unknown' && !reconciling && 'Ready is Unknown without Reconciling',
    status?.observedGeneration !== generation &&
      `status.observedGeneration is ${status?.observedGeneration}, the object's generation ${generation}`,
    ...conditions.flatMap((condition) => faultsOf(condition, generation)),
  ]
  return faults.filter((fault) => typeof fault === 'string')
}

function faultsOf(condition: ConditionLike, generation: number | undefined): (string | false)[] {
  const { type, reason, message, lastTransitionTime, observedGeneration } = condition
  return [
    !/^[A-Z][A-Za-z0-9]*$/.test(reason) && `${type}: "${reason}" is no CamelCase reason`,
    message.trim() === '' && `${type} has no message`,
    Number.isNaN(Date.parse(lastTransitionTime)) && `${type}: "${lastTransitionTime}" is no time`,
    observedGeneration !== generation && `${type} was said of generation ${observedGeneration}, not ${generation}`,
  ]
}
