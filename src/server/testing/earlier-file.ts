/** A file of a GitOps repository as the tools of the original Tronador left it. */
import type { EnvironmentKind } from '../../api/environment-kind.ts'

/** What differs from file to file. */
export interface EarlierFile {
  readonly kind: EnvironmentKind
  readonly name?: string
  /** Of the chart's repository. */
  readonly url?: string
  readonly releaseName?: string
  /** Of an `Environment` that names its pull request after all. */
  readonly change?: object
}

/** Its text. */
export function earlierFile(file: EarlierFile): string {
  const {
    kind,
    name = 'shop-old-7',
    url = 'https://git.example.com/acme/shop',
    releaseName = 'Run/Pipeline',
    change,
  } = file
  const release = { releaseName, values: { image: { tag: 'SNAPSHOT-PR-7-6f50ff2f' } }, valuesFrom: null }
  if (kind === 'EnvironmentProvisioner') {
    const chart = { git: url, path: 'deploy', ref: 'run-pipeline' }
    const spec = { application: { release: { chart, ...release } } }
    return JSON.stringify({ apiVersion: 'tronador.stakater.com/v1alpha1', kind, metadata: { name }, spec })
  }
  const sourceRef = { kind: 'GitRepository', name: 'dte-Run/Pipeline' }
  const chart = { spec: { chart: 'deploy', reconcileStrategy: 'ChartVersion', sourceRef, version: '*' } }
  const gitRepository = { url, ref: { branch: 'Run/Pipeline' }, interval: '1m0s', gitImplementation: 'go-git' }
  const spec = { application: { gitRepository, release: { chart, ...release } }, change }
  return JSON.stringify({ apiVersion: 'tronador.stakater.com/v1alpha2', kind, metadata: { name }, spec })
}
