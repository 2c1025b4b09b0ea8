/** What it means that a person hands a namespace over to an environment: what changes now, and what follows from it. */
import { managedByLabel, managedByValue } from '../api/labels.ts'
import type { KubeObject } from '../api/object.ts'
import { type EngineName, engineTitles } from './engine-choice.ts'
import type { DesiredEnvironment } from './model.ts'
import { asAdopted, runsAs } from './ownership.ts'
import type { OperatorIdentity } from './plan/confinement.ts'
import { planEnvironment } from './plan/environment-plan.ts'
import type { Plan, PlannedStage } from './plan/plan.ts'

/** What is seen before anything is decided. */
export interface AdoptionSight {
  readonly desired: DesiredEnvironment
  readonly namespace: KubeObject
  /** Every object of the engines in it, whoever made it. */
  readonly objects: readonly KubeObject[]
  /** What the engine would write, with {@link asAdopted} objects in sight. */
  readonly engine: readonly PlannedStage[]
  /** Why the release would stay with the engine that it has, though another is wanted. */
  readonly note: string | undefined
  readonly operator: OperatorIdentity
}

/** One label or annotation that changes. `undefined`: it is not there. */
export interface KeyChange {
  readonly key: string
  readonly from: string | undefined
  readonly to: string | undefined
}

/** What would be done. */
export interface Adoption {
  readonly labels: readonly KeyChange[]
  readonly annotations: readonly KeyChange[]
  /** What becomes of each release, in whole phrases for people. */
  readonly releases: readonly string[]
  /** What would be added to the namespace: `NetworkPolicy tronador-confined`. */
  readonly additions: readonly string[]
  /** The merge patch of the namespace, which names the very one that was seen. */
  readonly patch: { readonly metadata: object }
}

/** Decides it. The namespace alone is changed; the operator, whose it is from then on, does the rest. */
export function planAdoption(sight: AdoptionSight): Adoption {
  const { desired, namespace, objects, engine, operator } = sight
  const left = { engine: asAdopted(objects, desired.release.name), workloads: [] }
  const observed = { ownership: 'adoptable', namespace, contents: [], left } as const
  const plan = planEnvironment({ ...desired, suspended: false }, observed, { plan: engine, suspend: [] }, operator)
  const change = namespaceChange(plan)
  const { uid, resourceVersion, labels, annotations } = namespace.metadata
  return {
    labels: changes(change.labels, labels),
    annotations: changes(change.annotations, annotations),
    releases: fatesOfReleases(sight),
    additions: additionsOf(plan),
    patch: { metadata: { uid, resourceVersion, ...change } },
  }
}

interface NamespaceChange {
  readonly labels?: Readonly<Record<string, string | null>>
  readonly annotations?: Readonly<Record<string, string | null>>
}

function namespaceChange(plan: Plan): NamespaceChange {
  const step = plan.find(({ name }) => name === 'namespace')?.steps[0]
  return step?.do === 'patch' ? (step.patch as { metadata: NamespaceChange }).metadata : {}
}

function changes(
  wanted: Readonly<Record<string, string | null>> = {},
  standing: Readonly<Record<string, string>> = {},
): KeyChange[] {
  return Object.entries(wanted)
    .map(([key, value]) => ({ key, from: standing[key], to: value ?? undefined }))
    .toSorted((a, b) => a.key.localeCompare(b.key))
}

function additionsOf(plan: Plan): string[] {
  const steps = plan.find(({ name }) => name === 'confinement')?.steps ?? []
  return steps.flatMap((step) => (step.do === 'apply' ? [`${step.object.kind} ${step.object.metadata.name}`] : []))
}

function fatesOfReleases(sight: AdoptionSight): string[] {
  const { desired, objects } = sight
  const releases = objects.filter(({ kind }) => kind === 'HelmRelease')
  const isThere = releases.some(({ metadata }) => metadata.name === desired.release.name)
  const fates = releases.map((release) => fateOf(sight, release))
  return isThere ? fates : [...fates, `install ${desired.release.name} with ${engineTitles[desired.engine]}`]
}

function fateOf({ desired, note, namespace, engine }: AdoptionSight, release: KubeObject): string {
  const expected = desired.release.name
  const its = engineOf(release)
  const what = `HelmRelease ${release.metadata.name} (${engineTitles[its]})`
  const isRemoved = engine.some(({ steps }) =>
    steps.some((step) => step.do === 'delete' && step.of.metadata.uid === release.metadata.uid),
  )
  if (release.metadata.name !== expected) {
    const isOurs = release.metadata.labels?.[managedByLabel] === managedByValue
    const keep = `to keep it, write releaseName: ${release.metadata.name} into the object first`
    if (isRemoved || isOurs)
      return `uninstall ${what}, which has Tronador’s label and not the name ${expected} (${keep})`
    return `leave ${what} as it stands, beside ${expected}`
  }
  if (!runsAs(release, expected, namespace.metadata.name)) {
    return `take over ${what}, whose release Helm has under another name or elsewhere: it is installed anew`
  }
  if (its === desired.engine) return `take over ${what} as it runs`
  const title = engineTitles[desired.engine]
  return note === undefined ? `hand ${what} over to ${title}, as it runs` : `take over ${what} as it runs. ${note}`
}

function engineOf({ apiVersion }: KubeObject): EngineName {
  return apiVersion.startsWith('helm.fluxcd.io/') ? 'helm-operator' : 'flux'
}

/** The same for people, line by line. */
export function describeAdoption({ desired, namespace }: AdoptionSight, adoption: Adoption): string {
  const { owner } = desired
  const [labels, annotations] = [adoption.labels, adoption.annotations]
  return [
    `${owner.kind} ${owner.name} takes over the namespace ${namespace.metadata.name}:`,
    ...labels.map((change) => `  label       ${describeChange(change)}`),
    ...annotations.map((change) => `  annotation  ${describeChange(change)}`),
    'Then the operator will, by itself:',
    ...adoption.releases.map((release) => `  ${release}`),
    ...(adoption.additions.length > 0 ? [`  add ${adoption.additions.join(', ')}`] : []),
    ...(desired.suspended ? ['It is suspended: the operator does so once spec.suspend is false.'] : []),
    'When the object is deleted, the namespace goes with everything in it.',
    '',
  ].join('\n')
}

function describeChange({ key, from, to }: KeyChange): string {
  if (from === undefined) return `+ ${key}=${to}`
  return to === undefined ? `- ${key}=${from}` : `~ ${key}=${to} (was ${from})`
}
