/** The kinds of object that describe an environment. What reads or writes "an environment's object" takes either. */
import type { Environment } from './environment.ts'
import type { EnvironmentProvisioner } from './environment-provisioner.ts'

/** Their names; what is new comes first and is the default. */
export const environmentKinds = ['Environment', 'EnvironmentProvisioner'] as const
export type EnvironmentKind = (typeof environmentKinds)[number]

/** The object's type, by the name of its kind. */
export interface ObjectOfKind {
  readonly Environment: Environment
  readonly EnvironmentProvisioner: EnvironmentProvisioner
}

/** An object of either kind. */
export type EnvironmentObject = ObjectOfKind[EnvironmentKind]
