/** Flux 2 as an engine: a GitRepository that follows the pull request and a HelmRelease that installs its chart. */
import type { Engine } from '../engine.ts'
import { gitRepositoryKind, helmChartKind, helmReleaseKind } from './objects.ts'
import { planFlux, removeReleases, removeSources, suspendFlux } from './plan.ts'
import { readRelease, readSource } from './read.ts'

export const fluxEngine: Engine = {
  kinds: [gitRepositoryKind, helmChartKind, helmReleaseKind],
  plan: planFlux,
  suspend: suspendFlux,
  readSource,
  readRelease,
  removeReleases,
  removeSources,
}
