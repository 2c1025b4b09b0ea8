/**
 * A repository's config and a pull request's commit to the object, of either kind, that goes into the GitOps
 * repository. Every field is named here: nothing of the config file passes through unseen.
 */
import type { ChangeReference, Environment, ValuesReference } from '../api/environment.ts'
import type { EnvironmentKind, EnvironmentObject, ObjectOfKind } from '../api/environment-kind.ts'
import type { EnvironmentProvisioner } from '../api/environment-provisioner.ts'
import { group, substituteAnnotation } from '../api/labels.ts'
import { type Change, checkBranch, checkCommit, checkImage, checkPullRequestNumber } from './change.ts'
import { writeChange } from './change-annotations.ts'
import { type Config, type Diagnosed, type Image, readConfigFile } from './config-file.ts'
import type { Diagnostic } from './diagnostics.ts'
import { maxEnvironmentSize } from './environment-file.ts'
import { cloneUrl, identityText, repositoryIdentity } from './identity.ts'
import type { InnerNames } from './inner-names.ts'
import type { ValuesSource } from './model.ts'
import { checkName, environmentName, releaseName } from './names.ts'
import { type Plain, writeYaml } from './yaml-write.ts'

/** Everything an environment is rendered from. */
export interface Rendering {
  /** The config file's text at the pull request's commit. */
  readonly configText: string
  readonly change: Change
  readonly image: Image
  /** Instead of the name made from repository and number. */
  readonly name?: string
  /** Instead of the repository's name, where what runs has others: a release that is renamed is installed anew. */
  readonly inner?: InnerNames
}

/** The source is pinned to a commit and the release has its values from Git: neither moves by itself. */
const interval = '10m'

/**
 * The environment's object of the kind wanted, or the config file's faults (then `environment` is undefined). Throws
 * TronadorError for the rest.
 */
export function renderEnvironment<K extends EnvironmentKind>(
  kind: K,
  rendering: Rendering,
): Diagnosed<{ readonly environment: ObjectOfKind[K] | undefined }> {
  const { configText, image } = rendering
  const change = checkChange(rendering.change)
  const name = checkName(rendering.name ?? environmentName(repositoryIdentity(change.repositoryUrl), change.number))
  const { config, diagnostics } = readConfigFile(configText, { image: checkImage(image), namespace: name, kind })
  const own = releaseName(repositoryIdentity(change.repositoryUrl).name)
  const names = { name, release: rendering.inner?.release ?? own, source: rendering.inner?.source ?? own }
  const environment = config && build[kind]({ ...names, config, change })
  if (environment === undefined || !isTooLarge(environment)) return { environment, diagnostics }
  return { environment: undefined, diagnostics: [...diagnostics, tooLarge] }
}

/** Deep values grow: each level of a small file in braces is an indentation in the object. */
function isTooLarge(environment: EnvironmentObject): boolean {
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
export function environmentYaml(environment: EnvironmentObject): string {
  return writeYaml(environment as unknown as Plain)
}

/** What every kind of object is made of. */
interface Parts {
  readonly name: string
  readonly release: string
  readonly source: string
  readonly config: Config
  readonly change: Change
}

const build: { readonly [K in EnvironmentKind]: (parts: Parts) => ObjectOfKind[K] } = {
  Environment: buildEnvironment,
  EnvironmentProvisioner: buildProvisioner,
}

function buildEnvironment({ name, release, source, config, change }: Parts): Environment {
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
          ...secretReference(config),
        },
        release: {
          chart: {
            spec: {
              chart: config.chartPath,
              reconcileStrategy: 'Revision',
              sourceRef: { kind: 'GitRepository', name: source },
            },
          },
          interval,
          releaseName: release,
          ...valuesOf(config, fluxReference),
        },
      },
      ...labelsOf(config),
      change: changeReference(change),
    },
  }
}

/** Pinned to the commit too: chart and values of one commit go together, and no later one deploys by itself. */
function buildProvisioner({ name, release, config, change }: Parts): EnvironmentProvisioner {
  return {
    apiVersion: `${group}/v1alpha1`,
    kind: 'EnvironmentProvisioner',
    metadata: {
      name,
      annotations: { [substituteAnnotation]: 'disabled', ...writeChange(changeReference(change)) },
    },
    spec: {
      application: {
        release: {
          chart: {
            git: cloneUrl(change.repositoryUrl),
            path: config.chartPath,
            ref: change.commit,
            ...secretReference(config),
          },
          releaseName: release,
          ...valuesOf(config, helmOperatorReference),
        },
      },
      ...labelsOf(config),
    },
  }
}

function secretReference({ gitSecretName }: Config): { secretRef?: { name: string } } {
  return gitSecretName === undefined ? {} : { secretRef: { name: gitSecretName } }
}

function valuesOf({ values, valuesFrom }: Config, write: (source: ValuesSource) => ValuesReference) {
  return { ...(valuesFrom.length > 0 && { valuesFrom: valuesFrom.map(write) }), values: { ...values } }
}

function labelsOf({ namespaceLabels }: Config): { namespaceLabels?: Record<string, string> } {
  return Object.keys(namespaceLabels).length === 0 ? {} : { namespaceLabels: { ...namespaceLabels } }
}

function changeReference(change: Change): ChangeReference {
  return {
    ...(change.provider !== undefined && { provider: change.provider }),
    repository: identityText(repositoryIdentity(change.repositoryUrl)),
    number: change.number,
    branch: change.branch,
    commit: change.commit,
    ...(change.url !== undefined && { url: change.url }),
  }
}

function fluxReference({ kind, name, valuesKey, targetPath, optional }: ValuesSource): ValuesReference {
  return {
    kind,
    name,
    ...(valuesKey !== undefined && { valuesKey }),
    ...(targetPath !== undefined && { targetPath }),
    ...(optional !== undefined && { optional }),
  }
}

/** Helm Operator knows no `targetPath`; the config file's reader has refused it. */
function helmOperatorReference({ kind, name, valuesKey, optional }: ValuesSource): ValuesReference {
  const reference = {
    name,
    ...(valuesKey !== undefined && { key: valuesKey }),
    ...(optional !== undefined && { optional }),
  }
  return kind === 'Secret' ? { secretKeyRef: reference } : { configMapKeyRef: reference }
}

function checkChange(change: Change): Change {
  return {
    ...change,
    number: checkPullRequestNumber(String(change.number)),
    branch: checkBranch(change.branch),
    commit: checkCommit(change.commit),
  }
}
