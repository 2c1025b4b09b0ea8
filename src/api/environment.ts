/**
 * `Environment`, tronador.stakater.com/v1alpha2: one pull request's running copy of an application. Cluster-scoped,
 * because it makes a namespace of its own name. The CRD is generated from this file.
 */
import * as z from 'zod'
import { Condition } from './conditions.ts'
import type { KubeObject } from './object.ts'

/** On a map whose fields are the chart’s own: the API server keeps them all. */
export const preserveUnknownFields = { 'x-kubernetes-preserve-unknown-fields': true } as const

/** Which pull request an environment belongs to. */
export const ChangeReference = z.object({
  provider: z.string().max(63).optional().describe('The code host’s kind where it is known: `gitea` for instance.'),
  repository: z
    .string()
    .max(512)
    .describe('The repository’s full identity, `host/owner/name`, as environments and secrets are told apart by.'),
  number: z.int().min(1).describe('The pull request’s number.'),
  commit: z.string().max(64).describe('The full hash of the commit that this object was rendered from.'),
  branch: z.string().max(255).optional().describe('The pull request’s source branch.'),
  url: z.string().max(2048).optional().describe('The pull request’s page.'),
})
export type ChangeReference = z.infer<typeof ChangeReference>

const KeyReference = z.object({
  name: z.string().describe('Name of the object.'),
  namespace: z.string().nullish().describe('Its namespace; only the environment’s own is allowed.'),
  key: z.string().nullish().describe('The key that holds the values; `values.yaml` where absent.'),
  optional: z.boolean().nullish().describe('Go on without it where it does not exist.'),
})

/** A source of Helm values, in Flux's shape (`kind`, `name`, …) or Helm Operator's (`secretKeyRef`, …). */
export const ValuesReference = z.object({
  kind: z.string().nullish().describe('`Secret` or `ConfigMap`.'),
  name: z.string().nullish().describe('Name of the Secret or ConfigMap in the environment’s namespace.'),
  valuesKey: z.string().nullish().describe('The key that holds the values; `values.yaml` where absent.'),
  targetPath: z.string().nullish().describe('Set the value at this path instead of merging a whole file.'),
  optional: z.boolean().nullish().describe('Go on without it where it does not exist.'),
  secretKeyRef: KeyReference.nullish().describe('Helm Operator’s shape of a Secret’s key.'),
  configMapKeyRef: KeyReference.nullish().describe('Helm Operator’s shape of a ConfigMap’s key.'),
  externalSourceRef: z
    .record(z.string(), z.unknown())
    .nullish()
    .meta(preserveUnknownFields)
    .describe('Helm Operator’s download of values from a URL; refused.'),
  chartFileRef: z
    .record(z.string(), z.unknown())
    .nullish()
    .meta(preserveUnknownFields)
    .describe('Helm Operator’s values file in the chart; refused with the mend.'),
})
export type ValuesReference = z.infer<typeof ValuesReference>

