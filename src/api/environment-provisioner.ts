/**
 * `EnvironmentProvisioner`, tronador.stakater.com/v1alpha1: the kind of the original Tronador, in the fields that its
 * guide shows. Cluster-scoped, because it makes a namespace of its own name. Its successor is `Environment`; both are
 * translated into one model. The CRD is generated from this file.
 */
import * as z from 'zod'
import { EnvironmentStatus, preserveUnknownFields, ValuesReference } from './environment.ts'
import type { KubeObject } from './object.ts'

export const EnvironmentProvisionerSpec = z.object({
  application: z
    .object({
      release: z
        .object({
          chart: z
            .object({
              git: z.string().max(2048).describe('Clone URL of the application’s repository (https, http or ssh).'),
              path: z.string().max(1024).describe('Folder of the chart in the repository, relative.'),
              ref: z
                .string()
                .max(255)
                .nullish()
                .describe(
                  'Branch to follow, the full hash of a commit, or a reference in full (`refs/tags/v1`); the default branch where absent.',
                ),
              secretRef: z
                .object({ name: z.string().describe('Name of the Secret.') })
                .nullish()
                .describe('Secret with the repository’s credentials, in the environment’s namespace.'),
            })
            .describe('Where the chart is.'),
          releaseName: z
            .string()
            .nullish()
            .describe('Name of the HelmRelease and of Helm’s release; made legal where it is not.'),
          values: z.record(z.string(), z.unknown()).nullish().meta(preserveUnknownFields).describe('Helm values.'),
          valuesFrom: z
            .array(ValuesReference)
            .nullish()
            .describe('Values from Secrets and ConfigMaps, merged in order, before `values`.'),
        })
        .describe('The Helm release.'),
    })
    .describe('The application to run.'),
  namespaceLabels: z
    .record(z.string(), z.string())
    .nullish()
    .describe('Labels for the environment’s namespace. What leaves this list leaves the namespace.'),
})
export type EnvironmentProvisionerSpec = z.infer<typeof EnvironmentProvisionerSpec>

export const EnvironmentProvisionerStatus = EnvironmentStatus.extend({
  applicationStatus: z.string().optional().describe('Helm’s own word for the release: `deployed`, `failed`.'),
  applicationStatusMsg: z
    .string()
    .max(32768)
    .optional()
    .describe('What the engine says of the release: `Release was successful for Helm release …`.'),
  currentPhase: z
    .string()
    .optional()
    .describe('What the operator does with this object: `Waiting For Next Reconciliation Loop` between two looks.'),
})
export type EnvironmentProvisionerStatus = z.infer<typeof EnvironmentProvisionerStatus>

export interface EnvironmentProvisioner extends KubeObject {
  spec: EnvironmentProvisionerSpec
  status?: EnvironmentProvisionerStatus
}
