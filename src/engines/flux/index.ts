/** Flux 2 as an engine: a GitRepository that follows the pull request and a HelmRelease that installs its chart. */
import type { Engine } from '../engine.ts'
import { gitRepositoryKind, type HelmRelease, helmChartKind, helmReleaseKind, isOurs, ofKind } from './objects.ts'
import { letGo, planFlux, removeReleases, removeSources, suspendFlux } from './plan.ts'
import { readRelease, readSource } from './read.ts'

export const fluxEngine: Engine = {
  name: 'flux',
  labelsWorkloads: true,
  kinds: [gitRepositoryKind, helmChartKind, helmReleaseKind],
  plan: planFlux,
  suspend: suspendFlux,
  readSource,
  readRelease,
  holds: (observed) => ofKind<HelmRelease>(observed, helmReleaseKind).some(isOurs),
  letGo: (_desired, observed) => letGo(observed),
  removeReleases,
  removeSources,
}
