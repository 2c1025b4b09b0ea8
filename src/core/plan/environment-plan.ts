/** What to write so that the cluster becomes what an environment asks for. */
import {
  appliedLabelsAnnotation,
  environmentLabel,
  managedByLabel,
  managedByValue,
  ownerAnnotation,
  ownerUidAnnotation,
} from '../../api/labels.ts'
import type { KubeObject } from '../../api/object.ts'
import type { DesiredEnvironment } from '../model.ts'
import {
  isReservedLabel,
  labelKeysToRemember,
  rememberedLabelKeys,
  wantedNamespaceLabels,
} from '../namespace-labels.ts'
import { type Owner, type Ownership, ownerText } from '../ownership.ts'
import { namespaceContents, type OperatorIdentity, outdatedContents } from './confinement.ts'
import { applyWhereDifferent } from './difference.ts'
import { identify, type Plan, type PlannedStage, type Step, withoutEmptyStages } from './plan.ts'

/** What is seen of an environment's namespace before anything is written. */
export interface ObservedNamespace {
  readonly ownership: Ownership
  readonly namespace: KubeObject | undefined
  /** Service account, role bindings, network policy, quota, limit range: everything of ours in it but the engine's. */
  readonly contents: readonly KubeObject[]
  /** What an earlier Tronador left, where the namespace is adopted: the engines' objects, and what runs. */
  readonly left?: { readonly engine: readonly KubeObject[]; readonly workloads: readonly KubeObject[] }
  /** Keys of the labels that it said it had put on the namespace. */
  readonly earlierLabelKeys?: readonly string[]
}

/** The engine's part of the plan. */
export interface EngineStages {
  /** To bring the release to what is asked for. */
  readonly plan: readonly PlannedStage[]
  /** To leave it as it stands. */
  readonly suspend: readonly PlannedStage[]
}

/**
 * The stages in order: namespace, what holds a preview in it, source, release, what held it before. Nothing is written
 * to a namespace that is not proven to be the environment's own, and nothing for a suspended one but the word to stand
 * still.
 */
export function planEnvironment(
  desired: DesiredEnvironment,
  observed: ObservedNamespace,
  engine: EngineStages,
  operator: OperatorIdentity,
): Plan {
  const { ownership, namespace, contents } = observed
  if (ownership === 'foreign' || ownership === 'terminating') return []
  if (desired.suspended) return ownership === 'ours' ? withoutEmptyStages(engine.suspend) : []
  return withoutEmptyStages([
    {
      name: 'namespace',
      steps: namespace === undefined ? [createNamespace(desired)] : mendNamespace(desired, namespace, observed),
    },
    { name: 'adopted releases', steps: markAdopted(desired.owner, observed.left?.engine ?? []) },
    {
      name: 'confinement',
      steps: namespaceContents(desired, operator).flatMap((wanted) => applyWhereDifferent(wanted, contents)),
    },
    ...engine.plan,
    {
      name: 'old confinement',
      steps: outdatedContents(desired, contents).map((object): Step => ({ do: 'delete', of: identify(object) })),
    },
  ])
}

/** One request with everything: an apply would merge into a namespace that someone else has made meanwhile. */
function createNamespace(desired: DesiredEnvironment): Step {
  const labels = wantedNamespaceLabels(desired)
  const annotations = ownershipAnnotations(desired, labels)
  return {
    do: 'create',
    object: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: desired.namespace, labels, annotations } },
  }
}

/** Labels that changed, labels that left, and the proof of ownership where it was a predecessor's or nobody's. */
function mendNamespace(
  desired: DesiredEnvironment,
  namespace: KubeObject,
  { ownership, earlierLabelKeys = [] }: ObservedNamespace,
): Step[] {
  const wanted = wantedNamespaceLabels(desired)
  const { labels = {}, annotations = {} } = namespace.metadata
  const put = [...rememberedLabelKeys(annotations), ...earlierLabelKeys.filter((key) => !isReservedLabel(key))]
  const leaving = put.filter((key) => !(key in wanted) && key in labels)
  const labelChanges = {
    ...differing(wanted, labels),
    ...Object.fromEntries(leaving.map((key) => [key, null])),
  }
  const annotationChanges = differing(ownershipAnnotations(desired, wanted), annotations)
  if (Object.keys(labelChanges).length === 0 && Object.keys(annotationChanges).length === 0) return []
  const changes = { labels: labelChanges, annotations: annotationChanges }
  return [patchNamespace(namespace, ownership === 'adoptable' ? { ...asSeen(namespace), ...changes } : changes)]
}

function patchNamespace(namespace: KubeObject, metadata: object): Step {
  return { do: 'patch', of: identify(namespace), patch: { metadata } }
}

/** Two objects of different kinds may find the same namespace to adopt: the second gets a conflict. */
function asSeen({ metadata: { resourceVersion } }: KubeObject): { resourceVersion?: string } {
  return resourceVersion === undefined ? {} : { resourceVersion }
}

/** Takes over what an earlier Tronador made for an object that goes by now: no more than it takes to remove it. */
export function planAdoptionToRemove(owner: Owner, namespace: KubeObject, engine: readonly KubeObject[]): Plan {
  const labels = { [managedByLabel]: managedByValue, [environmentLabel]: owner.name }
  const annotations = { [ownerAnnotation]: ownerText(owner), [ownerUidAnnotation]: owner.uid }
  return withoutEmptyStages([
    { name: 'namespace', steps: [patchNamespace(namespace, { ...asSeen(namespace), labels, annotations })] },
    { name: 'adopted releases', steps: markAdopted(owner, engine) },
  ])
}

/** With our labels they come into sight, also while nothing else of them is changed. */
function markAdopted(owner: Pick<Owner, 'name'>, objects: readonly KubeObject[]): Step[] {
  const labels = { [managedByLabel]: managedByValue, [environmentLabel]: owner.name }
  return objects
    .filter(({ metadata }) => metadata.labels?.[managedByLabel] === managedByValue)
    .filter(({ metadata }) => metadata.labels?.[environmentLabel] !== owner.name)
    .map((object) => ({ do: 'patch', of: identify(object), patch: { metadata: { labels } } }))
}

function ownershipAnnotations(desired: DesiredEnvironment, labels: Record<string, string>): Record<string, string> {
  return {
    [ownerAnnotation]: ownerText(desired.owner),
    [ownerUidAnnotation]: desired.owner.uid,
    [appliedLabelsAnnotation]: labelKeysToRemember(labels),
  }
}

function differing(wanted: Record<string, string>, standing: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(wanted).filter(([key, value]) => standing[key] !== value))
}
