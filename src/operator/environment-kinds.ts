/** The two kinds that an environment is asked for with: what differs is their translation and their status words. */
import type { Environment, EnvironmentStatus } from '../api/environment.ts'
import type { EnvironmentKind } from '../api/environment-kind.ts'
import type { EnvironmentProvisioner } from '../api/environment-provisioner.ts'
import type { ReleaseState } from '../core/engine-state.ts'
import type { DesiredEnvironment } from '../core/model.ts'
import { provisionerStatus, provisionerStatusUnseen } from '../core/report/provisioner-words.ts'
import { translateEnvironment } from '../core/translate-environment.ts'
import { translateProvisioner } from '../core/translate-provisioner.ts'
import type { OperatorSettings } from '../core/translation.ts'
import type { KubeObject, Resource } from '../kube/cluster.ts'
import { environmentProvisioners, environments } from '../kube/resources.ts'

/** An object of either kind. */
export interface AnyEnvironment extends KubeObject {
  status?: EnvironmentStatus
}

/** What is particular to a kind. */
export interface KindOfEnvironment {
  readonly kind: EnvironmentKind
  readonly resource: Resource
  /** Names the controller in logs and metrics. */
  readonly controller: string
  translate(object: AnyEnvironment, settings: OperatorSettings): DesiredEnvironment
  /** The status in the kind's words; `seen` is undefined where nothing new was seen of the release. */
  say(status: EnvironmentStatus, seen?: { desired: DesiredEnvironment; release: ReleaseState }): EnvironmentStatus
}

export const kindsOfEnvironment: readonly KindOfEnvironment[] = [
  {
    kind: 'Environment',
    resource: environments,
    controller: 'environment',
    translate: (object, settings) => translateEnvironment(object as Environment, settings),
    say: (status) => status,
  },
  {
    kind: 'EnvironmentProvisioner',
    resource: environmentProvisioners,
    controller: 'environmentprovisioner',
    translate: (object, settings) => translateProvisioner(object as EnvironmentProvisioner, settings),
    say: (status, seen) =>
      seen === undefined ? provisionerStatusUnseen(status) : provisionerStatus(status, seen.desired, seen.release),
  },
]
