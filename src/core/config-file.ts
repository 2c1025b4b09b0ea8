/**
 * The config file of a repository (`.tronador.yaml`): its text to a {@link Config}, or every fault in it with line,
 * column and mend. Reads what earlier releases read; what it cannot honour it names.
 */

import { normaliseChartPath } from './chart-path.ts'
import { firstDesignFaults } from './config-first-design.ts'
import { readLabels, readSecretRef, readValues, readValuesFrom, reportErrorAt } from './config-keys.ts'
import { type Diagnostic, hasErrors, type Position, quote, type Report } from './diagnostics.ts'
import type { ValuesSource } from './model.ts'
import { nearest } from './nearest.ts'
import { type MapEntry, type MapNode, parseTree, type TreeNode } from './yaml-tree.ts'
import { ambiguousScalars } from './yaml-versions.ts'

/** What a repository asks for, its placeholders filled in. */
export interface Config {
  /** Folder of the chart: relative, normalised. */
  readonly chartPath: string
  readonly values: Readonly<Record<string, unknown>>
  readonly valuesFrom: readonly ValuesSource[]
  readonly namespaceLabels: Readonly<Record<string, string>>
  /** Secret with the Git repository's credentials, in the environment's namespace. */
  readonly gitSecretName: string | undefined
}

/** The image that the placeholders stand for. */
export interface Image {
  readonly name: string
  readonly tag: string
}

/** What the file is read for. */
export interface Reading {
  readonly image: Image
  /** The environment's namespace; undefined where none is known yet (then none may be named either). */
  readonly namespace: string | undefined
}

/** A result with the faults found on the way, in the order of the file. */
export type Diagnosed<T> = T & { readonly diagnostics: readonly Diagnostic[] }

/** A config file as read: usable exactly when `config` is there. */
export type ConfigFile = Diagnosed<{ readonly config: Config | undefined }>

/** More faults of one severity than this help nobody. */
const maxFaults = 100

/** The usual name of the config file. */
export const defaultConfigFile = '.tronador.yaml'

const applicationKeys = ['chart_path', 'value_overrides', 'values_from', 'namespaceLabels', 'secret_ref'] as const
const topLevelKeys = ['application', 'namespaceLabels', 'version'] as const
type ApplicationKey = (typeof applicationKeys)[number]

/** Reads a config file for one image. */
export function readConfigFile(text: string, reading: Reading): ConfigFile {
  const diagnostics: Diagnostic[] = []
  const counts = { error: 0, warning: 0 }
  const refused = new Set<string>()
  const report: Report = (diagnostic) => {
    const place = `${diagnostic.line}:${diagnostic.column}`
    // Where an alias stands its value is missing; that is not another fault.
    if (refused.has(place)) return
    if (diagnostic.code === 'ConfigAliasRefused') refused.add(place)
    if (counts[diagnostic.severity]++ < maxFaults) diagnostics.push(diagnostic)
  }
  const config = read(text, reading, report)
  diagnostics.sort((a, b) => a.line - b.line || a.column - b.column)
  return { config: hasErrors(diagnostics) ? undefined : config, diagnostics }
}

/** Reads a config file for its faults alone, with an image made up. */
export function lintConfigFile(text: string): readonly Diagnostic[] {
  const image = { name: 'registry.example.com/acme/shop', tag: '0.0.0-lint' }
  return readConfigFile(text, { image, namespace: undefined }).diagnostics
}

function read(text: string, { image, namespace }: Reading, report: Report): Config | undefined {
  const tree = parseTree(text, { APPLICATION_IMAGE_NAME: image.name, APPLICATION_IMAGE_TAG: image.tag }, report)
  if (tree === undefined) return undefined
  const application = findApplication(tree.root, report)
  if (application === undefined) return undefined
  const { map, at, labels } = application
  const values = new Map<string, TreeNode>(map.entries.map(({ key, value }) => [key, value]))
  const config: Config = {
    chartPath: readChartPath(map, report),
    values: readValues(values.get('value_overrides'), report),
    valuesFrom: readValuesFrom(values.get('values_from'), namespace, report),
    namespaceLabels: readLabels(labels, report),
    gitSecretName: readSecretRef(values.get('secret_ref'), report),
  }
  for (const scalar of ambiguousScalars(values.get('value_overrides'))) report(scalar)
  if (tree.placeholders.size === 0) {
    report(placeholderMissing(map.entries.find(({ key }) => key === 'value_overrides')?.keyAt ?? at))
  }
  return config
}

/** The `application` map with its own keys checked, where its key stands, and the labels from wherever they stand. */
function findApplication(
  root: TreeNode | undefined,
  report: Report,
): { map: MapNode; at: Position; labels: TreeNode | undefined } | undefined {
  const at: Position = root?.at ?? { line: 1, column: 1 }
  if (root === undefined || (root.kind === 'scalar' && root.value === null)) return missingApplication(at, report)
  if (root.kind !== 'map') {
    report(wrongType(at, 'the file is not a map', 'begin it with `application:`'))
    return undefined
  }
  if (isKubernetesObject(root)) {
    report(wrongKind(root))
    return undefined
  }
  const entries = new Map(root.entries.map((entry) => [entry.key, entry]))
  checkTopLevel(root, report)
  const application = entries.get('application')
  if (application === undefined) {
    return root.entries.some(means('application', topLevelKeys)) ? undefined : missingApplication(at, report)
  }
  if (application.value.kind !== 'map') {
    report(
      wrongType(
        application.keyAt,
        '`application` is not a map',
        'write its keys below it, indented: `chart_path: deploy`',
      ),
    )
    return undefined
  }
  checkApplication(application.value, report)
  return {
    map: application.value,
    at: application.keyAt,
    labels: findLabels(entries.get('namespaceLabels'), application.value, report),
  }
}

