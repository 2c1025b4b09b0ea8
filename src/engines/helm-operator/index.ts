/**
 * Helm Operator as an engine: one HelmRelease that names repository, chart and values. The compatibility engine of
 * the original Tronador: it is no longer developed and acts with its own rights, so it cannot confine a preview.
 */
import type { KubeObject } from '../../api/object.ts'
import type { Engine } from '../engine.ts'
import { helmOperatorReleases, helmReleaseV1Kind, isOurs } from './objects.ts'
import { letGo, planHelmOperator, removeReleases } from './plan.ts'
import { readRelease, readSource } from './read.ts'

function holds(observed: readonly KubeObject[]): boolean {
  return helmOperatorReleases(observed).some(isOurs)
}

export const helmOperatorEngine: Engine = {
  name: 'helm-operator',
  kinds: [helmReleaseV1Kind],
  labelsWorkloads: false,
  plan: planHelmOperator,
  // It cannot be suspended: what is not written does not change, but a branch that it follows does.
  suspend: () => [],
  readSource,
  readRelease,
  holds,
  sees: (_desired, observed) => holds(observed),
  letGo,
  removeReleases,
  removeSources: () => ({ stages: [], remaining: [] }),
}
