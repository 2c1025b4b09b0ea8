/**
 * A template and the object that would be rendered without it, to the object the template wants. What comes out is
 * one of our kinds in every field; what Tronador needs to know its own work by is added to it.
 */
import { EnvironmentSpec } from '../api/environment.ts'
import type { EnvironmentKind, EnvironmentObject, ObjectOfKind } from '../api/environment-kind.ts'
import { EnvironmentProvisionerSpec } from '../api/environment-provisioner.ts'
import { group } from '../api/labels.ts'
import type { ObjectMeta } from '../api/object.ts'
import { changeOf } from './change-of.ts'
import { normaliseChartPath } from './chart-path.ts'
import type { Diagnosed } from './config-file.ts'
import { reportErrorAt } from './config-keys.ts'
import { type Diagnostic, hasErrors, type Position, quote } from './diagnostics.ts'
import { maxEnvironmentSize } from './environment-file.ts'
import {
  type EnvironmentTemplate,
  placeholderPattern,
  type TemplatePlaceholder,
  wholePlaceholder,
} from './environment-template.ts'
import { repositoryIdentity } from './identity.ts'
import { checkName } from './names.ts'
import { checkNamespaceLabels } from './namespace-labels.ts'
import { environmentYaml } from './render.ts'
import { objectWords, translateValuesFrom } from './values-from.ts'
import type { TreeNode } from './yaml-tree.ts'
import type { Plain } from './yaml-write.ts'

type Values = Readonly<Record<TemplatePlaceholder, Plain>>
type Path = readonly PropertyKey[]
/** Takes a fault down, at the place of the template that the path leads to as far as it goes. */
type Fault = (path: Path, message: string, mend: string) => void

/**
 * The object as the template shapes it, or what is wrong with what would come out. `standard`: what is rendered
 * without a template, of the template's kind.
 */
export function fillEnvironmentTemplate(
  { kind, root }: EnvironmentTemplate,
  standard: EnvironmentObject,
): Diagnosed<{ readonly environment: EnvironmentObject | undefined }> {
  const diagnostics: Diagnostic[] = []
  const fault: Fault = (path, message, mend) =>
    diagnostics.push({ severity: 'error', code: 'TemplateInvalid', ...place(root, path), message, mend })
  const filled = fill(root, valuesOf[kind](standard as never)) as unknown as EnvironmentObject
  checkMetadata(filled.metadata, fault)
  checkFields(kind, filled.spec, fault)
  if (hasErrors(diagnostics)) return { environment: undefined, diagnostics }
  const environment = complete[kind](filled as never, standard as never)
  const check = (path: Path, rule: () => unknown) =>
    reportErrorAt(place(root, path), (diagnostic) => diagnostics.push(diagnostic), rule)
  checkContents[kind](environment as never, check)
  const { name } = environment.metadata
  const { release } = environment.spec.application
  check(['metadata', 'name'], () => checkName(name))
  check(['spec', 'namespaceLabels'], () => checkNamespaceLabels(environment.spec.namespaceLabels ?? {}))
  for (const [index, reference] of (release.valuesFrom ?? []).entries()) {
    const path = ['spec', 'application', 'release', 'valuesFrom', index]
    check(path, () => translateValuesFrom(reference, name, objectWords))
  }
  if (new TextEncoder().encode(environmentYaml(environment)).length > maxEnvironmentSize) {
    fault([], `the environment made of it is larger than ${maxEnvironmentSize / 1024} KiB`, 'shorten it')
  }
  return { environment: hasErrors(diagnostics) ? undefined : environment, diagnostics }
}

/** What the placeholders stand for: the parts of the standard object. */
const valuesOf: { readonly [K in EnvironmentKind]: (standard: ObjectOfKind[K]) => Values } = {
  Environment: (standard) => ({
    ...commonValues(standard),
    GIT_URL: standard.spec.application.gitRepository.url,
    CHART_PATH: standard.spec.application.release.chart.spec.chart,
  }),
  EnvironmentProvisioner: (standard) => ({
    ...commonValues(standard),
    GIT_URL: standard.spec.application.release.chart.git,
    CHART_PATH: standard.spec.application.release.chart.path,
  }),
}

function commonValues(standard: EnvironmentObject) {
  const { namespaceLabels, application } = standard.spec
  const { values, valuesFrom } = application.release
  return {
    ENVIRONMENT_NAME: standard.metadata.name,
    GIT_BRANCH: changeOf(standard)?.branch ?? '',
    NAMESPACE_LABELS: namespaceLabels ?? {},
    VALUES_OVERRIDE: (values ?? {}) as Plain,
    VALUES_FROM: (valuesFrom ?? []) as unknown as Plain,
  }
}

function fill(node: TreeNode, values: Values): Plain {
  if (node.kind === 'list') return node.items.map((item) => fill(item, values))
  if (node.kind === 'map') return Object.fromEntries(node.entries.map(({ key, value }) => [key, fill(value, values)]))
  if (typeof node.value !== 'string') return node.value
  const whole = wholePlaceholder(node.text)
  if (whole !== undefined) return values[whole]
  return node.text.replace(placeholderPattern, (_, braced?: string, bare?: string) =>
    String(values[(braced ?? bare) as TemplatePlaceholder]),
  )
}

