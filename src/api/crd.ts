/**
 * CustomResourceDefinitions from the zod sources: structural schemas with a description on every field, as the API
 * server wants them. `scripts/generate.ts` writes them to `deploy/crds`.
 */
import * as z from 'zod'
import { EnvironmentSpec, EnvironmentStatus } from './environment.ts'
import { EnvironmentProvisionerSpec, EnvironmentProvisionerStatus } from './environment-provisioner.ts'
import { group } from './labels.ts'
import type { KubeObject } from './object.ts'
import { RepositorySpec, RepositoryStatus } from './repository.ts'

/** A schema node as the API server understands it. */
export interface Schema {
  readonly type?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly additionalProperties?: Schema
  readonly required?: readonly string[]
  readonly default?: unknown
  readonly enum?: readonly unknown[]
  readonly format?: string
  readonly nullable?: boolean
  readonly [extension: string]: unknown
}

interface PrinterColumn {
  readonly name: string
  readonly type: 'string' | 'integer' | 'date'
  readonly jsonPath: string
  readonly description?: string
}

/** One of our kinds: all that its definition needs. */
export interface Kind {
  readonly kind: string
  readonly plural: string
  readonly shortName: string
  readonly version: string
  readonly scope: 'Cluster' | 'Namespaced'
  readonly description: string
  readonly spec: z.ZodType
  readonly status: z.ZodType
  readonly columns: readonly PrinterColumn[]
  /** CEL rules on the whole object. */
  readonly rules: readonly { readonly rule: string; readonly message: string }[]
}

const ready: PrinterColumn = {
  name: 'Ready',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].status',
}
const age: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' }

const namesANamespace = {
  rule: "self.metadata.name.matches('^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$')",
  message: 'the name becomes a namespace: at most 63 lower case letters, digits and dashes',
}

/** Every kind of ours, in the order of their documentation. */
export const kinds: readonly Kind[] = [
  {
    kind: 'Environment',
    plural: 'environments',
    shortName: 'tenv',
    version: 'v1alpha2',
    scope: 'Cluster',
    description: 'One pull request’s running copy of an application, in a namespace of the same name.',
    spec: EnvironmentSpec,
    status: EnvironmentStatus,
    columns: [
      ready,
      { name: 'Status', type: 'string', jsonPath: '.status.phase' },
      { name: 'URL', type: 'string', jsonPath: '.status.url' },
      { name: 'PR', type: 'integer', jsonPath: '.spec.change.number', description: 'Number of the pull request.' },
      age,
    ],
    rules: [namesANamespace],
  },
  {
    kind: 'EnvironmentProvisioner',
    plural: 'environmentprovisioners',
    shortName: 'ep',
    version: 'v1alpha1',
    scope: 'Cluster',
    description: 'One pull request’s running copy of an application, in the form of the original Tronador.',
    spec: EnvironmentProvisionerSpec,
    status: EnvironmentProvisionerStatus,
    columns: [
      ready,
      { name: 'Status', type: 'string', jsonPath: '.status.phase' },
      { name: 'Release', type: 'string', jsonPath: '.status.applicationStatus', description: 'Helm’s own word.' },
      { name: 'URL', type: 'string', jsonPath: '.status.url' },
      age,
    ],
    rules: [namesANamespace],
  },
  {
    kind: 'Repository',
    plural: 'repositories',
    shortName: 'trepo',
    version: 'v1alpha1',
    scope: 'Namespaced',
    description: 'A repository on a code host whose pull requests get environments.',
    spec: RepositorySpec,
    status: RepositoryStatus,
    columns: [
      ready,
      { name: 'URL', type: 'string', jsonPath: '.spec.url' },
      { name: 'Synced', type: 'date', jsonPath: '.status.lastSync', description: 'When everything was last in step.' },
      age,
    ],
    rules: [],
  },
]

/** The definition of one kind, ready to be applied. */
export function customResourceDefinition(kind: Kind): KubeObject & { readonly spec: Record<string, unknown> } {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${group}` },
    spec: {
      group,
      scope: kind.scope,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.kind.toLowerCase(),
        shortNames: [kind.shortName],
        categories: ['tronador'],
      },
      versions: [
        {
          name: kind.version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: objectSchema(kind) },
          subresources: { status: {} },
          additionalPrinterColumns: kind.columns,
        },
      ],
    },
  }
}

function objectSchema(kind: Kind): Schema {
  return {
    type: 'object',
    description: kind.description,
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string', description: 'Group and version of this kind.' },
      kind: { type: 'string', description: 'Name of this kind.' },
      metadata: { type: 'object' },
      spec: { ...structuralSchema(kind.spec), description: 'What is wanted.' },
      status: { ...structuralSchema(kind.status), description: 'What was found. Written by Tronador alone.' },
    },
    ...(kind.rules.length > 0 && { 'x-kubernetes-validations': kind.rules }),
  }
}

/** What is read by the API server of a zod type: its input, since defaults are filled in there. */
export function structuralSchema(type: z.ZodType): Schema {
  return clean(z.toJSONSchema(type, { target: 'openapi-3.0', io: 'input', unrepresentable: 'throw' }) as Schema)
}

/**
 * Drops what zod says and a structural schema must not: bounds that only mean "an integer", and the empty schema of
 * values whose shape is preserved as it is.
 */
function clean(schema: Schema): Schema {
  const { additionalProperties, items, maximum, minimum, properties, ...rest } = schema
  const preserved = rest['x-kubernetes-preserve-unknown-fields'] === true
  return {
    ...rest,
    ...(rest.type === 'integer' && { format: 'int64' }),
    ...(minimum !== undefined && minimum !== Number.MIN_SAFE_INTEGER && { minimum }),
    ...(maximum !== undefined && maximum !== Number.MAX_SAFE_INTEGER && { maximum }),
    ...(additionalProperties !== undefined && !preserved && { additionalProperties: clean(additionalProperties) }),
    ...(items !== undefined && { items: clean(items) }),
    ...(properties !== undefined && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, clean(property)])),
    }),
  }
}
