/**
 * The config file of a repository (`.tronador.yaml`): its text to a {@link Config}, or every fault in it with line,
 * column and mend. Reads what earlier releases read; what it cannot honour it names.
 */

import type { EnvironmentKind } from '../api/environment-kind.ts'
import { normaliseChartPath } from './chart-path.ts'
import { expandAssignments } from './config-assignments.ts'
import { findApplication, meansKey } from './config-frame.ts'
import { readLabels, readSecretRef, readValues, readValuesFrom, reportErrorAt, reportType } from './config-keys.ts'
import { type Diagnostic, hasErrors, type Position, type Report } from './diagnostics.ts'
import type { ValuesSource } from './model.ts'
import { type MapNode, parseTree, type TreeNode } from './yaml-tree.ts'
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
  /** The kind of object that is made of it: not each can say the same. */
  readonly kind: EnvironmentKind
}

/** A result with the faults found on the way, in the order of the file. */
export type Diagnosed<T> = T & { readonly diagnostics: readonly Diagnostic[] }

/** A config file as read: usable exactly when `config` is there. */
export type ConfigFile = Diagnosed<{ readonly config: Config | undefined }>

/** More faults of one severity than this help nobody. */
const maxFaults = 100

/** The usual name of the config file. */
export const defaultConfigFile = '.tronador.yaml'

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
  if (!hasErrors(diagnostics)) return { config, diagnostics }
  // Where something is wrong, a file may lack its placeholders for just that.
  return { config: undefined, diagnostics: diagnostics.filter(({ code }) => code !== 'PlaceholderMissing') }
}

/** Reads a config file for its faults alone, with an image made up. */
export function lintConfigFile(text: string, kind: EnvironmentKind): readonly Diagnostic[] {
  const image = { name: 'registry.example.com/acme/shop', tag: '0.0.0-lint' }
  return readConfigFile(text, { image, namespace: undefined, kind }).diagnostics
}

function read(text: string, reading: Reading, report: Report): Config | undefined {
  const { image } = reading
  const tree = parseTree(text, { APPLICATION_IMAGE_NAME: image.name, APPLICATION_IMAGE_TAG: image.tag }, report)
  if (tree === undefined) return undefined
  const application = findApplication(tree.root, report)
  if (application === undefined) return undefined
  const { map, at, labels } = application
  const values = new Map<string, TreeNode>(map.entries.map(({ key, value }) => [key, value]))
  const entry = map.entries.find(({ key }) => key === 'value_overrides')
  const isList = entry?.value.kind === 'list'
  const overrides = isList ? expandAssignments(entry.value, entry.keyAt, report) : entry?.value
  const config: Config = {
    chartPath: readChartPath(map, report),
    values: readValues(overrides, report),
    valuesFrom: readValuesFrom(values.get('values_from'), reading, report),
    namespaceLabels: readLabels(labels, report),
    gitSecretName: readSecretRef(values.get('secret_ref'), report),
  }
  for (const scalar of ambiguousScalars(overrides)) report(scalar)
  if (tree.placeholders.size === 0) {
    report(placeholderMissing(entry?.keyAt ?? at))
  }
  return config
}

function readChartPath(application: MapNode, report: Report): string {
  const entry = application.entries.find(({ key }) => key === 'chart_path')
  if (entry === undefined) {
    if (application.entries.some(meansKey('chart_path'))) return '.'
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
    reportType(value.at, '`chart_path` is not text', 'write one folder: `chart_path: deploy`', report)
    return '.'
  }
  return reportErrorAt(value.at, report, () => normaliseChartPath(value.text)) ?? '.'
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