export const EnvironmentSpec = z.object({
  application: z
    .object({
      gitRepository: z
        .object({
          url: z.string().max(2048).describe('Clone URL of the application’s repository (https, http or ssh).'),
          ref: z
            .object({
              branch: z.string().nullish().describe('Branch to follow, or to find `commit` on.'),
              tag: z.string().nullish().describe('Tag to check out.'),
              semver: z.string().nullish().describe('Newest tag within this range.'),
              commit: z
                .string()
                .nullish()
                .describe('Commit to check out; with `branch`, without cloning every branch.'),
            })
            .nullish()
            .describe('What to check out; the default branch where absent.'),
          interval: z.string().nullish().describe('How often Flux looks at the repository by itself (`10m`).'),
          timeout: z.string().nullish().describe('How long one clone may take (`60s`).'),
          gitImplementation: z.string().nullish().describe('Dropped by Flux; accepted and left out.'),
          secretRef: z
            .object({ name: z.string().describe('Name of the Secret.') })
            .nullish()
            .describe('Secret with the repository’s credentials, in the environment’s namespace.'),
        })
        .describe('Where the chart is: Flux’s GitRepository.'),
      release: z
        .object({
          chart: z
            .object({
              spec: z
                .object({
                  chart: z.string().max(1024).describe('Folder of the chart in the repository, relative.'),
                  reconcileStrategy: z
                    .string()
                    .nullish()
                    .describe('`Revision` or `ChartVersion`; `Revision` wherever a commit is given.'),
                  sourceRef: z
                    .object({
                      kind: z.string().nullish().describe('`GitRepository`.'),
                      name: z.string().nullish().describe('Name of the GitRepository; made legal where it is not.'),
                    })
                    .nullish()
                    .describe('The chart’s source.'),
                  version: z.string().nullish().describe('Ignored for charts from Git; `*`.'),
                })
                .describe('The chart.'),
            })
            .describe('The chart to install.'),
          interval: z.string().nullish().describe('How often Flux compares the release with the cluster (`10m`).'),
          releaseName: z.string().nullish().describe('Helm’s release name; made legal where it is not.'),
          values: z.record(z.string(), z.unknown()).nullish().meta(preserveUnknownFields).describe('Helm values.'),
          valuesFrom: z
            .array(ValuesReference)
            .nullish()
            .describe('Values from Secrets and ConfigMaps, merged in order, before `values`.'),
        })
        .describe('The Helm release: Flux’s HelmRelease.'),
    })
    .describe('The application to run.'),
  namespaceLabels: z
    .record(z.string(), z.string())
    .nullish()
    .describe('Labels for the environment’s namespace. What leaves this list leaves the namespace.'),
  change: ChangeReference.optional().describe('The pull request this environment belongs to.'),
  suspend: z.boolean().optional().describe('Leave everything as it stands until this is false again.'),
})
export type EnvironmentSpec = z.infer<typeof EnvironmentSpec>

/** The stages of an environment's life, in order. */
export const stageNames = ['namespace', 'secrets', 'source', 'release', 'workloads'] as const
export type StageName = (typeof stageNames)[number]

export const Stage = z.object({
  name: z.enum(stageNames).describe('The stage.'),
  state: z
    .enum(['Pending', 'Running', 'Done', 'Failed', 'Removing'])
    .describe('`Pending` (an earlier stage is not done), `Running`, `Done`, `Failed` (see message) or `Removing`.'),
  since: z.string().meta({ format: 'date-time' }).describe('When this state began.'),
  message: z.string().max(32768).optional().describe('What it waits for or what went wrong: object and reason.'),
})
export type Stage = z.infer<typeof Stage>

const LatestCondition = z.object({
  latestCondition: Condition.optional().describe('The newest condition of the engine’s object, in the old words.'),
})

export const EnvironmentStatus = z.object({
  conditions: z
    .array(Condition)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
    .describe('`Ready` first; `Reconciling` and `Stalled` only while they are true.'),
  observedGeneration: z.int().optional().describe('The generation this status speaks of.'),
  stages: z
    .array(Stage)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
    .describe('How far it has come, stage by stage.'),
  phase: z.string().optional().describe('One word for people: what is going on now.'),
  urls: z.array(z.string()).optional().describe('Where the application answers, from its Ingresses and routes.'),
  url: z.string().optional().describe('The first of `urls`.'),
  commit: z.string().optional().describe('The commit that is running.'),
  namespaceLabels: z
    .record(z.string(), z.string())
    .optional()
    .describe('The labels this object has put on the namespace.'),
  helmReleaseStatus: LatestCondition.optional().describe('The HelmRelease as waiting scripts expect it: `Released`.'),
  gitRepoStatus: LatestCondition.optional().describe('The source as waiting scripts expect it: `ArtifactInStorage`.'),
  lastHandledReconcileAt: z.string().optional().describe('The last value of the `requestedAt` annotation acted upon.'),
})
export type EnvironmentStatus = z.infer<typeof EnvironmentStatus>

export interface Environment extends KubeObject {
  spec: EnvironmentSpec
  status?: EnvironmentStatus
}
