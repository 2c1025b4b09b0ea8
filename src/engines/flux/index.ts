/** Flux 2 as an engine: a GitRepository that follows the pull request and a HelmRelease that installs its chart. */
import type { KubeObject } from '../../api/object.ts'
import type { Engine } from '../engine.ts'
import {
  type GitRepository,
  gitRepositoryKind,
  type HelmRelease,
  helmChartKind,
  helmReleaseKind,
  isOurs,
  ofKind,
} from './objects.ts'
import { letGo, planFlux, removeReleases, removeSources, suspendFlux } from './plan.ts'
import { readRelease, readSource } from './read.ts'

function holds(observed: readonly KubeObject[]): boolean {
  return ofKind<HelmRelease>(observed, helmReleaseKind).some(isOurs)
}

export const fluxEngine: Engine = {
  name: 'flux',
  labelsWorkloads: true,
  kinds: [gitRepositoryKind, helmChartKind, helmReleaseKind],
  plan: planFlux,
  suspend: suspendFlux,
  readSource,
  readRelease,
  holds,
  sees: ({ source }, observed) =>
    holds(observed) &&
    ofKind<GitRepository>(observed, gitRepositoryKind).some(({ metadata }) => metadata.name === source.name),
  letGo: (_desired, observed) => letGo(observed),
  removeReleases,
  removeSources,
}
