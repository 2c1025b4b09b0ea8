/** What a run tells of: the kind of object that is committed, and the engine that runs its release. */
import type { EnvironmentKind } from '../../src/api/environment-kind.ts'
import { chooseEngine, type EngineName, type EngineSetting, engineNames } from '../../src/core/engine-choice.ts'
import type { Resource } from '../../src/kube/cluster.ts'
import { helmReleases, helmReleasesV1 } from '../../src/kube/resources.ts'

/** Either was asked for, or is what Tronador does by itself. */
export interface Subject {
  readonly kind: EnvironmentKind
  /** What the operator is told; undefined: nothing, so that its own default counts. */
  readonly askedEngine: EngineName | undefined
  /** What runs the releases, either way. */
  readonly engine: EngineName
}

/** What the operator does with a kind when it is told nothing. */
const engineDefaults: Readonly<Record<EnvironmentKind, EngineSetting>> = {
  Environment: 'flux',
  EnvironmentProvisioner: 'auto',
}

const engineFlags: Readonly<Record<EnvironmentKind, string>> = {
  Environment: '--environment-engine',
  EnvironmentProvisioner: '--provisioner-engine',
}

/** Where each engine's HelmReleases are served. */
export const releasesOfEngine: Readonly<Record<EngineName, Resource>> = {
  flux: helmReleases,
  'helm-operator': helmReleasesV1,
}

/** The subject of a kind, and of an engine where one was asked for. */
export function chooseSubject(kind: EnvironmentKind, askedEngine: EngineName | undefined): Subject {
  // The local cluster serves every engine.
  const engine = chooseEngine(askedEngine ?? engineDefaults[kind], new Set(engineNames))
  if (engine === undefined) throw new Error(`No engine runs the releases of ${kind}s`)
  return { kind, askedEngine, engine }
}

/** What `tronador operator` is told of it. */
export function operatorArguments({ kind, askedEngine }: Subject): string[] {
  return askedEngine === undefined ? [] : [engineFlags[kind], askedEngine]
}
