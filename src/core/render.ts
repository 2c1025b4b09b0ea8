/**
 * A repository's config and a pull request's commit to the `Environment` object that goes into the GitOps
 * repository. Every field is named here: nothing of the config file passes through unseen.
 */
import type { Environment } from '../api/environment.ts'
import { group, substituteAnnotation } from '../api/labels.ts'
import { type Change, checkBranch, checkCommit, checkImage, checkPullRequestNumber } from './change.ts'
import { type Config, type Diagnosed, type Image, readConfigFile } from './config-file.ts'
import type { Diagnostic } from './diagnostics.ts'
import { maxEnvironmentSize } from './environment-file.ts'
import { TronadorError } from './errors.ts'
import { cloneUrl, identityText, repositoryIdentity } from './identity.ts'
import type { ValuesSource } from './model.ts'
import { environmentName, isDnsLabel, releaseName } from './names.ts'
import { type Plain, writeYaml } from './yaml-write.ts'

/** Everything an environment is rendered from. */
export interface Rendering {
  /** The config file's text at the pull request's commit. */
  readonly configText: string
  readonly change: Change
  readonly image: Image
  /** Instead of the name made from repository and number. */
  readonly name?: string
}

/** The source is pinned to a commit and the release has its values from Git: neither moves by itself. */
const interval = '10m'

/** The environment, or the config file's faults (then `environment` is undefined). Throws TronadorError for the rest. */
export function renderEnvironment(rendering: Rendering): Diagnosed<{ readonly environment: Environment | undefined }> {
  const { configText, image } = rendering
  const change = checkChange(rendering.change)
  const name = checkName(rendering.name ?? environmentName(repositoryIdentity(change.repositoryUrl), change.number))
  const { config, diagnostics } = readConfigFile(configText, { image: checkImage(image), namespace: name })
  const environment = config && buildEnvironment(name, config, change)
  if (environment === undefined || !isTooLarge(environment)) return { environment, diagnostics }
  return { environment: undefined, diagnostics: [...diagnostics, tooLarge] }
}

/** Deep values grow: each level of a small file in braces is an indentation in the object. */
function isTooLarge(environment: Environment): boolean {
  return new TextEncoder().encode(environmentYaml(environment)).length > maxEnvironmentSize
}

const tooLarge: Diagnostic = {
  severity: 'error',
  code: 'ConfigTooLarge',
  line: 1,
  column: 1,
  message: `the environment made of it is larger than ${maxEnvironmentSize / 1024} KiB`,
  mend: 'keep large values in files of the chart or in a ConfigMap named under values_from',
}

/** The object as YAML that readers of every version take for the same. */
export function environmentYaml(environment: Environment): string {
  return writeYaml(environment as unknown as Plain)
}

function buildEnvironment(name: string, config: Config, change: Change): Environment {
  const identity = repositoryIdentity(change.repositoryUrl)
  const release = releaseName(identity.name)
  return {
    apiVersion: `${group}/v1alpha2`,
    kind: 'Environment',
    metadata: { name, annotations: { [substituteAnnotation]: 'disabled' } },
    spec: {
      application: {
        gitRepository: {
          url: cloneUrl(change.repositoryUrl),
          ref: { branch: change.branch, commit: change.commit },
          interval,
          ...(config.gitSecretName !== undefined && { secretRef: { name: config.gitSecretName } }),
        },
        release: {
          chart: {
            spec: {
              chart: config.chartPath,
              reconcileStrategy: 'Revision',
              sourceRef: { kind: 'GitRepository', name: release },
            },
          },
          interval,
          releaseName: release,
          ...(config.valuesFrom.length > 0 && { valuesFrom: config.valuesFrom.map(valuesReference) }),
          values: { ...config.values },
        },
      },
      ...(Object.keys(config.namespaceLabels).length > 0 && { namespaceLabels: { ...config.namespaceLabels } }),
      change: {
        ...(change.provider !== undefined && { provider: change.provider }),
        repository: identityText(identity),
        number: change.number,
        branch: change.branch,
        commit: change.commit,
        ...(change.url !== undefined && { url: change.url }),
      },
    },
  }
}

function valuesReference({ kind, name, valuesKey, targetPath, optional }: ValuesSource): ValuesSource {
  return {
    kind,
    name,
    ...(valuesKey !== undefined && { valuesKey }),
    ...(targetPath !== undefined && { targetPath }),
    ...(optional !== undefined && { optional }),
  }
}

function checkChange(change: Change): Change {
  return {
    ...change,
    number: checkPullRequestNumber(String(change.number)),
    branch: checkBranch(change.branch),
    commit: checkCommit(change.commit),
  }
}

/** A legal name for an environment. Throws `NameInvalid`. */
export function checkName(name: string): string {
  if (isDnsLabel(name)) return name
  throw new TronadorError('NameInvalid', `${JSON.stringify(name.slice(0, 80))} cannot be an environment’s name.`)
}