/** Adds whose environment it is, and what the config file wants and the template has no word for. */
const complete: {
  readonly [K in EnvironmentKind]: (filled: ObjectOfKind[K], standard: ObjectOfKind[K]) => ObjectOfKind[K]
} = {
  Environment: (filled, standard) => {
    const { gitRepository } = filled.spec.application
    const secretRef = gitRepository.secretRef ?? standard.spec.application.gitRepository.secretRef
    const source = { ...gitRepository, ...(secretRef && { secretRef }) }
    const { change } = standard.spec
    const spec = { ...filled.spec, application: { ...filled.spec.application, gitRepository: source } }
    return { ...withAnnotations(filled, standard), spec: { ...spec, ...(change && { change }) } }
  },
  EnvironmentProvisioner: (filled, standard) => {
    const { release } = filled.spec.application
    const secretRef = release.chart.secretRef ?? standard.spec.application.release.chart.secretRef
    const chart = { ...release.chart, ...(secretRef && { secretRef }) }
    const application = { ...filled.spec.application, release: { ...release, chart } }
    return { ...withAnnotations(filled, standard), spec: { ...filled.spec, application } }
  },
}

function withAnnotations<T extends EnvironmentObject>(filled: T, standard: T): T {
  const annotations = { ...filled.metadata.annotations, ...standard.metadata.annotations }
  return { ...filled, metadata: { ...filled.metadata, annotations } }
}

const gitPath = ['spec', 'application', 'gitRepository']
const chartPath = ['spec', 'application', 'release', 'chart']

const checkContents: {
  readonly [K in EnvironmentKind]: (object: ObjectOfKind[K], check: (path: Path, rule: () => unknown) => void) => void
} = {
  Environment: ({ spec }, check) => {
    const { gitRepository, release } = spec.application
    check([...gitPath, 'url'], () => repositoryIdentity(gitRepository.url))
    check([...chartPath, 'spec', 'chart'], () => normaliseChartPath(release.chart.spec.chart))
  },
  EnvironmentProvisioner: ({ spec }, check) => {
    const { git, path } = spec.application.release.chart
    check([...chartPath, 'git'], () => repositoryIdentity(git))
    check([...chartPath, 'path'], () => normaliseChartPath(path))
  },
}

/** `name` was looked at when the template was read. Keys of Tronador's own say whose environment it is. */
function checkMetadata(metadata: ObjectMeta, fault: Fault): void {
  for (const field of ['labels', 'annotations'] as const) {
    const map: unknown = metadata[field] ?? {}
    const isMap = typeof map === 'object' && map !== null && !Array.isArray(map)
    const entries = isMap ? Object.entries(map) : undefined
    if (entries === undefined) fault(['metadata', field], `\`${field}\` is no map`, 'write one key and value to a line')
    for (const [key, value] of entries ?? []) {
      const path = ['metadata', field, key]
      const [domain = ''] = key.split('/')
      if (typeof value !== 'string') fault(path, `the value of ${quote(key)} is no text`, 'put it in quotes')
      if (domain === group || domain.endsWith(`.${group}`)) {
        fault(path, `the key ${quote(key)} is Tronador’s own`, 'remove it; Tronador fills such keys in by itself')
      }
    }
  }
}

const specs = { Environment: EnvironmentSpec, EnvironmentProvisioner: EnvironmentProvisionerSpec } as const

function checkFields(kind: EnvironmentKind, spec: unknown, fault: Fault): void {
  const read = specs[kind].safeParse(spec)
  const explain = `\`kubectl explain ${kind.toLowerCase()}.spec --recursive\` lists the fields`
  for (const { path, message } of read.error?.issues.slice(0, 10) ?? []) {
    const named = ['spec', ...path].map(String).join('.')
    fault(['spec', ...path], `${named} cannot be used: ${message.toLowerCase()}`, `correct it; ${explain}`)
  }
  if (!read.success) return
  for (const path of lostFields(spec, read.data, [])) {
    const named = ['spec', ...path].map(String).join('.')
    fault(['spec', ...path], `there is no field ${named}`, `remove it; ${explain}`)
  }
  if ('change' in read.data) {
    fault(['spec', 'change'], 'spec.change is not for a template to say', 'remove it; Tronador fills it in by itself')
  }
}

/** The paths of what a schema did not know and left out: fields that nobody would look at, or that are not allowed. */
function lostFields(given: unknown, kept: unknown, path: Path): Path[] {
  if (typeof given !== 'object' || given === null || typeof kept !== 'object' || kept === null) return []
  return Object.entries(given).flatMap(([key, value]) =>
    Object.hasOwn(kept, key)
      ? lostFields(value, (kept as Record<string, unknown>)[key], [...path, key])
      : [[...path, key]],
  )
}

/** Where in the template a path of the object stands; what a placeholder stands for is where the placeholder is. */
function place(node: TreeNode, [first, ...rest]: Path): Position {
  if (first === undefined || node.kind === 'scalar') return node.at
  if (node.kind === 'list') {
    const item = node.items[Number(first)]
    return item === undefined ? node.at : place(item, rest)
  }
  const entry = node.entries.find(({ key }) => key === first)
  if (entry === undefined) return node.at
  return rest.length === 0 ? entry.keyAt : place(entry.value, rest)
}
