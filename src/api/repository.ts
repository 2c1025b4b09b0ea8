/**
 * `Repository`, tronador.stakater.com/v1alpha1: a repository on a code host whose pull requests get environments.
 * Namespaced; the Secrets it names lie beside it. The CRD is generated from this file.
 */
import * as z from 'zod'
import { Condition } from './conditions.ts'
import { preserveUnknownFields } from './environment.ts'
import { environmentKinds } from './environment-kind.ts'
import type { KubeObject } from './object.ts'

const SecretReference = z.object({
  name: z.string().max(253).describe('Name of the Secret, in this object’s namespace.'),
})

export const RepositorySpec = z.object({
  provider: z.enum(['gitea']).describe('The code host’s kind.'),
  url: z
    .string()
    .max(2048)
    .describe('The repository’s page and clone URL without `.git`: `https://git.example.com/acme/shop`.'),
  credentialsRef: SecretReference.describe(
    'Secret with key `token`: an access token that may read the repository, comment and set commit statuses.',
  ),
  webhookSecretRef: SecretReference.describe('Secret with key `secret`: what the code host signs its webhooks with.'),
  kind: z
    .enum(environmentKinds)
    .default('Environment')
    .describe('What is committed for each pull request; `EnvironmentProvisioner` is the original kind.'),
  configFile: z.string().max(1024).default('.tronador.yaml').describe('Path of the config file in the repository.'),
  gitops: z
    .object({
      url: z.string().max(2048).describe('Clone URL of the GitOps repository.'),
      branch: z.string().max(255).default('main').describe('Branch to commit to.'),
      path: z
        .string()
        .max(1024)
        .default('{owner}/{repository}/pr-{number}.yaml')
        .describe('File of one environment; `{owner}`, `{repository}`, `{number}` and `{name}` are filled in.'),
      credentialsRef: SecretReference.describe(
        'Secret with keys `username` and `password` (https), or `identity` and `known_hosts` (ssh).',
      ),
    })
    .describe('Where environments are committed.'),
  image: z
    .object({
      name: z.string().max(512).describe('The image’s name with its registry: `registry.example.com/acme/shop`.'),
      tag: z
        .string()
        .max(256)
        .default('{commit}')
        .describe('The image’s tag; `{commit}`, `{shortCommit}`, `{number}` and `{branch}` are filled in.'),
      wait: z
        .string()
        .default('30m')
        .describe('How long to wait for the image to appear in the registry; a run of `pipeline` has its own limits.'),
      insecure: z.boolean().default(false).describe('Ask the registry over plain HTTP.'),
      credentialsRef: SecretReference.optional().describe('Secret with keys `username` and `password`.'),
    })
    .describe('The image that the pipeline builds for each commit.'),
  pipeline: z
    .object({
      namespace: z
        .string()
        .max(63)
        .describe('Namespace of the PipelineRuns; not this object’s own, where the tokens are.'),
      run: z
        .record(z.string(), z.unknown())
        .meta(preserveUnknownFields)
        .describe(
          'The `spec` of a PipelineRun, as Tekton has it. The server adds the parameters `repoName`, `prNumber`, `gitUrl`, `gitBranch`, `gitRevision`, `imageRepo` and `imageTag`.',
        ),
    })
    .optional()
    .describe('The pipeline that the server starts for each commit; where absent, something else builds the image.'),
  limits: z
    .object({
      environments: z.int().min(1).default(50).describe('How many environments this repository may have at once.'),
    })
    .default({ environments: 50 })
    .describe('Bounds.'),
  resync: z.string().default('5m').describe('How often everything is compared with the code host.'),
})
export type RepositorySpec = z.infer<typeof RepositorySpec>

export const RepositoryStatus = z.object({
  conditions: z
    .array(Condition)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
    .describe('`Ready` first; `Stalled` only while it is true.'),
  observedGeneration: z.int().optional().describe('The generation this status speaks of.'),
  lastSync: z
    .string()
    .meta({ format: 'date-time' })
    .optional()
    .describe('When code host and GitOps repository were last found, or brought, in step.'),
  openPullRequests: z.int().optional().describe('Open pull requests at that time.'),
  environments: z.int().optional().describe('Environments in the GitOps repository at that time.'),
  webhookPath: z.string().optional().describe('Path of the server to which the code host’s webhook points.'),
})
export type RepositoryStatus = z.infer<typeof RepositoryStatus>

export interface Repository extends KubeObject {
  spec: RepositorySpec
  status?: RepositoryStatus
}