function missingApplication(at: Position, report: Report): undefined {
  report({
    severity: 'error',
    code: 'ConfigKeyMissing',
    ...at,
    message: 'the key `application` is missing',
    mend: 'begin the file with `application:` and put `chart_path` below it',
  })
}

function checkTopLevel(root: MapNode, report: Report): void {
  for (const entry of root.entries) {
    if (firstDesignFaults(entry, report)) continue
    if (entry.key === 'version') checkVersion(entry, report)
    else if ((isOneOf(applicationKeys, entry.key) && entry.key !== 'namespaceLabels') || entry.key === 'secret_name') {
      report({
        severity: 'error',
        code: 'ConfigKeyUnknown',
        ...entry.keyAt,
        message: `\`${entry.key}\` does not belong at the top level`,
        mend: 'indent it below `application`',
      })
    } else if (!isOneOf(topLevelKeys, entry.key)) report(unknownKey(entry, topLevelKeys))
  }
}

function checkApplication(application: MapNode, report: Report): void {
  for (const entry of application.entries) {
    if (firstDesignFaults(entry, report)) continue
    if (isOneOf(applicationKeys, entry.key)) continue
    if (entry.key !== 'secret_name') report(unknownKey(entry, applicationKeys))
    else {
      report({
        severity: 'warning',
        code: 'ConfigKeyIgnored',
        ...entry.keyAt,
        message: '`secret_name` has no effect',
        mend: 'remove it, or name the Git credentials under `secret_ref`',
      })
    }
  }
}

function checkVersion(entry: MapEntry, report: Report): void {
  const version = entry.value.kind === 'scalar' ? entry.value.text : ''
  if (version === 'v1alpha1') {
    report({
      severity: 'warning',
      code: 'ConfigKeyIgnored',
      ...entry.keyAt,
      message: '`version` is not needed',
      mend: 'remove the line',
    })
  } else {
    const at = entry.value.at
    report({
      severity: 'error',
      code: 'ConfigVersionUnknown',
      ...at,
      message: `the version ${quote(version)} is unknown`,
      mend: 'remove the line',
    })
  }
}

/** Older files have the labels at the top level. */
function findLabels(outer: MapEntry | undefined, application: MapNode, report: Report): TreeNode | undefined {
  const inner = application.entries.find(({ key }) => key === 'namespaceLabels')
  if (outer === undefined) return inner?.value
  if (inner !== undefined) {
    report({
      severity: 'error',
      code: 'ConfigKeyDuplicate',
      ...outer.keyAt,
      message: '`namespaceLabels` stands at the top level and below `application`',
      mend: 'keep the one below `application`',
    })
  } else {
    report({
      severity: 'warning',
      code: 'ConfigKeyIgnored',
      ...outer.keyAt,
      message: '`namespaceLabels` at the top level is the older form, still read',
      mend: 'move it below `application`',
    })
  }
  return inner?.value ?? outer.value
}

function readChartPath(application: MapNode, report: Report): string {
  const entry = application.entries.find(({ key }) => key === ('chart_path' satisfies ApplicationKey))
  if (entry === undefined) {
    if (application.entries.some(means('chart_path', applicationKeys))) return '.'
    report({
      severity: 'error',
      code: 'ConfigKeyMissing',
      ...application.at,
      message: 'the key `chart_path` is missing',
      mend: 'add the folder of the Helm chart: `chart_path: deploy`',
    })
    return '.'
  }
  const { value } = entry
  if (value.kind !== 'scalar' || value.value === null) {
    report(wrongType(value.at, '`chart_path` is not text', 'write one folder: `chart_path: deploy`'))
    return '.'
  }
  return reportErrorAt(value.at, report, () => normaliseChartPath(value.text)) ?? '.'
}

function isKubernetesObject(root: MapNode): boolean {
  return root.entries.some(({ key }) => key === 'apiVersion') && root.entries.some(({ key }) => key === 'kind')
}

function wrongKind(root: MapNode): Diagnostic {
  const entry = root.entries.find(({ key }) => key === 'kind')
  const kind = entry?.value.kind === 'scalar' ? entry.value.text.slice(0, 80) : 'something'
  return {
    severity: 'error',
    code: 'ConfigWrongKind',
    ...(entry?.keyAt ?? root.at),
    message: `this is a Kubernetes object (${kind}), not a config file`,
    mend: 'write a config file here (`application:` with `chart_path`); the object itself belongs in the GitOps repository',
  }
}

function placeholderMissing(at: Position): Diagnostic {
  return {
    severity: 'warning',
    code: 'PlaceholderMissing',
    ...at,
    message: 'no placeholder is used, so every preview runs the same image',
    mend: 'put {{APPLICATION_IMAGE_NAME}} and {{APPLICATION_IMAGE_TAG}} below `value_overrides` where the chart expects the image',
  }
}

function unknownKey(entry: MapEntry, known: readonly string[]): Diagnostic {
  const near = nearest(entry.key, known)
  const mend = near === undefined ? `use one of ${known.join(', ')}` : `write \`${near}\``
  return {
    severity: 'error',
    code: 'ConfigKeyUnknown',
    ...entry.keyAt,
    message: `the key ${quote(entry.key)} is unknown`,
    mend,
  }
}

/** Whether an entry is a mistyped `key`, and reported as such. */
function means(key: string, known: readonly string[]): (entry: MapEntry) => boolean {
  return (entry) => !known.includes(entry.key) && nearest(entry.key, known) === key
}

function wrongType(at: Position, message: string, mend: string): Diagnostic {
  return { severity: 'error', code: 'ConfigWrongType', ...at, message, mend }
}

function isOneOf<T extends string>(known: readonly T[], key: string): key is T {
  return known.some((candidate) => candidate === key)
}
